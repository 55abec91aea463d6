"""The logs of every epoch for TensorBoard."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from convolith.callbacks.callback import Callback
from convolith.files import checked_path
from convolith.ops.arguments import flag, integer
from convolith.optimizers.multi_optimizer import MultiOptimizer


class TensorBoard(Callback):
    """Writes the logs for TensorBoard, in the folders "train" and "validation", through the package tensorboardX.

    Args:
        log_dir: the folder.
        histogram_freq: 0, or after every how many epochs histograms of the weights are written.
        write_graph: of no effect; Keras's.
        write_images: of no effect; Keras's.
        write_steps_per_second: whether to write how many batches a second were trained on.
        update_freq: "epoch", "batch", or after every how many batches the means so far are written.
        profile_batch: 0; convolith does not profile.
        embeddings_freq: 0; there are no embeddings.
        embeddings_metadata: None.

    Raises:
        ImportError: tensorboardX is not installed.
        TypeError: an argument is of another kind.
        ValueError: an argument is none of these.

    Source:
        keras.callbacks.TensorBoard.
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str] = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: Any = "epoch",
        profile_batch: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: None = None,
    ):
        for name, value in (
            ("profile_batch", profile_batch),
            ("embeddings_freq", embeddings_freq),
            ("embeddings_metadata", embeddings_metadata),
        ):
            if value:
                raise ValueError(f"TensorBoard: {name} must be 0, convolith does not have it, got {value!r}")
        named = isinstance(update_freq, str) and update_freq in ("epoch", "batch")
        counted = isinstance(update_freq, (int, np.integer)) and not isinstance(update_freq, bool) and update_freq > 0
        if not named and not counted:
            raise ValueError(f"TensorBoard: update_freq must be 'epoch', 'batch' or a number >= 1, got {update_freq!r}")
        folder = checked_path("TensorBoard", "log_dir", log_dir)
        if integer("TensorBoard", "histogram_freq", histogram_freq) < 0:
            raise ValueError(f"TensorBoard: histogram_freq must be an integer >= 0, got {histogram_freq!r}")
        self.write_steps_per_second = flag("TensorBoard", "write_steps_per_second", write_steps_per_second)
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise ImportError(
                'TensorBoard needs the package tensorboardX: pip install "convolith[tensorboard]"'
            ) from error
        self.log_dir, self.histogram_freq = folder, histogram_freq
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self._writer_class = SummaryWriter
        self._writers: dict[str, Any] = {}
        self._batches, self._started = 0, 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the clock."""
        import time

        self._started, self._at_start = time.perf_counter(), self._batches

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Write the means so far."""
        self._batches += 1
        if self.update_freq != "epoch" and self._batches % self.update_freq == 0:
            for name, value in (logs or {}).items():
                self._write("train", f"batch_{name}", value, self._batches)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the epoch's logs."""
        import time

        for name, value in (logs or {}).items():
            folder = "validation" if name.startswith("val_") else "train"
            self._write(folder, f"epoch_{name.removeprefix('val_')}", value, epoch)
        optimizer = self.model.optimizer
        if isinstance(optimizer, MultiOptimizer):
            for one in optimizer.optimizers:
                self._write("train", f"epoch_learning_rate_{one.name}", float(one.learning_rate), epoch)
        else:
            self._write("train", "epoch_learning_rate", float(optimizer.learning_rate), epoch)
        if self.write_steps_per_second:
            steps = (self._batches - self._at_start) / (time.perf_counter() - self._started)
            self._write("train", "epoch_steps_per_second", steps, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            for weight in self.model.weights:
                self._writer("train").add_histogram(f"{weight.path}/histogram", weight.numpy(), epoch)

    def on_test_end(self, logs: dict[str, float] | None = None) -> None:
        """Write what was found beside the number of steps of training done before."""
        if self.model.optimizer is not None:
            for name, value in (logs or {}).items():
                steps = int(self.model.optimizer.iterations)
                self._write("validation", f"evaluation_{name}_vs_iterations", value, steps)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def _write(self, folder: str, name: str, value: Any, step: int) -> None:
        if np.ndim(value) == 0:
            self._writer(folder).add_scalar(name, float(value), step)

    def _writer(self, folder: str) -> Any:
        if folder not in self._writers:
            self._writers[folder] = self._writer_class(str(self.log_dir / folder))
        return self._writers[folder]
