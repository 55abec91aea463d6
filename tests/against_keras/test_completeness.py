"""What Keras has in the modules of image networks, convolith has too, but for the names that are listed here."""

from __future__ import annotations

import importlib
import inspect

import pytest

# What convolith leaves out on purpose, by module, each with why.
LEFT_OUT = {
    "": {
        **dict.fromkeys(
            ["DTypePolicy", "FloatDTypePolicy", "dtype_policies", "mixed_precision"],
            "layers compute in one dtype: there are no policies",
        ),
        **dict.fromkeys(["Function", "Operation"], "models and layers do it"),
        **dict.fromkeys(["Quantizer", "quantizers"], "weights are floats"),
        **dict.fromkeys(["RematScope", "remat"], "compile(memory_limit=...) does it, for the whole model"),
        **dict.fromkeys(["StatelessScope", "SymbolicScope"], "JAX's"),
        "distillation": "a train_step does it",
        "distribution": "several devices",
        "export": "interop writes ONNX",
        "legacy": "gone in Keras 3 too",
        "name_scope": "paths are of layers' names",
        "src": "Keras's own insides",
        "visualization": "bounding boxes and galleries; convolith.visualize has what it draws",
        "wrappers": "scikit-learn's",
    },
    "activations": {},
    "backend": {"result_type": "dtypes meet as NumPy promotes them together with float32"},
    "callbacks": {"OrbaxCheckpoint": "JAX's files", "RemoteMonitor": "sends logs to a server"},
    "config": {
        **dict.fromkeys(
            ["disable_flash_attention", "enable_flash_attention", "is_flash_attention_enabled"], "attention"
        ),
        **dict.fromkeys(["dtype_policy", "set_dtype_policy"], "layers compute in one dtype: there are no policies"),
        "enable_traceback_filtering": "tracebacks are always whole",
        "enable_unsafe_deserialization": "no file is ever executed",
        "is_nnx_enabled": "JAX's",
        "set_backend": "there is no other backend",
    },
    "constraints": {},
    "initializers": dict.fromkeys(["STFT", "STFTInitializer", "stft"], "sound"),
    "layers": {
        **dict.fromkeys(
            [
                "Bidirectional", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "GRU", "GRUCell", "LSTM", "LSTMCell",
                "Masking", "RNN", "SimpleRNN", "SimpleRNNCell", "StackedRNNCells", "TimeDistributed", "Wrapper",
            ],
            "sequences",
        ),
        **dict.fromkeys(
            ["AdditiveAttention", "Attention", "EinsumDense", "GroupQueryAttention", "MultiHeadAttention"], "attention"
        ),
        **dict.fromkeys(["Embedding", "ReversibleEmbedding"], "embedding"),
        **dict.fromkeys(
            [
                "CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "IntegerLookup", "StringLookup",
                "TextVectorization",
            ],
            "text and tables",
        ),
        **dict.fromkeys(["MelSpectrogram", "STFTSpectrogram"], "sound"),
        **dict.fromkeys(["FlaxLayer", "JaxLayer", "TFSMLayer", "TorchModuleWrapper"], "other frameworks'"),
        "MaxNumBoundingBoxes": "bounding boxes",
        "Pipeline": "of tf.data; Sequential does it",
    },
    "losses": {},
    "metrics": {},
    "models": {},
    "preprocessing": dict.fromkeys(
        ["sequence", "text_dataset_from_directory", "timeseries_dataset_from_array"], "text and sequences"
    ),
    "preprocessing.image": {},
    "ops.image": {},
    "ops.nn": {
        "dot_product_attention": "attention",
        "ctc_decode": "of the values, not of the shapes, depends how much comes out",
    },
    "optimizers": {
        "LossScaleOptimizer": "for float16",
        "legacy": "gone in Keras 3 too",
    },
    "optimizers.schedules": {},
    "random": {},
    "regularizers": {},
    "saving": {"KerasFileEditor": "of Keras's own files"},
    "tree": dict.fromkeys(
        [
            "MAP_TO_NONE", "assert_same_paths", "lists_to_tuples", "map_shape_structure", "map_structure_up_to",
            "traverse",
        ],
        "what Keras's own insides ask for",
    ),
    "utils": {
        **dict.fromkeys(
            [
                "audio_dataset_from_directory", "text_dataset_from_directory", "timeseries_dataset_from_array",
                "pad_sequences",
            ],
            "sound, text and sequences",
        ),
        "FeatureSpace": "tables",
        "bounding_boxes": "bounding boxes",
        "legacy": "gone in Keras 3 too",
    },
}  # fmt: skip
# What belongs to image networks and is still to come.
TO_COME: dict[str, set[str]] = {}
ELSEWHERE = {"ops.nn": "ops"}
"""Where convolith has the names of a module of Keras's under another one, which Keras has them under too."""


def names(keras, module: str) -> set[str]:
    found = importlib.import_module(f"keras.{module}".rstrip("."))
    return {name for name in dir(found) if name[0] != "_"}


def own(module: str):
    return importlib.import_module(f"convolith.{ELSEWHERE.get(module, module)}".rstrip("."))


@pytest.mark.parametrize("module", LEFT_OUT)
def test_every_name_is_there_or_left_out_for_a_reason(keras, module):
    left = set(LEFT_OUT[module]) | TO_COME.get(module, set())
    missing = {name for name in names(keras, module) - left if not hasattr(own(module), name)}
    assert missing == set()


@pytest.mark.parametrize("module", LEFT_OUT)
def test_what_is_left_out_is_keras_s_and_is_not_there(keras, module):
    left = set(LEFT_OUT[module]) | TO_COME.get(module, set())
    assert left <= names(keras, module)
    assert not {name for name in left if hasattr(own(module), name)}
    assert not set(LEFT_OUT[module]) & TO_COME.get(module, set())


@pytest.mark.parametrize("module", ["backend", "config", "ops.image", "ops.nn", "preprocessing.image", "tree"])
def test_functions_are_called_as_keras_s(keras, module):
    """Each argument of Keras's, at its place and with its default; further ones come after."""
    for name in names(keras, module) - set(LEFT_OUT[module]) - TO_COME.get(module, set()):
        function, theirs = getattr(own(module), name), getattr(importlib.import_module(f"keras.{module}"), name)
        if not inspect.isfunction(theirs):
            continue
        expected = [
            (one.name, one.default)
            for one in inspect.signature(theirs).parameters.values()
            if one.kind is not one.VAR_KEYWORD
        ]
        found = [(one.name, one.default) for one in inspect.signature(function).parameters.values()]
        assert found[: len(expected)] == expected, name
