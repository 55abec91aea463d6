"""The windows along each spatial axis of a shape (n, spatial axes, c): lists of where their elements lie. Those outside
the image are padding."""


def moving(input_shape, pool_size, strides, padding=None, dilation_rate=None, ceil_mode=False):
    axes = []
    for axis, (size, pool, stride) in enumerate(zip(input_shape[1:-1], pool_size, strides, strict=True)):
        before, after = padding[axis] if padding else (0, 0)
        dilation = dilation_rate[axis] if dilation_rate else 1
        start, end, span, windows = -before, size + after, dilation * (pool - 1) + 1, []
        # A window of ceil_mode begins before the end of the image, if the window before it has not reached the end.
        while start + span <= end or (ceil_mode and start < size and start - stride + span < end):
            windows.append([at for at in range(start, start + span, dilation) if at < end])
            start += stride
        axes.append(windows)
    return axes


def adaptive(input_shape, output_size):
    sizes = list(zip(input_shape[1:-1], output_size, strict=True))
    return [[list(range(o * size // out, -(-(o + 1) * size // out))) for o in range(out)] for size, out in sizes]
