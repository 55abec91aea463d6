"""Functions on images, by their names in keras.ops.image, and what they do not have: grids, folding, any filter."""

from convolith.ops.image.color import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from convolith.ops.image.grid import grid_sample, map_coordinates
from convolith.ops.image.patches import extract_patches, fold
from convolith.ops.image.transform import affine_transform, perspective_transform

__all__ = [
    "affine_transform",
    "extract_patches",
    "fold",
    "grid_sample",
    "hsv_to_rgb",
    "map_coordinates",
    "perspective_transform",
    "rgb_to_grayscale",
    "rgb_to_hsv",
]
