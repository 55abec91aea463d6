"""Layers that prepare images: resizing, cropping, normalising, and changing them at random in training."""
