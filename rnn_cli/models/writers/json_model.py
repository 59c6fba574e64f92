"""The JSON that a person writes by hand: every matrix of every gate under its name in the equations."""

from dataclasses import replace
from pathlib import Path

from rnn_cli.models.model import Model
from rnn_cli.models.writers import Written
from rnn_cli.models.written import as_text, handwritten


def write(model: Model, path: Path) -> list[Written]:
    """See rnn_cli.models.writers."""
    whole = handwritten(_with_words(model), {})
    path.write_text(as_text(whole), encoding="utf-8")
    a, cell = model.network.architecture, model.network.cell
    written = []
    if "embedding" in whole:
        shape = model.network.parameters["embedding"].shape
        written.append(Written("embedding", shape, ("embedding",), notes=("a vector for each token",)))
    for k, layer in enumerate(whole["parameters"]["layers"]):
        where = f"layers.{k // len(a.directions)}.{layer.get('direction', 'forward')}"
        for key, names in cell.packing.items():
            for name in names:
                cut = ("gates taken apart",) if len(names) > 1 else ()
                written.append(Written(f"layers[{k}].{name}", layer[name].shape, (f"{where}.{key}",), notes=cut))
    for name, array in whole["parameters"].get("readout", {}).items():
        written.append(Written(f"readout.{name}", array.shape, (f"readout.{name}",)))
    return written


def _with_words(model: Model) -> Model:
    """The model with a token for each row of its embedding: what has no word is called by its id."""
    rows = model.network.architecture.embedding_rows
    named = {row: token for token, row in model.rows.items()}
    if not rows or len(named) == rows:
        return model
    by_id = {named.get(k, str(k) if str(k) not in model.rows else f"<row {k}>"): k for k in range(rows)}
    return replace(model, vocabulary={**(model.vocabulary or {}), **by_id}, rows=by_id)
