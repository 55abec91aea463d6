"""A count of what may change which Variables are trained, and how fast; who keeps a look-up of them compares it."""


class Changes:
    """Counts whatever may change which weights are trained, in all layers of the process."""

    count = 0


changes = Changes()
