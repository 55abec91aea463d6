"""Hooks into ``fit``, ``evaluate`` and ``predict``, as in Keras."""

from convolith.callbacks.backup_and_restore import BackupAndRestore
from convolith.callbacks.callback import BATCH_HOOKS, OUTER_HOOKS, Callback
from convolith.callbacks.callback_list import CallbackList
from convolith.callbacks.csv_logger import CSVLogger
from convolith.callbacks.early_stopping import EarlyStopping
from convolith.callbacks.history import History
from convolith.callbacks.lambda_callback import LambdaCallback
from convolith.callbacks.learning_rate_scheduler import LearningRateScheduler
from convolith.callbacks.model_checkpoint import ModelCheckpoint
from convolith.callbacks.progbar_logger import ProgbarLogger
from convolith.callbacks.reduce_lr_on_plateau import ReduceLROnPlateau
from convolith.callbacks.swap_ema_weights import SwapEMAWeights
from convolith.callbacks.tensorboard import TensorBoard
from convolith.callbacks.terminate_on_nan import TerminateOnNaN

__all__ = [
    "BATCH_HOOKS", "OUTER_HOOKS", "BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping",
    "History", "LambdaCallback", "LearningRateScheduler", "ModelCheckpoint", "ProgbarLogger", "ReduceLROnPlateau",
    "SwapEMAWeights", "TensorBoard", "TerminateOnNaN",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
