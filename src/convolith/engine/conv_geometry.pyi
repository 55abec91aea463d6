class ConvGeometry:
    n: int
    d: int
    h: int
    w: int
    ci: int
    co: int
    kernel_d: int
    kernel_h: int
    kernel_w: int
    out_d: int
    out_h: int
    out_w: int
    groups: int
    stride_d: int
    stride_h: int
    stride_w: int
    dilation_d: int
    dilation_h: int
    dilation_w: int
    front: int
    top: int
    left: int
    output_shape: tuple[int, ...]
    def __init__(
        self,
        input_shape: tuple[int, ...],
        kernel_shape: tuple[int, ...],
        strides: tuple[int, ...],
        padding: tuple[tuple[int, int], ...],
        dilation_rate: tuple[int, ...],
        groups: int,
    ) -> None: ...
