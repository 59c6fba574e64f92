"""The `model` object that stands in every document."""

from typing import Any

from rnn_cli.core.reads import FINAL_STATE
from rnn_cli.models.model import Model


def model_document(model: Model) -> dict[str, Any]:
    """What the contract says of a model; `dtype` is that of the computation, `stored_dtype` that of the file."""
    architecture, cell = model.network.architecture, model.network.cell
    options = {name: str(getattr(cell, name)) for name in cell.options}
    document: dict[str, Any] = {
        "name": model.name,
        "cell": architecture.cell,
        "activation": options.pop("activation", None),
        "input_size": architecture.input_size,
        "hidden_size": architecture.hidden_size,
        **({"layer_sizes": list(architecture.layer_sizes)} if architecture.layer_sizes else {}),
        "num_layers": architecture.num_layers,
        "bidirectional": architecture.bidirectional,
        "task": architecture.task if architecture.output_size else None,
        "parameter_count": model.network.parameter_count,
        "dtype": str(model.network.parameters.flat.dtype),
        "stored_dtype": model.stored_dtype,
        "labels": list(model.labels),
        "random": model.random,
    }
    if architecture.backward_only:
        document["directions"] = list(architecture.directions)
    if architecture.output_size and architecture.reads != FINAL_STATE:
        document["readout_reads"] = architecture.reads
    if "reset" in options:
        document["reset_after"] = options["reset"] == "after"
    return document | options
