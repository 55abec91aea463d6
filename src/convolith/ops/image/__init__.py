"""Functions on images, by their names in keras.ops.image, and what they do not have: grids, folding, any filter."""

from convolith.ops.image.color import hsv_to_rgb, rgb_to_grayscale, rgb_to_hsv
from convolith.ops.image.crop import crop_and_resize, crop_images, pad_images
from convolith.ops.image.elastic import elastic_transform
from convolith.ops.image.filter import filter_images, gaussian_blur, sobel_edges
from convolith.ops.image.grid import grid_sample, map_coordinates
from convolith.ops.image.patches import extract_patches, extract_patches_3d, fold
from convolith.ops.image.resize import resize
from convolith.ops.image.scale_and_translate import scale_and_translate
from convolith.ops.image.ssim import ssim
from convolith.ops.image.transform import affine_transform, perspective_transform

__all__ = [
    "affine_transform",
    "crop_and_resize",
    "crop_images",
    "elastic_transform",
    "extract_patches",
    "extract_patches_3d",
    "filter_images",
    "fold",
    "gaussian_blur",
    "grid_sample",
    "hsv_to_rgb",
    "map_coordinates",
    "pad_images",
    "perspective_transform",
    "resize",
    "rgb_to_grayscale",
    "rgb_to_hsv",
    "scale_and_translate",
    "sobel_edges",
    "ssim",
]


def __dir__() -> list[str]:
    return sorted(__all__)
