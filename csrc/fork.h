/* What a fork leaves behind: OpenMP's threads do not exist in the child, and its runtime does not know, so that a region
 * would wait for them forever; a lock that another thread held stays locked. */
#ifndef CONVOLITH_FORK_H
#define CONVOLITH_FORK_H

#if !defined(_WIN32)
#include <pthread.h>

/* Before each fork `prepare` runs, after it `parent` and, in the child, `child`; each may be NULL. Returns 0, or an
 * error number. */
static inline int convolith_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    return pthread_atfork(prepare, parent, child);
}
#else
static inline int convolith_at_fork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) {
    (void)prepare, (void)parent, (void)child;
    return 0;
}
#endif

#endif
