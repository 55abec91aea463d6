/* The rectifier and other functions of straight pieces, and their gradients, element by element. */
#include "vector.h"
#include "kernels.h"

void NAME(relu)(ptrdiff_t count, const REAL *source, REAL *result) {
    for (ptrdiff_t i = 0; i < count; i++) result[i] = source[i] < 0 ? 0 : source[i];
}

void NAME(relu_gradient)(ptrdiff_t count, const REAL *upstream, const REAL *output, REAL *result) {
    for (ptrdiff_t i = 0; i < count; i++) result[i] = output[i] > 0 ? upstream[i] : 0;
}

/* What belongs to the piece that x lies in: element `at` of its slope (0) and offset (1). */
#define PIECE(x, at) ((x) <= p[0] ? p[2 + (at)] : (x) >= p[1] ? p[6 + (at)] : p[4 + (at)])

void NAME(pieces)(ptrdiff_t count, const REAL pieces[8], const REAL *source, REAL *result) {
    REAL p[8]; /* a copy, which no result can overwrite */
    memcpy(p, pieces, sizeof p);
    for (ptrdiff_t i = 0; i < count; i++) {
        const REAL x = source[i], slope = PIECE(x, 0), offset = PIECE(x, 1);
        result[i] = slope != 0 || x != x ? slope * x + offset : offset;
    }
}

void NAME(pieces_gradient)(ptrdiff_t count, const REAL pieces[8], const REAL *upstream, const REAL *source,
                           REAL *result) {
    REAL p[8];
    memcpy(p, pieces, sizeof p);
    for (ptrdiff_t i = 0; i < count; i++) {
        const REAL slope = PIECE(source[i], 0);
        result[i] = slope != 0 ? upstream[i] * slope : 0;
    }
}
