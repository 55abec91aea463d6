"""What writes a model into files, pickles and text, and reads its weights."""

from __future__ import annotations

from typing import Any


class Stored:
    """Base of ``Model``: its files. What they hold is in ``convolith.models.saving`` and ``keras_models``."""

    def __reduce__(self) -> Any:
        """Pickle what ``save`` writes; a user's own classes and functions by where they are defined."""
        from convolith.models.pickling import reduced

        return reduced(self)

    def to_json(self, **kwargs: Any) -> str:
        """Return the architecture as text, from which ``models.model_from_json`` makes the model with new weights.

        Args:
            kwargs: of ``json.dumps``, such as ``indent``.

        Raises:
            ValueError: something in the model cannot be saved.

        Source:
            keras.Model.to_json.
        """
        from convolith.models.saving import model_json

        return model_json(self, **kwargs)

    def save(self, filepath: Any, overwrite: bool = True) -> None:
        """Write architecture, weights, optimizer and how the model was compiled into one file.

        The file is a zip of config.json and weights.safetensors, or as Keras 3 writes it, with no code in it. It comes
        under a temporary name and is renamed: whatever happens, ``filepath`` is whole, the old file or the new one.

        Args:
            filepath: such as "lenet5.convolith"; or "lenet5.keras", which Keras 3 reads (needs the extra ``keras``).
            overwrite: whether a file of that name may be replaced.

        Raises:
            FileExistsError: there is such a file and it may not be replaced.
            ImportError: h5py is needed and missing.
            ValueError: the ending is none of these, or something in the model cannot be saved, or not for Keras.
        """
        from convolith.models.formats import save_model

        save_model(self, filepath, overwrite)

    def export(
        self,
        filepath: Any,
        format: str = "tf_saved_model",
        verbose: Any = None,
        input_signature: Any = None,
        **kwargs: Any,
    ) -> None:
        """Refuse: convolith writes no other program's format but Keras's own.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            f"{type(self).__name__}: convolith does not export to {format!r}; save it as a .keras file, which Keras 3 "
            f"reads and exports"
        )

    def save_weights(self, filepath: Any, overwrite: bool = True) -> None:
        """Write the weights into a safetensors file, or as Keras 3 does, under a temporary name that is renamed.

        Args:
            filepath: such as "lenet5.weights.safetensors"; or "lenet5.weights.h5", which Keras 3 reads (needs the extra
                ``keras``).
            overwrite: whether a file of that name may be replaced.

        Raises:
            FileExistsError: there is such a file and it may not be replaced.
            ImportError: h5py is needed and missing.
            ValueError: the model is not built, or the ending is neither .safetensors nor .weights.h5.
        """
        from convolith.models.formats import save_weights

        save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: Any, skip_mismatch: bool = False, by_name: bool = False) -> None:
        """Read the weights from a file of ``save_weights`` or ``save``; where it does not fit, no weight changes.

        Args:
            filepath: such as "lenet5.weights.safetensors"; or Keras's ".weights.h5", ".keras" or, of Keras 2, ".h5",
                which need the extra ``keras``; or a ``state_dict`` of torchvision's in safetensors.
            skip_mismatch: whether to skip what does not fit in a file of Keras's, with a warning.
            by_name: whether to read only layers that have the same name in a file of Keras 2; otherwise all, in their
                order.

        Raises:
            OSError: the file cannot be read.
            ImportError: h5py is needed and missing.
            ValueError: the model is not built, or the file is damaged, a pickle or of another model.
        """
        from convolith.models.formats import load_weights

        load_weights(self, filepath, skip_mismatch, by_name)
