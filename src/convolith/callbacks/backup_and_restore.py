"""Training that goes on where it was interrupted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from convolith.callbacks.callback import Callback
from convolith.callbacks.saving_pace import SavingPace
from convolith.files import checked_path
from convolith.ops.arguments import flag


class BackupAndRestore(Callback):
    """Keeps the state of training in a file, from which the next ``fit`` of the same model goes on.

    After epochs, training goes on as if it had never stopped, bit for bit. After batches, the epoch that was under way
    begins again, with what was learnt in it. The file is whole at every moment.

    Args:
        backup_dir: the folder; it is made where it is missing.
        save_freq: "epoch", or after every how many batches to save.
        double_checkpoint: whether to keep the state before the last one, too, in case the last file gets damaged.
        delete_checkpoint: whether the files go when training has come to its end.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: an argument is none of these; or, when training begins, the file is of another model.

    Source:
        keras.callbacks.BackupAndRestore.

    Example:
        >>> from convolith.callbacks import BackupAndRestore
        >>> BackupAndRestore("backup").path.name
        'latest.safetensors'
    """

    def __init__(
        self,
        backup_dir: str | os.PathLike[str],
        save_freq: Any = "epoch",
        double_checkpoint: bool = False,
        delete_checkpoint: bool = True,
    ):
        owner = "BackupAndRestore"
        self.backup_dir, self.pace = checked_path(owner, "backup_dir", backup_dir), SavingPace(owner, save_freq)
        self.double_checkpoint = flag(owner, "double_checkpoint", double_checkpoint)
        self.delete_checkpoint = flag(owner, "delete_checkpoint", delete_checkpoint)
        self._epoch = 0

    @property
    def path(self) -> Path:
        """The file of the last state."""
        return self.backup_dir / "latest.safetensors"

    @property
    def path_before(self) -> Path:
        """The file of the state before, with ``double_checkpoint``."""
        return self.backup_dir / "previous.safetensors"

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Go on from the file, if there is one."""
        from convolith.models.backup import load_state

        errors: list[Exception] = []
        for path in (self.path, self.path_before):
            if not path.exists():
                continue
            try:
                self.model._initial_epoch = load_state(self.model, path)
                return
            except (OSError, ValueError) as error:
                errors.append(error)
        if errors:
            raise ValueError(f"BackupAndRestore: {errors[0]}") from errors[0]

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remember the epoch."""
        self._epoch = epoch

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Save after a number of batches."""
        if self.pace.after_batch():
            self._save(self._epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Save after an epoch."""
        if self.pace.after_epoch():
            self._save(epoch + 1)

    def _save(self, epoch: int) -> None:
        from convolith.models.backup import save_state

        self.backup_dir.mkdir(parents=True, exist_ok=True)
        if self.double_checkpoint and self.path.exists():
            os.replace(self.path, self.path_before)
        save_state(self.model, self.path, epoch)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Delete the files, and the folder if nothing else is in it."""
        if self.delete_checkpoint:
            self.path.unlink(missing_ok=True)
            self.path_before.unlink(missing_ok=True)
            if self.backup_dir.is_dir() and not any(self.backup_dir.iterdir()):
                self.backup_dir.rmdir()
