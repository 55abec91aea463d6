"""An optimizer's step: its rule, its numbers, and its arrays, checked."""

from convolith.engine.arrays cimport FLOAT64, elements


cdef list listed():
    """The rules' names and numbers of slots, in the order of every table."""
    cdef int rule = 0
    rules = []
    while f32.rules[rule].name != NULL:
        rules.append((f32.rules[rule].name.decode(), f32.rules[rule].slots))
        rule += 1
    return rules


SLOTS = dict(listed())
cdef dict PLACES = {name: place for place, name in enumerate(SLOTS)}


cdef Step step_of(rule, numbers, parameter, slots, int kind):
    cdef Step step
    cdef Py_ssize_t size = parameter.size, index
    if rule not in SLOTS:
        raise ValueError(f"optimizer: expected one of the rules {', '.join(SLOTS)}, got {rule!r}")
    if len(slots) != SLOTS[rule]:
        raise ValueError(f"optimizer: expected {SLOTS[rule]} slots for {rule}, got {len(slots)}")
    step.rule = PLACES[rule]
    step.numbers = <const double*>elements(numbers, FLOAT64, CONVOLITH_NUMBERS)
    step.parameter = elements(parameter, kind, size, True)
    for index in range(CONVOLITH_SLOTS):
        step.slots[index] = elements(slots[index], kind, size, True) if index < len(slots) else NULL
    return step
