"""A program: saves over a whole file again and again in children, each of which is killed at another moment.

`python killed.py WAY FOLDER`: WAY is "save", "save_weights", "ModelCheckpoint" or "BackupAndRestore". A child dies as
it writes byte number so and so (the system's limit of a file's size), or where it would open, flush, rename or remove a
file, or right after that. Prints how many children were killed, and how many of them had renamed the file before.
"""

import os
import resource
import signal
import sys
from pathlib import Path

import numpy as np

from convolith import callbacks, layers, utils
from convolith.engine import threads
from convolith.models import Sequential
from convolith.models.backup import load_state
from convolith.models.loading import load_model

way, folder = sys.argv[1], Path(sys.argv[2])
path = folder / {"save": "net.convolith", "ModelCheckpoint": "net.convolith"}.get(way, "latest.safetensors")
X, Y = np.ones((4, 3), "float32"), np.zeros((4, 2), "float32")
threads.set_num_threads(1)  # no other threads that a fork would miss


def network(first):
    utils.set_random_seed(1)
    model = Sequential([layers.Input((3,)), layers.Dense(40), layers.Dense(2)])
    model.compile("sgd", "mse")
    model.set_weights([np.full_like(weight, first) for weight in model.get_weights()])
    return model


def write(model):
    if way == "save":
        model.save(path)
    elif way == "save_weights":
        model.save_weights(path)
    else:
        keeper = callbacks.ModelCheckpoint(path) if way == "ModelCheckpoint" else callbacks.BackupAndRestore(folder)
        keeper.set_model(model)
        keeper.on_epoch_begin(0)
        keeper.on_epoch_end(0, {"loss": 0.0})


def first_weight():
    """Read the file with all its checks; what the first weight is tells the old one from the new one."""
    if path.suffix == ".convolith":
        model = load_model(path)
    else:
        model = network(3.0)
        load_state(model, path) if way == "BackupAndRestore" else model.load_weights(path)
    (value,) = {float(value) for weight in model.get_weights() for value in weight.flat}
    return value


def child(model, size=None, event=None):
    """Write in a child that dies on the way; return whether it did, and how many events came."""
    reader, writer = os.pipe()
    number = os.fork()
    if number:
        os.close(writer)
        with open(reader, "rb") as pipe:
            events = len(pipe.read())
        return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]), events
    came = 0

    def happened():
        nonlocal came
        came += 1
        os.write(writer, b".")
        if came == event:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(function):
        def called(*arguments, **keywords):
            happened()
            result = function(*arguments, **keywords)
            happened()
            return result

        return called

    for name in ("replace", "fsync", "unlink"):
        setattr(os, name, around(getattr(os, name)))
    sys.addaudithook(lambda what, arguments: happened() if what == "open" and ".part" in str(arguments[0]) else None)
    if size is not None:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)  # Python ignores it, and has an error instead
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    write(model)
    os._exit(0)


old, new = network(1.0), network(2.0)
write(old)
whole, killed, renamed = path.stat().st_size, 0, 0
status, events = child(old)
assert status == 0 and events >= 6, (status, events)
for size in sorted({0, 1, 7, 8, whole // 3, whole // 2, whole - 1}):
    status, _ = child(new, size=size)
    assert status == -signal.SIGXFSZ, (size, status)
    assert first_weight() == 1.0, size
    killed += 1
for event in range(1, events + 1):
    status, _ = child(new, event=event)
    assert status == -signal.SIGKILL, (event, status)
    found = first_weight()
    assert found in (1.0, 2.0), event
    killed, renamed = killed + 1, renamed + (found == 2.0)
    for rest in folder.glob(".*"):
        rest.unlink()
    write(old)
print(killed, renamed)
