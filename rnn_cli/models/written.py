"""A network as the JSON that a person writes by hand: what --save-model keeps, and the weights of a document."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from rnn_cli.core.arrays import Array
from rnn_cli.core.reads import FINAL_STATE
from rnn_cli.errors import InputError
from rnn_cli.models.encoding import TEXT_LEVELS
from rnn_cli.models.handwritten import FLOAT32, FORMAT
from rnn_cli.models.model import Model

Vectors = Mapping[str, Array]


def parameters_of(model: Model) -> dict[str, Any]:
    """Every weight of a network under its name in the equations, as "parameters" of a hand-written model has them.

    Beside them the states that it begins with, which such a model cannot have: it is refused with them.
    """
    network = model.network
    a, cell = network.architecture, network.cell
    layers = []
    for layer in range(a.num_layers):
        for direction in a.directions:
            own: dict[str, Any] = {} if a.forward_only else {"direction": direction}
            packed = network.parameters.group(f"layers.{layer}.{direction}")
            for key, names in cell.packing.items():
                size = len(packed[key]) // len(names)
                own |= {name: packed[key][k * size : (k + 1) * size] for k, name in enumerate(names)}
            start = network.starts.get((layer, direction))
            layers.append(own if start is None else own | {f"{name}_0": array for name, array in start.items()})
    readout = network.parameters.group("readout")
    looks = {} if model.role != "decoder" or model.system is None else model.system.parameters.group("attention")
    return {
        "layers": layers, **({"readout": dict(readout)} if readout else {}), **({"attention": dict(looks)} if looks else {})
    }  # fmt: skip


def handwritten(model: Model, drawn: Vectors) -> dict[str, Any]:
    """The whole model; `drawn` are the vectors of words that it has none for. InputError where JSON cannot hold it."""
    a, cell = model.network.architecture, model.network.cell
    refused = "has two networks, and .json holds one" if model.has_decoder else None
    if model.columns or model.numeric:
        refused = "reads or predicts numbers in the units of its columns, which .json cannot say"
    model.refuse_parts(".json")
    model.refuse_starts(model.name, ".json has no such state; rnn convert keeps it in .onnx")
    if refused is not None:
        raise InputError(f"{model.name} {refused}; keep a copy of the file that rnn train wrote")
    whole: dict[str, Any] = {"format": FORMAT, "name": model.name, "cell": a.cell}
    whole |= {"about": model.about} if model.about else {}
    whole |= {"dtype": FLOAT32} if model.stored_dtype == FLOAT32 else {}
    whole |= {name: getattr(cell, name) for name in cell.options} | {"task": a.task}
    whole |= {"reads": a.reads} if a.reads != FINAL_STATE else {}
    if a.output_size:
        whole["labels"] = [model.label(k) for k in range(a.output_size)]
    vocabulary = dict(model.vocabulary or {})
    # Words in small letters alone would say that all are lower-cased, and nothing else says how a text is cut.
    reading = {"lowercase": model.lowercase, **({"level": model.level} if model.level != TEXT_LEVELS[0] else {})}
    if model.one_hot:
        whole |= reading | {"vocabulary": vocabulary}
    else:
        rows = {token: model.network.parameters["embedding"][row] for token, row in model.rows.items()}
        embedding = {**rows, **{token: vector for token, vector in drawn.items() if token not in rows}}
        free = max(vocabulary.values(), default=-1) + 1
        new = [token for token in embedding if token not in vocabulary]
        vocabulary |= {token: free + k for k, token in enumerate(new)}
        if embedding:
            whole |= reading | {"vocabulary": vocabulary, "embedding": embedding}
    return {**whole, "parameters": parameters_of(model)}


def as_text(whole: Mapping[str, Any]) -> str:
    """JSON in which a row of a matrix stands on one line."""
    return _laid_out(whole, "") + "\n"


def _laid_out(value: Any, indent: str) -> str:
    deeper = indent + "  "
    if isinstance(value, Mapping):
        return _block(
            "{}",
            (f"{json.dumps(key, ensure_ascii=False)}: {_laid_out(one, deeper)}" for key, one in value.items()),
            indent,
        )
    if isinstance(value, list) and value and isinstance(value[0], Mapping | list):
        return _block("[]", (_laid_out(one, deeper) for one in value), indent)
    if hasattr(value, "tolist"):
        return _laid_out(value.tolist(), indent)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _block(brackets: str, items: Iterable[str], indent: str) -> str:
    return f"{brackets[0]}\n" + ",\n".join(f"{indent}  {one}" for one in items) + f"\n{indent}{brackets[1]}"
