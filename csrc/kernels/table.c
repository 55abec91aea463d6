/* The kernels of this unit's instruction set and REAL, gathered for the dispatch table. */
#include "vector.h"
#include "kernels.h"

#if defined(REAL_IS_FLOAT)
typedef convolith_kernels_float table;
typedef convolith_rule_float rule;
#else
typedef convolith_kernels_double table;
typedef convolith_rule_double rule;
#endif

void NAME(product)(const convolith_tile *, const REAL *, const REAL *, const REAL *, const REAL *, REAL *, REAL *);
void NAME(stream)(ptrdiff_t, ptrdiff_t, const REAL *, const REAL *, ptrdiff_t, REAL *);
void NAME(pack)(ptrdiff_t, int, int, const REAL *, ptrdiff_t, ptrdiff_t, REAL *);
void NAME(pack_segments)(ptrdiff_t, ptrdiff_t, int, const REAL *, ptrdiff_t, REAL *, ptrdiff_t);
void NAME(add)(ptrdiff_t, const REAL *, REAL *);
void NAME(add_two)(ptrdiff_t, const REAL *, const REAL *, int, REAL *);
void NAME(fold)(ptrdiff_t, ptrdiff_t, ptrdiff_t, const REAL *, ptrdiff_t, REAL *, ptrdiff_t, ptrdiff_t);
void NAME(sum_rows)(ptrdiff_t, ptrdiff_t, const REAL *, ptrdiff_t, int, REAL *);
void NAME(relu)(ptrdiff_t, const REAL *, REAL *);
void NAME(relu_gradient)(ptrdiff_t, const REAL *, const REAL *, REAL *);
void NAME(pieces)(ptrdiff_t, const REAL *, const REAL *, REAL *);
void NAME(pieces_gradient)(ptrdiff_t, const REAL *, const REAL *, const REAL *, REAL *);
void NAME(curve)(int, ptrdiff_t, const REAL *, const REAL *, REAL *);
void NAME(curve_gradient)(int, ptrdiff_t, const REAL *, const REAL *, const REAL *, REAL *);
void NAME(max_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t *, ptrdiff_t, ptrdiff_t, const REAL *, REAL *,
                       ptrdiff_t);
void NAME(average_windows)(ptrdiff_t, ptrdiff_t, const ptrdiff_t *, ptrdiff_t, ptrdiff_t, REAL, const REAL *, REAL *,
                           ptrdiff_t);
void NAME(max_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t *, ptrdiff_t, ptrdiff_t, int, int, const REAL *,
                                const REAL *, ptrdiff_t, REAL *);
void NAME(average_windows_gradient)(ptrdiff_t, ptrdiff_t, const ptrdiff_t *, ptrdiff_t, ptrdiff_t, int, REAL,
                                    const REAL *, ptrdiff_t, REAL *);
void NAME(moments)(ptrdiff_t, ptrdiff_t, const REAL *, REAL *, REAL *);
void NAME(normalize)(ptrdiff_t, ptrdiff_t, const REAL *, const REAL *, const REAL *, const REAL *, const REAL *, int,
                     REAL *);
void NAME(normalize_sums)(ptrdiff_t, ptrdiff_t, const REAL *, const REAL *, const REAL *, const REAL *, const REAL *,
                          const REAL *, REAL *, REAL *, REAL *);
void NAME(normalize_gradient)(ptrdiff_t, ptrdiff_t, const REAL *, const REAL *, const REAL *, const REAL *,
                              const REAL *, const REAL *, const REAL *, REAL *);
void NAME(local_response)(const convolith_local_response *, const REAL *, REAL *, REAL *);
void NAME(local_response_gradient)(const convolith_local_response *, const REAL *, const REAL *, REAL *, REAL *);
void NAME(winograd_input)(ptrdiff_t, REAL *const *, REAL *, ptrdiff_t);
void NAME(winograd_kernel)(int, ptrdiff_t, REAL *const *, REAL *, ptrdiff_t);
void NAME(winograd_output)(int, ptrdiff_t, const REAL *, ptrdiff_t, const REAL *, int, int, REAL *const *);
void NAME(depthwise)(const convolith_depthwise *, const REAL *, const REAL *, const REAL *, REAL *);
void NAME(depthwise_gradient)(const convolith_depthwise *, const REAL *, const REAL *, REAL *);
void NAME(grouped)(const convolith_grouped *, const REAL *, const REAL *, const REAL *, REAL *);
void NAME(grouped_gradient)(const convolith_grouped *, const REAL *, const REAL *, REAL *);
extern const rule NAME(rules)[];
void NAME(dropout)(ptrdiff_t, uint64_t, uint64_t, uint64_t, uint32_t, REAL, const REAL *, REAL *);
void NAME(random_words)(ptrdiff_t, uint64_t, uint64_t, uint64_t, uint32_t *);

const table NAME(kernels) = {
    .lanes = LANES,
    .panel = PANEL,
    .segment_rows = SEGMENT_ROWS,
    .product = NAME(product),
    .stream = NAME(stream),
    .pack = NAME(pack),
    .pack_segments = NAME(pack_segments),
    .add = NAME(add),
    .add_two = NAME(add_two),
    .fold = NAME(fold),
    .sum_rows = NAME(sum_rows),
    .relu = NAME(relu),
    .relu_gradient = NAME(relu_gradient),
    .pieces = NAME(pieces),
    .pieces_gradient = NAME(pieces_gradient),
    .max_windows = NAME(max_windows),
    .average_windows = NAME(average_windows),
    .max_windows_gradient = NAME(max_windows_gradient),
    .average_windows_gradient = NAME(average_windows_gradient),
    .moments = NAME(moments),
    .normalize = NAME(normalize),
    .normalize_sums = NAME(normalize_sums),
    .normalize_gradient = NAME(normalize_gradient),
    .local_response = NAME(local_response),
    .local_response_gradient = NAME(local_response_gradient),
#if defined(REAL_IS_FLOAT)
    .curve = NAME(curve),
    .curve_gradient = NAME(curve_gradient),
    .winograd_input = NAME(winograd_input),
    .winograd_kernel = NAME(winograd_kernel),
    .winograd_output = NAME(winograd_output),
#endif
    .depthwise = NAME(depthwise),
    .depthwise_gradient = NAME(depthwise_gradient),
    .grouped = NAME(grouped),
    .grouped_gradient = NAME(grouped_gradient),
    .rules = NAME(rules),
    .dropout = NAME(dropout),
    .random_words = NAME(random_words),
};
