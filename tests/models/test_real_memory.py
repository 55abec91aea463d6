"""The memory that a plan is said to need is what the process takes, within a tenth, on networks of full size."""

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
import numpy as np
import convolith as keras
from convolith.models.cost import predict_plan, train_plan

def resident(name):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

name, mode, batch = sys.argv[1], sys.argv[2], int(sys.argv[3])
model = getattr(keras.applications, name)(weights=None)
model.compile(keras.optimizers.SGD(0.01), "sparse_categorical_crossentropy")
x, y = np.ones((batch, 224, 224, 3), "float32"), np.zeros(batch, "int64")
plan = train_plan(model, batch) if mode == "training" else predict_plan(model, batch)
for weight in model.weights:  # so that all of them are resident
    weight.value[...] += 0
open("/proc/self/clear_refs", "w").write("5")  # the highest so far is forgotten
before = resident("VmRSS")
model.train_on_batch(x, y) if mode == "training" else model.predict(x, batch_size=batch, verbose=0)
print((resident("VmHWM") - before) / (plan.peak_bytes + plan.prepared_bytes))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's accounts of memory")
@pytest.mark.parametrize("mode", ["training", "inference"])
@pytest.mark.parametrize(("name", "batch"), [("VGG16", 8), ("ResNet50", 8)])
def test_the_process_takes_what_the_plan_says(name, batch, mode):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, mode, str(batch)], capture_output=True, text=True, check=True
    )
    assert 0.9 <= float(done.stdout) <= 1.1
