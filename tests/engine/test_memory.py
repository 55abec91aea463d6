"""Memory does not grow with the number of calls nor with the number of distinct shapes."""

from __future__ import annotations

import sys

import pytest

from tests.engine.fresh import output

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/self/statm")

MEASURE = """
import gc, random as shuffle
from convolith.engine import conv, conv_geometry, dense, pool, threads
threads.set_num_threads(2)

def resident():
    gc.collect()
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

def layer(n, size, ci, co, kernel, stride):
    pad = ((kernel // 2, kernel // 2),) * 2
    shapes = (n, size, size, ci), (kernel, kernel, ci, co)
    geometry = conv_geometry.ConvGeometry(*shapes, (stride, stride), pad, (1, 1), 1)
    x, k = np.ones((n, size, size, ci), np.float32), np.ones((kernel, kernel, ci, co), np.float32)
    y = np.ones(geometry.output_shape, np.float32)
    conv.conv(geometry, x, k, None, "relu", y)
    conv.conv_input_gradient(geometry, y, k, x)
    conv.conv_kernel_gradient(geometry, x, y, k)
    pooling = pool.PoolGeometry(x.shape, (2, 2), (1, 1), ((1, 1), (1, 1)))
    pooled = np.ones(pooling.output_shape, np.float32)
    pool.max_pool(pooling, x, pooled)
    pool.max_pool_gradient(pooling, x, pooled, x)
    flat, weights = x.reshape(n, -1)[:, :600].copy(), np.ones((600, co), np.float32)
    out = np.ones((n, co), np.float32)
    dense.dense(flat, weights, None, None, out)
    dense.dense_kernel_gradient(flat, out, weights)
"""


def test_many_shapes():
    """The largest shape first; hundreds of smaller ones then find all the memory they need."""
    code = """
layer(4, 40, 48, 64, 5, 1)
layer(4, 40, 48, 64, 3, 2)
generator = shuffle.Random(3)
shapes = {(generator.randint(1, 4), generator.randint(18, 36), generator.randint(2, 44), generator.randint(1, 60),
           generator.choice((1, 3, 5)), generator.choice((1, 2))) for _ in range(400)}
for shape in list(shapes)[:40]:
    layer(*shape)
before = resident()
for shape in list(shapes)[40:]:
    layer(*shape)
assert len(shapes) > 300
print(resident() - before)
"""
    assert float(output(MEASURE + code)) < 8


def test_many_calls():
    code = """
for _ in range(20):
    layer(2, 20, 16, 24, 3, 1)
before = resident()
for _ in range(1500):
    layer(2, 20, 16, 24, 3, 1)
print(resident() - before)
"""
    assert float(output(MEASURE + code)) < 2


def test_many_threads_that_end():
    """Python threads come and go; what each one's calls held is not kept a thread."""
    code = """
def run():
    layer(2, 24, 16, 24, 3, 1)
for _ in range(20):
    run()
def wave():
    workers = [threading.Thread(target=run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
threads.set_num_threads(1)
for _ in range(5):
    wave()
before = resident()
for _ in range(40):
    wave()
print(resident() - before)
"""
    assert float(output(MEASURE + code)) < 16
