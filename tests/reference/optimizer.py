"""One step of each further optimizer as Keras defines it, float64: (weight, slots by name) in, the new ones out."""

import numpy as np


def amsgrad(w, g, s, rate, t, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = beta_1 * s["m"] + (1 - beta_1) * g
    v = beta_2 * s["v"] + (1 - beta_2) * g**2
    top = np.maximum(s["top"], v)
    return w - rate * np.sqrt(1 - beta_2**t) / (1 - beta_1**t) * m / (np.sqrt(top) + epsilon), dict(m=m, v=v, top=top)


def adamax(w, g, s, rate, t, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    m = beta_1 * s["m"] + (1 - beta_1) * g
    u = np.maximum(beta_2 * s["u"], abs(g))
    return w - rate / (1 - beta_1**t) * m / (u + epsilon), dict(m=m, u=u)


def nadam(w, g, s, rate, t, beta_1=0.9, beta_2=0.999, epsilon=1e-7):
    momenta = [beta_1 * (1 - 0.5 * 0.96**k) for k in range(1, t + 2)]
    m = beta_1 * s["m"] + (1 - beta_1) * g
    v = beta_2 * s["v"] + (1 - beta_2) * g**2
    mean = momenta[t] * m / (1 - np.prod(momenta)) + (1 - momenta[t - 1]) * g / (1 - np.prod(momenta[:t]))
    return w - rate * mean / (np.sqrt(v / (1 - beta_2**t)) + epsilon), dict(m=m, v=v)


def rmsprop(w, g, s, rate, t, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False):
    v = rho * s["v"] + (1 - rho) * g**2
    a = rho * s["a"] + (1 - rho) * g
    change = rate * g / np.sqrt(v - (a**2 if centered else 0) + epsilon)
    moved = momentum * s["moved"] + change
    return w - moved, dict(v=v, a=a, moved=moved)


def adagrad(w, g, s, rate, t, initial_accumulator_value=0.1, epsilon=1e-7):
    total = (initial_accumulator_value if t == 1 else s["total"]) + g**2
    return w - rate * g / np.sqrt(total + epsilon), dict(total=total)


def adadelta(w, g, s, rate, t, rho=0.95, epsilon=1e-7):
    square = rho * s["square"] + (1 - rho) * g**2
    change = -np.sqrt(s["change"] + epsilon) / np.sqrt(square + epsilon) * g
    return w + rate * change, dict(square=square, change=rho * s["change"] + (1 - rho) * change**2)


def ftrl(w, g, s, rate, t, power=-0.5, first=0.1, l1=0.0, l2=0.0, shrinkage=0.0, beta=0.0):
    before = first + np.zeros_like(w) if t == 1 else s["n"]
    n = before + g**2
    z = s["z"] + g + 2 * shrinkage * w - (n**-power - before**-power) / rate * w
    divisor = n**-power / rate + 2 * (l2 + beta / (2 * rate))
    return np.where(abs(z) <= l1, 0.0, -(z - np.sign(z) * l1) / divisor), dict(n=n, z=z)


def lion(w, g, s, rate, t, beta_1=0.9, beta_2=0.99):
    return w - rate * np.sign(beta_1 * s["m"] + (1 - beta_1) * g), dict(m=beta_2 * s["m"] + (1 - beta_2) * g)
