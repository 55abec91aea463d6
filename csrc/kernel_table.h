/* One instruction set's kernels for the element type T: included by kernels.h once a type. */

/* An optimizer's rule: a step in place of `count` elements of a parameter by their gradient. The numbers are what the
 * step keeps of the parameter first (1 but for weight decay), then the rule's own. Slots that it does not have are not
 * read. */
typedef struct {
    const char *name;
    int slots;
    void (*step)(ptrdiff_t count, const double numbers[CONVOLITH_NUMBERS], T *parameter, const T *gradient, T *first,
                 T *second, T *third);
} REAL_TABLE(convolith_rule);

typedef struct {
    int lanes;        /* elements of a vector */
    int panel;        /* columns of a register tile: two vectors */
    int segment_rows; /* rows of a register tile's segment; a tile has one or two segments */

    /* One register tile of the batch-reduce product (kernels.h, convolith_tile). a0, a1, c0, c1: the segments' first
     * rows; a1 and c1 are not read with one segment. bias: `columns` elements added at the end, or NULL. */
    void (*product)(const convolith_tile *tile, const T *a0, const T *a1, const T *b, const T *bias, T *c0, T *c1);

    /* c[n] += sum over k < depth of a[k] * B[k, n], in one chain: for a B that comes from memory, of which two rows at a
     * time are read to their ends. b_row: stride of its rows. */
    void (*stream)(ptrdiff_t depth, ptrdiff_t columns, const T *a, const T *b, ptrdiff_t b_row, T *c);

    /* packed[k, n] = source[k * k_stride + n * n_stride] for k < depth and n < columns, zero for columns <= n < width.
     * packed has rows of width elements. */
    void (*pack)(ptrdiff_t depth, int columns, int width, const T *source, ptrdiff_t k_stride, ptrdiff_t n_stride,
                 T *packed);

    /* packed[s * pitch + p * (segment_rows + 1) + i] = source[p * pixel + s * channels + i] for s < segments, p < pixels
     * and i < channels, 1 to segment_rows: rows of A for `product` with a_row 1. The last element of each packed pixel is
     * left as it is. */
    void (*pack_segments)(ptrdiff_t pixels, ptrdiff_t segments, int channels, const T *source, ptrdiff_t pixel,
                          T *packed, ptrdiff_t pitch);

    /* into[i] += from[i]; `into` may be `from`. */
    void (*add)(ptrdiff_t count, const T *from, T *into);

    /* result[i] = first[i] + second[i], rectified if `relu` says so; result may be one of them. */
    void (*add_two)(ptrdiff_t count, const T *first, const T *second, int relu, T *result);

    /* into[p * into_pixel + r * into_row + i] += from[p * from_pixel + r * count + i], for p < pixels in order, r < rows
     * and i < count: what a pixel adds to one place may overlap what the next adds to it. */
    void (*fold)(ptrdiff_t pixels, ptrdiff_t rows, ptrdiff_t count, const T *from, ptrdiff_t from_pixel, T *into,
                 ptrdiff_t into_pixel, ptrdiff_t into_row);

    /* sums[n] (+)= sum over m of source[m * row_stride + n], for n < columns, in one chain a column. */
    void (*sum_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *source, ptrdiff_t row_stride, int accumulate, T *sums);

    /* result[i] = max(source[i], 0); NaN passes through. result may be source. */
    void (*relu)(ptrdiff_t count, const T *source, T *result);

    /* result[i] = output[i] > 0 ? upstream[i] : 0. result may be upstream or output. */
    void (*relu_gradient)(ptrdiff_t count, const T *upstream, const T *output, T *result);

    /* result[i] = slope * source[i] + offset, of the piece that source[i] lies in: not above `lower`, not below `upper`
     * or between them; `pieces` holds lower, upper and then slope and offset of below, between and above. A slope of 0
     * gives the offset even of infinities; NaN passes through. result may be source. */
    void (*pieces)(ptrdiff_t count, const T pieces[8], const T *source, T *result);

    /* result[i] = upstream[i] * slope, of the piece that source[i] lies in; a slope of 0 gives 0. result may be
     * upstream or source. */
    void (*pieces_gradient)(ptrdiff_t count, const T pieces[8], const T *upstream, const T *source, T *result);

    /* A function of each element (kernels.h, convolith_curve), with `numbers` of it: result[i] = f(source[i]), and
     * result[i] = upstream[i] * f'(x), where source holds x or f(x). result may be one of them. NULL in the table of
     * double. */
    void (*curve)(int which, ptrdiff_t count, const T *numbers, const T *source, T *result);
    void (*curve_gradient)(int which, ptrdiff_t count, const T *numbers, const T *upstream, const T *source, T *result);

    /* Pooling of `windows` windows of `count` pixels of `channels`: pixel i of window w at source + w * step +
     * offset[i], its result at result + w * pitch. max: the greatest (NaN if any is NaN). average: the sum times
     * `scale`. step is no less than pitch, pitch no less than channels: where they are equal, nothing else lies between
     * neighbouring results. */
    void (*max_windows)(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step,
                        ptrdiff_t channels, const T *source, T *result, ptrdiff_t pitch);
    void (*average_windows)(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step,
                            ptrdiff_t channels, T scale, const T *source, T *result, ptrdiff_t pitch);

    /* Their gradients, added to `gradient` (laid out as source), or written there with `apart`, if the windows do not
     * overlap (2: and leave no pixel out): of max to the first greatest element of the window (the first NaN if there
     * is one), with `positive` only if it is above 0; of average to all, times `scale`. The offsets ascend. Window w's
     * upstream gradient is at upstream + w * pitch. */
    void (*max_windows_gradient)(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step,
                                 ptrdiff_t channels, int apart, int positive, const T *source, const T *upstream,
                                 ptrdiff_t pitch, T *gradient);
    void (*average_windows_gradient)(ptrdiff_t windows, ptrdiff_t count, const ptrdiff_t *offset, ptrdiff_t step,
                                     ptrdiff_t channels, int apart, T scale, const T *upstream, ptrdiff_t pitch,
                                     T *gradient);

    /* Batch normalisation of rows of `channels` that lie one after the other; the other arrays have `channels`.
     * moments: of each channel the mean of the rows and the sum of their squared distances from it, each in one chain.
     * normalize: result = (source - mean) * scale + shift, plus `other` (laid out as source; or NULL), rectified if
     * `relu` says so; result may be source or other.
     * normalize_sums: of each channel the sums of upstream and of upstream * (source - mean), each in one chain. With
     * scale and shift (else NULL) upstream counts only where normalize's result without `other` is above 0; with
     * `output` (else NULL) only where that is, and what counts is written to `masked`, which may be upstream.
     * normalize_gradient: result = upstream * scale + (source - mean) * by_source + offset, where with `shift` (else
     * NULL) upstream counts as in normalize_sums; result may be upstream or source. */
    void (*moments)(ptrdiff_t rows, ptrdiff_t channels, const T *source, T *mean, T *squares);
    void (*normalize)(ptrdiff_t rows, ptrdiff_t channels, const T *source, const T *mean, const T *scale,
                      const T *shift, const T *other, int relu, T *result);
    void (*normalize_sums)(ptrdiff_t rows, ptrdiff_t channels, const T *source, const T *mean, const T *upstream,
                           const T *scale, const T *shift, const T *output, T *masked, T *sums, T *products);
    void (*normalize_gradient)(ptrdiff_t rows, ptrdiff_t channels, const T *source, const T *mean, const T *upstream,
                               const T *scale, const T *by_source, const T *offset, const T *shift, T *result);

    /* Local response normalisation (kernels.h, convolith_local_response), and its gradient by source. room: pixels *
     * pitch elements (twice that for the gradient), zero at the beginning, of use to nobody after. result may be source,
     * or upstream. */
    void (*local_response)(const convolith_local_response *job, const T *source, T *room, T *result);
    void (*local_response_gradient)(const convolith_local_response *job, const T *source, const T *upstream, T *room,
                                    T *result);

    /* The transforms of two-dimensional minimal filtering over six points along each axis (winograd.c), for tiles of
     * `channels` channels. A tile's pixels, row by row, are where the pointers say; those of `result` and `source` are
     * 36, `point` elements apart, with room for the channels' last vector.
     * input: of 6 x 6 pixels. kernel: of size x size, 2 to 5. output: size x size, 2 to 5, results of 36 products, then
     * bias (`channels` elements or NULL) and relu; with `accumulate` what the pixels hold is added. Pixels may repeat.
     * Only `output` writes to them. NULL in the table of double. */
    void (*winograd_input)(ptrdiff_t channels, T *const *pixels, T *result, ptrdiff_t point);
    void (*winograd_kernel)(int size, ptrdiff_t channels, T *const *pixels, T *result, ptrdiff_t point);
    void (*winograd_output)(int size, ptrdiff_t channels, const T *source, ptrdiff_t point, const T *bias, int accumulate,
                            int relu, T *const *pixels);

    /* A row of a depthwise convolution (kernels.h, convolith_depthwise); source: row 0, column 0. bias: `channels`
     * elements that each result starts with, or NULL. */
    void (*depthwise)(const convolith_depthwise *row, const T *source, const T *kernel, const T *bias, T *result);

    /* Its gradient by the kernel, added to `gradient`, which has the kernel's strides; upstream has the results'. */
    void (*depthwise_gradient)(const convolith_depthwise *row, const T *source, const T *upstream, T *gradient);

    /* A row of a grouped convolution (kernels.h, convolith_grouped); bias: `channels` elements that each result starts
     * with, or NULL. */
    void (*grouped)(const convolith_grouped *row, const T *source, const T *kernel, const T *bias, T *result);

    /* Its gradient by the kernel, added to `gradient`, which has the kernel's strides; upstream has the results'. The
     * lanes beyond `channels` are of no use. */
    void (*grouped_gradient)(const convolith_grouped *row, const T *source, const T *upstream, T *gradient);

    /* The optimizers' rules (optimizer.c), the same in every table, up to one without a name. */
    const REAL_TABLE(convolith_rule) *rules;

    /* result[i] = source[i] * scale where the random number of element begin + i is at least threshold, else 0.
     * The numbers are Philox4x32-10 (Salmon et al., SC 2011) of the key and of (counter, block of four elements). begin
     * is a multiple of 4. result may be source. */
    void (*dropout)(ptrdiff_t count, uint64_t begin, uint64_t key, uint64_t counter, uint32_t threshold, T scale,
                    const T *source, T *result);

    /* words[i] = the random number of element begin + i, the same that `dropout` compares. begin is a multiple of 4. */
    void (*random_words)(ptrdiff_t count, uint64_t begin, uint64_t key, uint64_t counter, uint32_t *words);
} REAL_TABLE(convolith_kernels);
