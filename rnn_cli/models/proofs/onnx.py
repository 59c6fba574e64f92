"""ONNX files computed by onnx.reference, the evaluator in NumPy that defines the operators, one sequence at a time."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError

METHOD = "computed by onnx.reference, one sequence at a time"


def outputs(path: Path, sequences: Sequence[Array]) -> list[Mapping[str, Array]]:
    """The outputs of the graph for each sequence, without the axis of the batch: (T, …) of every step, (…) of the end."""
    import onnx
    from onnx.reference import ReferenceEvaluator
    from onnx.reference.ops.op_rnn import RNN_14

    class RNN(RNN_14):  # type: ignore[misc]  # onnx is Any here
        """The operator with the one activation that the evaluator lacks."""

        def choose_act(self, name: str, alpha: float, beta: float) -> Any:
            """The function of an activation by its name."""
            if name == "Relu":
                return _relu
            return super().choose_act(name, alpha, beta)

    model = onnx.load(str(path))
    onnx.checker.check_model(model, full_check=True)
    entry = model.graph.input[0]
    dtype = onnx.helper.tensor_dtype_to_np_dtype(entry.type.tensor_type.elem_type)
    evaluator = ReferenceEvaluator(model, new_ops=[RNN])
    names = [one.name for one in model.graph.output]
    found: list[Mapping[str, Array]] = []
    for sequence in sequences:
        given: dict[str, Any] = {entry.name: np.asarray(sequence, dtype=dtype)[:, None]}
        try:
            with np.errstate(over="ignore"):  # its sigmoid overflows to the right number
                arrays = evaluator.run(None, given)
        except (RuntimeError, NotImplementedError) as error:  # before 1.23 it had no second direction
            later = "pip install 'rnn-cli[onnx]' brings one that does"
            raise InputError(f"onnx {onnx.__version__} does not compute what was written ({error}): {later}") from error
        found.append({name: np.asarray(array)[..., 0, :] for name, array in zip(names, arrays, strict=True)})
    return found


def _relu(a: Array) -> Array:
    return np.maximum(a, 0)
