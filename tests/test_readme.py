"""What README shows works: its Python example runs as written, the files that it names exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_python_example_runs_as_written_and_learns(tmp_path):
    (example,) = re.findall(r"^```python\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert len([line for line in example.splitlines() if line.strip()]) <= 12
    check = "print('accuracy:', model.evaluate(x_test[..., None], y_test, verbose=0)[1])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example + check], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) >= 0.9
    assert (tmp_path / "digits.convolith").is_file()


@pytest.mark.parametrize("name", re.findall(r"`((?:src|csrc|tests|examples)/[\w./]*)`", README))
def test_a_file_that_is_named_exists(name):
    assert (ROOT / name).exists()


def test_the_place_of_the_speeds_is_marked():
    assert re.search(r"^<!-- speeds -->\n(.*\n)*<!-- /speeds -->$", README, re.MULTILINE)


@pytest.mark.slow
def test_the_fashion_mnist_example_reaches_its_accuracy(tmp_path):
    from convolith.datasets import fashion_mnist

    if not fashion_mnist.DEBIAN_FOLDER.is_dir():
        pytest.skip("needs the package dataset-fashion-mnist")
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "lenet5_fashion_mnist.py")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout.split()[-1]) >= 0.89
