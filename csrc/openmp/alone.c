/* A parallel region of one thread is a call: libgomp makes a team for it, in a third of a microsecond, which is as long as
 * a small layer computes. The linker gives the modules this function for libgomp's (-Wl,--wrap=GOMP_parallel). */
void __real_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags);
void __wrap_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_level(void);

void __wrap_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags) {
    if (threads == 1 && omp_get_level() == 0) /* in a caller's region the loops would meddle with its own */
        region(data);
    else
        __real_GOMP_parallel(region, data, threads, flags);
}
