"""Two libraries timed in turn, each in a process of its own, so that neither's threads nor allocator meets the other's.

The parent starts `python -m benchmarks.NAME` and asks over its standard input, a JSON object a line; each request gets
one JSON object on a line of its standard output. The parent asks one peer, waits for the answer, then asks the other:
A B A B. What a peer prints itself goes to standard error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

# An OpenMP team keeps spinning for some milliseconds after its last region and would steal the other peer's cores.
SETTLE_SECONDS = 0.02


THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CONVOLITH_NUM_THREADS")


class Peer:
    """A child process that answers requests; a context manager that ends it."""

    def __init__(self, name: str, threads: int) -> None:
        self.name = name
        environment = dict(os.environ, **dict.fromkeys(THREAD_VARIABLES, str(threads)))
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{name}_peer"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Path(__file__).parent.parent,
        )
        try:
            self.about = self.ask(do="start", threads=threads)
        except BaseException:
            self.close()
            raise

    def ask(self, **request: object) -> dict:
        """Send one request and wait for its answer; RuntimeError if the peer failed or died."""
        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"the peer {self.name!r} ended (exit code {self._process.wait()}) on {request}")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(f"the peer {self.name!r} failed on {request}: {answer['error']}")
        time.sleep(SETTLE_SECONDS)
        return answer

    def close(self) -> None:
        """End the child: it leaves its loop when its standard input closes."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(answers: dict[str, Callable[..., dict]]) -> None:
    """The child's side: answer each request with answers[request["do"]](**the rest) until standard input closes."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever the library prints must not come between the replies
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = answers[request.pop("do")](**request)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        replies.write(json.dumps(answer) + "\n")
        replies.flush()
