/* A parallel region of one thread is a call: libgomp makes a team for it, in a third of a microsecond, which is as long as
 * a small layer computes. The linker gives the modules this function for libgomp's (-Wl,--wrap=GOMP_parallel). */
void __real_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags);
void __wrap_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags);
int omp_get_num_threads(void);

void __wrap_GOMP_parallel(void (*region)(void *), void *data, unsigned threads, unsigned flags) {
    if (threads == 1 && omp_get_num_threads() == 1) /* inside a caller's team the region's loops would be shared out */
        region(data);
    else
        __real_GOMP_parallel(region, data, threads, flags);
}
