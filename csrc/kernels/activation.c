/* The rectifier and other functions of straight pieces, and their gradients, element by element. */
#include "partial.h"
#include "kernels.h"

void NAME(relu)(ptrdiff_t count, const REAL *source, REAL *result) {
    for (ptrdiff_t i = 0; i < count; i++) result[i] = source[i] < 0 ? 0 : source[i];
}

void NAME(relu_gradient)(ptrdiff_t count, const REAL *upstream, const REAL *output, REAL *result) {
    for (ptrdiff_t i = 0; i < count; i++) result[i] = output[i] > 0 ? upstream[i] : 0;
}

/* Slopes (at = 0) or offsets (1) of the pieces that x's lanes lie in; p: the knots, then slope and offset of each piece. */
INLINE vec of_piece(const vec p[8], int at, vec x) {
    return choose(x <= p[0], p[2 + at], choose(x >= p[1], p[6 + at], p[4 + at]));
}

INLINE vec bent(const vec p[8], vec x) {
    const vec slope = of_piece(p, 0, x), offset = of_piece(p, 1, x);
    return choose((slope != (vec){0}) | (x != x), slope * x + offset, offset);
}

INLINE vec bent_gradient(const vec p[8], vec upstream, vec x) {
    const vec slope = of_piece(p, 0, x);
    return choose(slope != (vec){0}, upstream * slope, (vec){0});
}

void NAME(pieces)(ptrdiff_t count, const REAL pieces[8], const REAL *source, REAL *result) {
    vec p[8];
    for (int at = 0; at < 8; at++) p[at] = broadcast(pieces[at]);
    for (; count >= LANES; count -= LANES, source += LANES, result += LANES) store(result, bent(p, load(source)));
    store_first(result, bent(p, load_first(source, (int)count)), (int)count);
}

void NAME(pieces_gradient)(ptrdiff_t count, const REAL pieces[8], const REAL *upstream, const REAL *source,
                           REAL *result) {
    vec p[8];
    for (int at = 0; at < 8; at++) p[at] = broadcast(pieces[at]);
    for (; count >= LANES; count -= LANES, upstream += LANES, source += LANES, result += LANES)
        store(result, bent_gradient(p, load(upstream), load(source)));
    const int left = (int)count;
    store_first(result, bent_gradient(p, load_first(upstream, left), load_first(source, left)), left);
}
