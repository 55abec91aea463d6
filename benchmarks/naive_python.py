"""Convolution, pooling and dense layers as a beginner writes them in pure Python: loops over nested lists."""

from __future__ import annotations

from benchmarks.network_shapes import Layer


def conv(layer: Layer, inputs: list, kernel: list, bias: list) -> list:
    rows, columns = layer.output_shape[1:3]
    out = []
    for image in inputs:
        result = []
        for y in range(rows):
            line = []
            for x in range(columns):
                pixel = list(bias)
                for tap, source in _taps(layer, image, y, x, kernel):
                    for c in range(layer.ci):
                        value = source[c]
                        weights = tap[c]
                        for o in range(layer.co):
                            pixel[o] += value * weights[o]
                line.append(pixel)
            result.append(line)
        out.append(result)
    return out


def conv_input_gradient(layer: Layer, upstream: list, kernel: list) -> list:
    out = _zeros(layer.input_shape)
    for image, result in zip(upstream, out, strict=True):
        for y, line in enumerate(image):
            for x, gradient in enumerate(line):
                for tap, target in _taps(layer, result, y, x, kernel):
                    for c in range(layer.ci):
                        weights = tap[c]
                        total = 0.0
                        for o in range(layer.co):
                            total += gradient[o] * weights[o]
                        target[c] += total
    return out


def conv_kernel_gradient(layer: Layer, inputs: list, upstream: list) -> list:
    out = _zeros(layer.kernel_shape)
    for image, gradients in zip(inputs, upstream, strict=True):
        for y, line in enumerate(gradients):
            for x, gradient in enumerate(line):
                for tap, source in _taps(layer, image, y, x, out):
                    for c in range(layer.ci):
                        value = source[c]
                        weights = tap[c]
                        for o in range(layer.co):
                            weights[o] += value * gradient[o]
    return out


def max_pool(layer: Layer, inputs: list) -> list:
    _, rows, columns, channels = layer.output_shape
    out = []
    for image in inputs:
        result = []
        for y in range(rows):
            line = []
            for x in range(columns):
                window = [pixel for _, pixel in _taps(layer, image, y, x, None)]
                line.append([max(pixel[c] for pixel in window) for c in range(channels)])
            result.append(line)
        out.append(result)
    return out


def max_pool_gradient(layer: Layer, inputs: list, upstream: list) -> list:
    out = _zeros(layer.input_shape)
    for image, gradients, result in zip(inputs, upstream, out, strict=True):
        for y, line in enumerate(gradients):
            for x, gradient in enumerate(line):
                window = [pixel for _, pixel in _taps(layer, image, y, x, None)]
                targets = [pixel for _, pixel in _taps(layer, result, y, x, None)]
                for c in range(layer.ci):
                    best = 0
                    for index, pixel in enumerate(window):
                        if pixel[c] > window[best][c]:
                            best = index
                    targets[best][c] += gradient[c]
    return out


def dense(layer: Layer, inputs: list, kernel: list, bias: list) -> list:
    out = []
    for row in inputs:
        result = list(bias)
        for value, weights in zip(row, kernel, strict=True):
            for o in range(layer.co):
                result[o] += value * weights[o]
        out.append(result)
    return out


def dense_input_gradient(layer: Layer, upstream: list, kernel: list) -> list:
    return [[sum(g * w for g, w in zip(row, weights, strict=True)) for weights in kernel] for row in upstream]


def dense_kernel_gradient(layer: Layer, inputs: list, upstream: list) -> list:
    out = _zeros(layer.kernel_shape)
    for row, gradient in zip(inputs, upstream, strict=True):
        for value, weights in zip(row, out, strict=True):
            for o in range(layer.co):
                weights[o] += value * gradient[o]
    return out


def _taps(layer: Layer, image: list, y: int, x: int, kernel: list | None):
    """The taps of the kernel (None for pooling) and the pixels that they meet at the output pixel (y, x)."""
    for i in range(layer.kernel[0]):
        at_y = y * layer.stride[0] + i * layer.dilation[0] - layer.padding[0][0]
        if 0 <= at_y < layer.h:
            for j in range(layer.kernel[1]):
                at_x = x * layer.stride[1] + j * layer.dilation[1] - layer.padding[1][0]
                if 0 <= at_x < layer.w:
                    yield kernel and kernel[i][j], image[at_y][at_x]


def _zeros(shape: tuple[int, ...]) -> list:
    return [_zeros(shape[1:]) for _ in range(shape[0])] if len(shape) > 1 else [0.0] * shape[0]
