"""Networks of the literature, made from the public API only."""

from __future__ import annotations

from convolith.applications.lenet import LeNet5

__all__ = ["LeNet5"]
