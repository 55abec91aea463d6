"""Convolution in one to three dimensions, of images (n, d, h, w, ci) with a kernel (d, h, w, ci / groups, co), and its
gradients: each pass by the loops that its job is for.
"""

from convolith.engine.arrays cimport FLOAT32, elements, kind_of, rectified
from convolith.engine.call cimport done
from convolith.engine.contraction cimport Contraction, contract
from convolith.engine.conv_geometry cimport (
    ConvGeometry, contraction_job, first_of, fold_job, forward_job, grouped_job, joins, joint_job, phase_job, phases_in,
)
from convolith.engine.copies cimport fill
from convolith.engine.correlation cimport Correlation, correlate, correlate_packed, pack_kernel, packed_size
from convolith.engine.dispatch cimport f32, real, relu as rectify, vectors_of
from convolith.engine.fold cimport Fold, fold_gradient
from convolith.engine.grouped cimport (
    Grouped, few_channels, grouped_conv, grouped_input_gradient, grouped_kernel_gradient,
)
from convolith.engine.taps cimport phase_of
from convolith.engine.winograd_contraction cimport contract_filtered, filters_kernel
from convolith.engine.winograd_correlation cimport correlate_filtered, filters, filters_packed

cdef enum:
    COLUMNS = 256             # that inputs are summed in, to see whether they are finite

cdef struct Pass:
    void* geometry            # a ConvGeometry
    int kind
    bint relu, accumulate
    const void* a
    const void* b
    const void* bias
    void* c

cdef struct PackedPass:
    const void* kernels       # the instruction set's that the kernel is packed for
    Correlation correlation, joint
    bint joins, relu
    ptrdiff_t size            # of the inputs
    const float* a
    const float* packed
    const float* joint_packed
    const float* bias
    float* c


def conv(ConvGeometry geometry not None, inputs, kernel, bias, activation, out, bint accumulate=False):
    """Write the convolution of `inputs` with `kernel` into `out`, or add it to that before the activation.

    Args:
        geometry: of this convolution.
        inputs: of the geometry's input_shape.
        kernel: of its kernel_shape.
        bias: (co,) or None.
        activation: "relu" or None.
        out: geometry.output_shape; overlaps no other argument.
        accumulate: whether to add, which works without groups alone.
    """
    cdef Pass job
    if accumulate and geometry.groups > 1:
        raise ValueError(f"convolution: expected no groups where the result is added, got {geometry.groups}")
    job.geometry, job.kind, job.relu = <void*>geometry, kind_of(inputs), rectified(activation)
    job.accumulate = accumulate
    job.a = elements(inputs, job.kind, geometry.input_size())
    job.b = elements(kernel, job.kind, geometry.kernel_size())
    job.bias = elements(bias, job.kind, geometry.co)
    job.c = elements(out, job.kind, geometry.output_size(), True)
    if geometry.output_size() == 0:
        return None
    return done(do_forward, &job, sizeof(job), (geometry, inputs, kernel, bias, out))


cdef int do_forward(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    cdef ConvGeometry g = <ConvGeometry>p.geometry
    with nogil:
        if p.kind == FLOAT32:
            forward(g, <const float*>p.a, <const float*>p.b, <const float*>p.bias, p.accumulate, p.relu, <float*>p.c)
        else:
            forward(g, <const double*>p.a, <const double*>p.b, <const double*>p.bias, p.accumulate, p.relu,
                    <double*>p.c)
    return 0


cdef int convolve(const Correlation* job, const real* a, const real* kernel, const real* bias, bint relu,
                  real* c) except -1 nogil:
    """Run a correlation by minimal filtering where it pays, else by definition; float64 always is."""
    if real is float:
        if filters(job):
            return correlate_filtered(job, a, kernel, bias, relu, c)
    return correlate(job, a, kernel, bias, relu, c)


cdef int forward(ConvGeometry g, const real* x, const real* k, const real* bias, bint accumulate, bint relu,
                 real* y) except -1 nogil:
    cdef Grouped small = grouped_job(g)
    cdef Correlation job = forward_job(g)
    job.accumulate = accumulate
    if few_channels(&small, vectors_of(sizeof(real))):
        return grouped_conv(&small, x, k, bias, relu, y)
    if real is float:
        if joins(g) and finite(g.input_size(), x):
            job = joint_job(g)
            job.accumulate = accumulate
    return convolve(&job, x, k, bias, relu, y)


cdef bint finite(ptrdiff_t count, const float* x) noexcept nogil:
    """Whether all are finite, and so small that some sums are."""
    cdef float[COLUMNS] sums
    cdef ptrdiff_t whole = count // COLUMNS, i
    f32.sum_rows(whole, COLUMNS, x, COLUMNS, False, sums)
    f32.sum_rows(1, count % COLUMNS, x + whole * COLUMNS, COLUMNS, True, sums)
    for i in range(COLUMNS):
        if sums[i] - sums[i] != 0:
            return False
    return True


def conv_packs(ConvGeometry geometry not None):
    """Whether this convolution, in float32, packs its kernel, so that `conv_packed` does the same in less time."""
    cdef Grouped small = grouped_job(geometry)
    cdef Correlation job = forward_job(geometry)
    return not few_channels(&small, vectors_of(sizeof(float))) and not filters_packed(&job)


def conv_packed_size(ConvGeometry geometry not None):
    """Elements of the float32 kernel once packed, on this instruction set."""
    return plain_size(geometry) + joint_size(geometry)


cdef ptrdiff_t plain_size(ConvGeometry g) noexcept nogil:
    cdef Correlation job = forward_job(g)
    return packed_size(&job, vectors_of(sizeof(float)))


cdef ptrdiff_t joint_size(ConvGeometry g) noexcept nogil:
    cdef Correlation job = joint_job(g)
    return packed_size(&job, vectors_of(sizeof(float))) if joins(g) else 0


def conv_pack(ConvGeometry geometry not None, kernel, out):
    """Write the packed kernel, for `conv_packed`, into `out`.

    Args:
        geometry: of this convolution.
        kernel: float32 of the geometry's kernel_shape.
        out: float32 of conv_packed_size(geometry) elements; overlaps no other argument.
    """
    cdef Correlation job = forward_job(geometry), joint = joint_job(geometry)
    cdef const float* k = <const float*>elements(kernel, FLOAT32, geometry.kernel_size())
    cdef float* packed = <float*>elements(out, FLOAT32, conv_packed_size(geometry), True)
    with nogil:
        pack_kernel(&job, k, packed)
        if joins(geometry):
            pack_kernel(&joint, k, packed + plain_size(geometry))


def conv_packed(ConvGeometry geometry not None, inputs, packed, bias, activation, out, bint accumulate=False):
    """Write the convolution of `inputs` with a kernel that `conv_pack` has packed into `out`; arguments as for `conv`.

    It gives the bits of the convolution by definition.
    """
    cdef PackedPass job
    job.correlation, job.joint, job.relu = forward_job(geometry), joint_job(geometry), rectified(activation)
    job.correlation.accumulate = job.joint.accumulate = accumulate
    job.joins, job.size = joins(geometry), geometry.input_size()
    job.kernels = <const void*>f32
    job.a = <const float*>elements(inputs, FLOAT32, geometry.input_size())
    job.packed = <const float*>elements(packed, FLOAT32, conv_packed_size(geometry))
    job.joint_packed = job.packed + plain_size(geometry)
    job.bias = <const float*>elements(bias, FLOAT32, geometry.co)
    job.c = <float*>elements(out, FLOAT32, geometry.output_size(), True)
    if geometry.output_size() == 0:
        return None
    return done(do_packed, &job, sizeof(job), (inputs, packed, bias, out))


cdef int do_packed(const void* job) except -1:
    cdef const PackedPass* p = <const PackedPass*>job
    if p.kernels != <const void*>f32:
        raise RuntimeError("conv: the kernel was packed for another instruction set than is in use now")
    with nogil:
        if p.joins and finite(p.size, p.a):
            correlate_packed(&p.joint, p.a, p.joint_packed, p.bias, p.relu, p.c)
        else:
            correlate_packed(&p.correlation, p.a, p.packed, p.bias, p.relu, p.c)
    return 0


def conv_input_gradient(ConvGeometry geometry not None, upstream, kernel, out, bias=None, activation=None):
    """Write the gradient by the input, which is the transposed convolution, into `out`: with few channels all taps of a
    pixel at once, folded; else the correlation of `upstream` with the kernel turned, a phase of the strides at a time.

    Args:
        geometry: of the convolution.
        upstream: geometry.output_shape.
        kernel: of the geometry's kernel_shape.
        out: of the geometry's input_shape; overlaps no other argument.
        bias: (ci,), as many as `out` has channels, or None.
        activation: "relu" or None.
    """
    cdef Pass job
    job.geometry, job.kind, job.relu = <void*>geometry, kind_of(upstream), rectified(activation)
    job.a = elements(upstream, job.kind, geometry.output_size())
    job.b = elements(kernel, job.kind, geometry.kernel_size())
    job.bias = elements(bias, job.kind, geometry.ci // geometry.joined_w)
    job.c = elements(out, job.kind, geometry.input_size(), True)
    if geometry.input_size() == 0:
        return None
    return done(do_input_gradient, &job, sizeof(job), (geometry, upstream, kernel, bias, out))


cdef int do_input_gradient(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    cdef ConvGeometry g = <ConvGeometry>p.geometry
    with nogil:
        if p.kind == FLOAT32:
            transpose(g, <const float*>p.a, <const float*>p.b, <const float*>p.bias, p.relu, <float*>p.c)
        else:
            transpose(g, <const double*>p.a, <const double*>p.b, <const double*>p.bias, p.relu, <double*>p.c)
    return 0


cdef int transpose(ConvGeometry g, const real* dy, const real* k, const real* bias, bint relu,
                   real* dx) except -1 nogil:
    cdef Grouped small = grouped_job(g)
    cdef Fold job = fold_job(g)
    if few_channels(&small, vectors_of(sizeof(real))):
        return grouped_input_gradient(&small, dy, k, bias, relu, dx)
    if g.ci // g.groups < f32.lanes:
        return fold_gradient(&job, dy, k, bias, relu, dx)
    return correlate_phases(g, dy, k, bias, relu, dx)


cdef int correlate_phases(ConvGeometry g, const real* dy, const real* k, const real* bias, bint relu,
                          real* dx) except -1 nogil:
    cdef Correlation job
    cdef ptrdiff_t phase, pixels = g.n * g.d * g.h * g.w
    if (gaps(g.d, g.kernel_d, g.stride_d, g.dilation_d, g.front)
            or gaps(g.h, g.kernel_h, g.stride_h, g.dilation_h, g.top)
            or gaps(g.w, g.kernel_w, g.stride_w, g.dilation_w, g.left)):
        fill(pixels * g.joined_w, g.ci // g.joined_w, bias, dx)
        if relu and bias != NULL:
            rectify(pixels * g.ci, dx, dx)
    for phase in range(phases_in(g)):
        job = phase_job(g, phase)
        if job.images:
            convolve(&job, dy, k, bias, relu, dx + first_of(g, phase))
    return 0


cdef bint gaps(ptrdiff_t size, ptrdiff_t kernel, ptrdiff_t stride, ptrdiff_t dilation,
               ptrdiff_t before) noexcept nogil:
    """Whether no tap reaches some of the positions."""
    cdef ptrdiff_t first
    for first in range(min(stride, size)):
        if phase_of(first, size, kernel, stride, dilation, before).taps == 0:
            return True
    return False


def conv_kernel_gradient(ConvGeometry geometry not None, inputs, upstream, out):
    """Write the gradient by the kernel into `out`: the contraction of `inputs` with `upstream` over images and pixels.

    Args:
        geometry: of the convolution.
        inputs: of the geometry's input_shape.
        upstream: geometry.output_shape.
        out: of the geometry's kernel_shape; overlaps no other argument.
    """
    cdef Pass job
    job.geometry, job.kind, job.relu, job.bias = <void*>geometry, kind_of(inputs), False, NULL
    job.a = elements(inputs, job.kind, geometry.input_size())
    job.b = elements(upstream, job.kind, geometry.output_size())
    job.c = elements(out, job.kind, geometry.kernel_size(), True)
    if geometry.n == 0:
        out[...] = 0
        return None
    return done(do_kernel_gradient, &job, sizeof(job), (geometry, inputs, upstream, out))


cdef int do_kernel_gradient(const void* job) except -1:
    cdef const Pass* p = <const Pass*>job
    cdef ConvGeometry g = <ConvGeometry>p.geometry
    with nogil:
        if p.kind == FLOAT32:
            by_kernel(g, <const float*>p.a, <const float*>p.b, <float*>p.c)
        else:
            by_kernel(g, <const double*>p.a, <const double*>p.b, <double*>p.c)
    return 0


cdef int by_kernel(ConvGeometry g, const real* x, const real* dy, real* dk) except -1 nogil:
    cdef Grouped small = grouped_job(g)
    cdef Contraction job = contraction_job(g)
    if few_channels(&small, vectors_of(sizeof(real))):
        return grouped_kernel_gradient(&small, x, dy, dk)
    if real is float:
        if filters_kernel(&job):
            return contract_filtered(&job, x, dy, dk)
    return contract(&job, x, dy, dk)
