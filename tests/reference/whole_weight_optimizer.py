"""One step of each optimizer that looks at a weight as a whole, or at all steps; as in `optimizer`."""

import numpy as np


def lamb(w, g, s, rate, t, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = beta_1 * s["m"] + (1 - beta_1) * g
    v = beta_2 * s["v"] + (1 - beta_2) * g**2
    change = m / (1 - beta_1**t) / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
    return w - rate * np.linalg.norm(w) / np.linalg.norm(change) * change, dict(m=m, v=v)


def adafactor(w, g, s, rate, t, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=1e-3, clip_threshold=1.0):
    kept = 1 - t**beta_2_decay
    square = g**2 + epsilon_1
    if w.ndim > 1:
        row = kept * s["row"] + (1 - kept) * square.mean(axis=-1)
        column = kept * s["column"] + (1 - kept) * square.mean(axis=-2)
        v = np.einsum("...i,...j->...ij", row, column) / row.mean(axis=-1)[..., None, None]
        slots = dict(row=row, column=column)
    else:
        v = kept * s["v"] + (1 - kept) * square
        slots = dict(v=v)
    change = g / np.sqrt(v)
    change = change / max(1, np.sqrt(np.mean(change**2)) / clip_threshold)
    return w - min(rate, t**-0.5) * max(epsilon_2, np.sqrt(np.mean(w**2))) * change, slots


def muon(w, g, s, rate, t, factors=(3.4445, -4.775, 2.0315), momentum=0.95, steps=5, nesterov=True, rms_rate=0.2):
    """Of a matrix; the polynomial is applied to the singular values."""
    m = momentum * s["m"] + g
    u, values, v = np.linalg.svd(g + momentum * m if nesterov else m, full_matrices=False)
    values = values / (np.linalg.norm(values) + 1e-7)
    for _ in range(steps):
        values = factors[0] * values + factors[1] * values**3 + factors[2] * values**5
    return w - rate * rms_rate * max(w.shape) ** 0.5 * (u * values) @ v, dict(m=m)


def schedule_free(w, g, s, rate, t, beta_1=0.9, beta_2=0.999, epsilon=1e-8, warmup=0):
    z, x = (s["z"], (w - (1 - beta_1) * s["z"]) / beta_1) if t > 1 else (w, w)
    v = beta_2 * s["v"] + (1 - beta_2) * g**2
    z = z - rate * min(1, t / max(warmup, 1)) * g / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
    x = (1 - 1 / t) * x + z / t
    return (1 - beta_1) * z + beta_1 * x, dict(z=z, v=v)
