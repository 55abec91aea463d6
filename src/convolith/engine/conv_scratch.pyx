"""The working memory that a convolution's passes take."""

from convolith.engine.contraction cimport Contraction, contraction_scratch
from convolith.engine.conv_geometry cimport (
    ConvGeometry, contraction_job, fold_job, forward_job, grouped_job, joins, joint_job, phase_job, phases_in,
)
from convolith.engine.correlation cimport Correlation, correlation_scratch
from convolith.engine.dispatch cimport Vectors, f32, vectors_of
from convolith.engine.fold cimport Fold, fold_scratch
from convolith.engine.grouped cimport Grouped, few_channels, grouped_kernel_scratch, grouped_scratch
from convolith.engine.winograd_contraction cimport filters_kernel, kernel_filtering_scratch
from convolith.engine.winograd_correlation cimport filtering_scratch, filters


cdef size_t correlation_bytes(const Correlation* job, Vectors vectors) noexcept nogil:
    """What a correlation takes, in the way that it is run."""
    if vectors.element_size == sizeof(float) and filters(job):
        return filtering_scratch(job)
    return correlation_scratch(job, False, vectors)


cdef size_t forward_bytes(ConvGeometry g, Vectors vectors) noexcept nogil:
    cdef Grouped small = grouped_job(g)
    cdef Correlation job = forward_job(g), joint = joint_job(g)
    if few_channels(&small, vectors):
        return grouped_scratch(&small, False, vectors)
    if vectors.element_size == sizeof(float) and joins(g):
        return max(correlation_bytes(&job, vectors), correlation_bytes(&joint, vectors))
    return correlation_bytes(&job, vectors)


cdef size_t transpose_bytes(ConvGeometry g, Vectors vectors) noexcept nogil:
    cdef Grouped small = grouped_job(g)
    cdef Fold fold = fold_job(g)
    cdef Correlation job
    cdef size_t most = 0
    cdef ptrdiff_t phase
    if few_channels(&small, vectors):
        return grouped_scratch(&small, True, vectors)
    if g.ci // g.groups < f32.lanes:
        return fold_scratch(&fold, vectors)
    for phase in range(phases_in(g)):
        job = phase_job(g, phase)
        if job.images:
            most = max(most, correlation_bytes(&job, vectors))
    return most


cdef size_t by_kernel_bytes(ConvGeometry g, Vectors vectors) noexcept nogil:
    cdef Grouped small = grouped_job(g)
    cdef Contraction job = contraction_job(g)
    if few_channels(&small, vectors):
        return grouped_kernel_scratch(&small, vectors)
    if vectors.element_size == sizeof(float) and filters_kernel(&job):
        return kernel_filtering_scratch(&job)
    return contraction_scratch(&job, vectors)


cdef size_t packed_bytes(ConvGeometry g, Vectors vectors) noexcept nogil:
    cdef Correlation job = forward_job(g), joint = joint_job(g)
    cdef size_t plain = correlation_scratch(&job, True, vectors)
    return max(plain, correlation_scratch(&joint, True, vectors)) if joins(g) else plain


def conv_scratch(ConvGeometry geometry not None, direction, Py_ssize_t itemsize):
    """Bytes of working memory that a pass takes, with the threads of now.

    direction: "forward", "packed" (forward with a packed kernel), "input_gradient" or "kernel_gradient".
    """
    cdef Vectors vectors = vectors_of(itemsize)
    if geometry.n == 0:
        return 0
    if direction == "packed":
        return packed_bytes(geometry, vectors)
    if direction == "input_gradient":
        return transpose_bytes(geometry, vectors)
    if direction == "kernel_gradient":
        return by_kernel_bytes(geometry, vectors)
    return forward_bytes(geometry, vectors)
