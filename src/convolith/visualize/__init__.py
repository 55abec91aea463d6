"""Plots; matplotlib is imported when one is drawn."""

from .curves import plot_history

__all__ = ["plot_history"]
