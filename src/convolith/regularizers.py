"""stub"""

from convolith import ops
from convolith.registry import Registry


class L2:
    def __init__(self, l2=0.01):
        self.l2 = l2

    def __call__(self, x):
        return ops.multiply(ops.sum(ops.square(x)), self.l2)

    def get_config(self):
        return {"l2": self.l2}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


REGISTRY = Registry("regularizer", {"l2": L2, "L2": L2})
get = REGISTRY.get
serialize = REGISTRY.serialize
