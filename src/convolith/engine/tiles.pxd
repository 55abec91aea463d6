"""Plain products of a few rows with a panel, from register tiles."""

from convolith.engine.blocks cimport even
from convolith.engine.dispatch cimport convolith_tile, product, real, vectors_of


cdef inline convolith_tile one_run(ptrdiff_t a_row, ptrdiff_t a_column, ptrdiff_t c_row,
                                   const ptrdiff_t* start) noexcept nogil:
    """A tile that sums one run, from the beginning of A and B: `start` points to a 0 that outlives the tile."""
    cdef convolith_tile tile
    tile.a_row, tile.a_column, tile.c_row = a_row, a_column, c_row
    tile.b_row = tile.depth = 0
    tile.ahead, tile.ahead_step = NULL, 0
    tile.runs, tile.a_offset, tile.b_offset = 1, start, start
    tile.rows = tile.segments = tile.columns = 1
    tile.relu = tile.accumulate = False
    return tile


cdef inline void run_rows(convolith_tile* tile, ptrdiff_t rows, const real* a, const real* b, const real* bias,
                          real* c) noexcept nogil:
    """One panel for all rows of A and C."""
    cdef ptrdiff_t row = 0, length = even(rows, vectors_of(sizeof(real)).segment_rows)
    while row < rows:
        tile.segments = 2 if rows - row >= 2 * length else 1
        tile.rows = <int>min(length, rows - row)
        product(tile, a + row * tile.a_row, a + (row + length) * tile.a_row, b, bias,
                c + row * tile.c_row, c + (row + length) * tile.c_row)
        row += tile.segments * length
