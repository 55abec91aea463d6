"""stub"""

from convolith import ops
from convolith.registry import Registry


class NonNeg:
    def __call__(self, w):
        return ops.maximum(w, 0.0)

    def get_config(self):
        return {}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


REGISTRY = Registry("constraint", {"non_neg": NonNeg})
get = REGISTRY.get
serialize = REGISTRY.serialize
