"""Plots; matplotlib and pydot are imported when one is drawn."""

from .curves import plot_history
from .graph import model_to_dot, plot_model

__all__ = ["model_to_dot", "plot_history", "plot_model"]


def __dir__() -> list[str]:
    return sorted(__all__)
