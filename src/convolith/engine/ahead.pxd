"""What a unit of work reads next, fetched from memory into the caches while it computes."""

from convolith.engine.dispatch cimport convolith_tile

# Two ranges of memory that are still to be fetched, one after the other.
cdef struct Ahead:
    const char* at
    const char* end
    const char* then
    const char* then_end


cdef inline Ahead nothing() noexcept nogil:
    cdef Ahead ahead
    ahead.at = ahead.end = ahead.then = ahead.then_end = NULL
    return ahead


cdef inline void fetch(Ahead* ahead, convolith_tile* tile) noexcept nogil:
    """Let the tile's next product fetch at each step as much as a row of its panel."""
    if ahead.at >= ahead.end:
        ahead.at, ahead.end, ahead.then = ahead.then, ahead.then_end, ahead.then_end
    tile.ahead = NULL
    if ahead.at < ahead.end:
        tile.ahead = ahead.at
        ahead.at += tile.ahead_step * tile.runs * tile.depth
