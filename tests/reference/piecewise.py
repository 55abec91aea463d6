"""Functions of straight pieces, and their slopes, of one number."""


def relu6(value):
    return min(max(value, 0.0), 6.0)


def relu6_slope(value):
    return 1.0 if 0 < value < 6 else 0.0


def rectifier(value, negative_slope, max_value, threshold):
    if value <= threshold:
        return negative_slope * (value - threshold)
    return min(value, max_value)


def rectifier_slope(value, negative_slope, max_value, threshold):
    if value <= threshold:
        return negative_slope
    return 1.0 if value < max_value else 0.0


def hard_sigmoid(value):
    return relu6(value + 3) / 6


def hard_sigmoid_slope(value):
    return relu6_slope(value + 3) / 6


def sparse_sigmoid(value):
    return min(max((value + 1) / 2, 0.0), 1.0)


def sparse_sigmoid_slope(value):
    return 0.5 if -1 < value < 1 else 0.0


def hard_tanh(value):
    return min(max(value, -1.0), 1.0)


def hard_tanh_slope(value):
    return 1.0 if -1 < value < 1 else 0.0


def hard_shrink(value, threshold):
    return value if abs(value) > threshold else 0.0


def soft_shrink(value, threshold):
    return value - threshold if value > threshold else value + threshold if value < -threshold else 0.0


def shrink_slope(value, threshold):
    return 1.0 if abs(value) > threshold else 0.0
