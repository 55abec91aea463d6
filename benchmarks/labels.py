"""Names beside the points of a chart, where they cover neither each other nor a point."""

from __future__ import annotations

from typing import Any

DIRECTIONS = ((1, 0.5), (-1, 0.5), (1, -0.5), (-1, -0.5), (0, 1), (0, -1), (1, 0), (-1, 0))
DISTANCES = (4, 10, 18, 28, 40, 54)  # of printer's points; from the second on a line leads to the name
LINE = {"arrowstyle": "-", "color": "#999999", "linewidth": 0.4, "shrinkA": 0, "shrinkB": 2}
CLEAR = 4  # pixels from a point's middle that a name leaves free


def label(axes: Any, points: list[tuple[float, float, str]]) -> None:
    """Write each (x, y, name) at the nearest free place beside its point; what finds none stays at the nearest.

    The axes' scales and all that they show must be set before, as the places are in pixels.
    """
    from matplotlib.transforms import Bbox

    axes.figure.draw_without_rendering()
    inside = axes.get_window_extent()
    middles = axes.transData.transform([point[:2] for point in points])
    taken = [Bbox.from_extents(x - CLEAR, y - CLEAR, x + CLEAR, y + CLEAR) for x, y in middles]
    places = [(distance * across, distance * up) for distance in DISTANCES for across, up in DIRECTIONS]
    for _, (x, y, name) in sorted(zip(-middles[:, 1], points, strict=True)):
        for place in places:
            text = _write(axes, x, y, name, place)
            box = text.get_window_extent()
            text.remove()
            if inside.contains(box.x0, box.y0) and inside.contains(box.x1, box.y1) and not box.count_overlaps(taken):
                break
        else:
            place = places[0]
        taken.append(box)
        far = max(map(abs, place)) > DISTANCES[0]
        _write(axes, x, y, name, place, LINE if far else None)


def _write(axes: Any, x: float, y: float, name: str, place: tuple[float, float], line: Any = None) -> Any:
    across, up = place
    return axes.annotate(
        name,
        (x, y),
        place,
        textcoords="offset points",
        fontsize=7,
        ha="left" if across > 0 else "right" if across < 0 else "center",
        va="center" if across else "bottom" if up > 0 else "top",
        arrowprops=line,
    )
