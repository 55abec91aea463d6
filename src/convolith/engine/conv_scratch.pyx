"""The working memory that a convolution's passes take."""

from convolith.engine.contraction cimport Contraction, contraction_scratch
from convolith.engine.conv_geometry cimport (
    ConvGeometry, contraction_job, fold_job, forward_job, grouped_job, joins, joint_job, phase_job, phases_in,
)
from convolith.engine.correlation cimport Correlation, correlation_scratch
from convolith.engine.dispatch cimport f32, real
from convolith.engine.fold cimport Fold, fold_scratch
from convolith.engine.grouped cimport Grouped, few_channels, grouped_kernel_scratch, grouped_scratch
from convolith.engine.winograd_contraction cimport filters_kernel, kernel_filtering_scratch
from convolith.engine.winograd_correlation cimport filtering_scratch, filters


cdef size_t correlation_bytes(const Correlation* job, real* kind) noexcept nogil:
    """What a correlation takes, in the way that it is run."""
    if real is float:
        if filters(job):
            return filtering_scratch(job)
    return correlation_scratch(job, False, kind)


cdef size_t forward_bytes(ConvGeometry g, real* kind) noexcept nogil:
    cdef Grouped small = grouped_job(g)
    cdef Correlation job = forward_job(g), joint = joint_job(g)
    if few_channels(&small, kind):
        return grouped_scratch(&small, False, kind)
    if real is float:
        if joins(g):
            return max(correlation_bytes(&job, kind), correlation_bytes(&joint, kind))
    return correlation_bytes(&job, kind)


cdef size_t transpose_bytes(ConvGeometry g, real* kind) noexcept nogil:
    cdef Grouped small = grouped_job(g)
    cdef Fold fold = fold_job(g)
    cdef Correlation job
    cdef size_t most = 0
    cdef ptrdiff_t phase
    if few_channels(&small, kind):
        return grouped_scratch(&small, True, kind)
    if g.ci // g.groups < f32.lanes:
        return fold_scratch(&fold, kind)
    for phase in range(phases_in(g)):
        job = phase_job(g, phase)
        if job.images:
            most = max(most, correlation_bytes(&job, kind))
    return most


cdef size_t by_kernel_bytes(ConvGeometry g, real* kind) noexcept nogil:
    cdef Grouped small = grouped_job(g)
    cdef Contraction job = contraction_job(g)
    if few_channels(&small, kind):
        return grouped_kernel_scratch(&small, kind)
    if real is float:
        if filters_kernel(&job):
            return kernel_filtering_scratch(&job)
    return contraction_scratch(&job, kind)


cdef size_t bytes_of(ConvGeometry g, direction, real* kind) except? 1:
    cdef Correlation job = forward_job(g), joint = joint_job(g)
    if direction == "packed":
        return max(correlation_scratch(&job, True, kind), correlation_scratch(&joint, True, kind) if joins(g) else 0)
    if direction == "input_gradient":
        return transpose_bytes(g, kind)
    return by_kernel_bytes(g, kind) if direction == "kernel_gradient" else forward_bytes(g, kind)


def conv_scratch(ConvGeometry geometry not None, direction, Py_ssize_t itemsize):
    """Bytes of working memory that a pass takes, with the threads of now.

    direction: "forward", "packed" (forward with a packed kernel), "input_gradient" or "kernel_gradient".
    """
    if geometry.n == 0:
        return 0
    if itemsize == sizeof(float):
        return bytes_of(geometry, direction, <float*>NULL)
    return bytes_of(geometry, direction, <double*>NULL)
