/* OpenMP's threads do not exist in a forked child, and its runtime does not know: a child that opens a region would
 * wait for them forever. Here a child learns that it is one. */
#ifndef CONVOLITH_FORK_H
#define CONVOLITH_FORK_H

#if !defined(_WIN32)
#include <pthread.h>

/* `child` runs in each forked child, before fork() returns there. Returns 0, or an error number. */
static inline int convolith_at_fork(void (*child)(void)) { return pthread_atfork(0, 0, child); }
#else
static inline int convolith_at_fork(void (*child)(void)) {
    (void)child;
    return 0;
}
#endif

#endif
