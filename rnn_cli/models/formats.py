"""The formats of model files: one line each, read by `load`, by `convert` and by their help."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """A kind of model file.

    name       what --to takes
    title      what a person calls it; Model.format says the same of a model that was read from it
    suffixes   how the names of its files end
    reader     the module with read(path: Path, choices: Choices) -> Model; "" where models/load.py reads it
    writer     the module with write(model: Model, path: Path) -> list[Written] (models/writers); "" where none can
    proof      the module with outputs(path: Path, sequences: list[Array]) -> list[Outputs], which computes a file by what is
               no part of this program; "" where models/load.py and the forward pass compute it
    dtype      the type of numbers in which what runs such files computes; "" where any will do
    extra      the extra that brings its library; "" where none is needed
    words      whether its files hold the vocabulary, the names of the outputs and the scales of columns
    task       whether they hold what the model was trained for
    starts     whether they hold the states that a sequence begins with, where these are not 0
    unsaid     the suffixes whose files hold weights alone: not the activation, nor what a readout reads

    Modules stand as names: nothing is imported before a file of that kind is read or written.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    reader: str = ""
    writer: str = ""
    proof: str = ""
    dtype: str = ""
    extra: str = ""
    words: bool = False
    task: bool = False
    starts: bool = False
    unsaid: tuple[str, ...] = ()


FORMATS: dict[str, Format] = {
    one.name: one
    for one in (
        Format("json", "hand-written JSON", (".json",), writer="rnn_cli.models.writers.json_model", words=True),
        Format(
            "pytorch",
            "PyTorch state dict",
            (".safetensors",),
            writer="rnn_cli.models.writers.pytorch",
            unsaid=(".safetensors",),
        ),
        Format(
            "rnn",
            "model of rnn train",
            (".safetensors",),
            writer="rnn_cli.training.converted",
            words=True,
            task=True,
        ),
        Format("npz", "NumPy arrays", (".npz",), "rnn_cli.models.foreign.npz", unsaid=(".npz",)),
        Format(
            "keras",
            "Keras model",
            (".keras", ".weights.h5", ".h5", ".hdf5"),
            "rnn_cli.models.foreign.keras.reader",
            "rnn_cli.models.writers.keras",
            extra="keras",
            unsaid=(".weights.h5",),
        ),
        Format(
            "onnx",
            "ONNX graph",
            (".onnx",),
            reader="rnn_cli.models.foreign.onnx.reader",
            writer="rnn_cli.models.writers.onnx",
            proof="rnn_cli.models.proofs.onnx",
            dtype="float32",  # onnxruntime has its recurrent operators in no other
            extra="onnx",
            starts=True,
        ),
    )
}


def format_of(name: str) -> Format | None:
    """The format with a reader of its own whose suffix a file's name has, the longest suffix first; None where none has."""
    fits = [(len(end), one) for one in FORMATS.values() if one.reader for end in one.suffixes if name.endswith(end)]
    return max(fits, key=lambda pair: pair[0])[1] if fits else None
