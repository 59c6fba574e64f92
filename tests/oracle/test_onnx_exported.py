"""Graphs that PyTorch's own exporters write: states and logits are PyTorch's to 1e-12, in double.

Each module is written as programs write theirs. The older exporter keeps recurrent nodes; the newer one, which is slow, keeps
those of the LSTM and the GRU, and takes an RNN apart.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import run_forward
from rnn_cli.models.load import load_model

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
pytest.importorskip("onnx", reason="onnx is not installed")
nn: Any = torch.nn

V, E, H, C, T, B = 11, 3, 4, 5, 6, 2
IDS = torch.tensor([[3, 1, 4, 1, 5, 9], [2, 6, 5, 3, 5, 8]])


@dataclass(frozen=True)
class Made:
    """A module that was written for one purpose.

    parts     its modules
    forward   what it computes: (parts, input) -> what leaves the graph
    reads     what its readout reads; "" where it has none
    ids       whether it reads ids
    free      the axes of the input that may have any size
    """

    parts: Callable[[], dict[str, Any]]
    forward: Callable[..., Any]
    reads: str = "final-state"
    ids: bool = True
    free: tuple[int, ...] = (0, 1)
    batch: int = B
    newer: bool = False


def parts(cell: str = "LSTM", ids: bool = True, classes: int = C, **options: Any) -> Callable[[], dict[str, Any]]:
    """An embedding, a recurrent module and a readout."""

    def make() -> dict[str, Any]:
        width = H * (2 if options.get("bidirectional") else 1)
        found = {"rnn": getattr(nn, cell)(E, H, **options), "fc": nn.Linear(width, classes)}
        return {"emb": nn.Embedding(V, E), **found} if ids else found

    return make


def language_model(m: Any, x: Any, h: Any, c: Any) -> Any:
    """As a program for text that goes on: the state comes in and leaves."""
    output, (h, c) = m.rnn(m.emb(x), (h, c))
    return m.fc(output), h, c


def packed(m: Any, x: Any, lengths: Any) -> Any:
    """Sequences of lengths of their own."""
    output, (h, _) = m.rnn(nn.utils.rnn.pack_padded_sequence(m.emb(x), lengths, batch_first=True))
    return m.fc(h[-1]), nn.utils.rnn.pad_packed_sequence(output, batch_first=True)[0]


def two_ends(m: Any, x: Any) -> Any:
    """The last states of both directions."""
    h = m.rnn(m.emb(x))[1][0]
    return m.fc(torch.cat([h[-2], h[-1]], dim=1))


class Learnt(nn.LSTM):
    """Two layers of both directions that begin with states that they learn."""

    def __init__(self) -> None:
        super().__init__(E, H, num_layers=2, bidirectional=True, batch_first=True)
        self.h0, self.c0 = (nn.Parameter(torch.randn(4, 1, H)) for _ in "hc")

    def forward(self, x: Any) -> Any:
        """The same beginning for every sequence."""
        return super().forward(x, tuple(one.expand(-1, x.shape[0], -1).contiguous() for one in (self.h0, self.c0)))


BATCH: dict[str, Any] = {"batch_first": True}
BOTH: dict[str, Any] = {"bidirectional": True}
MODELS: dict[str, Made] = {
    "a classifier": Made(parts(**BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[0][:, -1])),
    "a classifier, h_n": Made(parts("GRU", **BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[1].squeeze(0))),
    "three layers and dropout": Made(
        parts(num_layers=3, dropout=0.5, **BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[1][0][-1])
    ),
    "two ends side by side": Made(parts(num_layers=2, **BOTH, **BATCH), two_ends),
    "the last output of two directions": Made(
        parts(**BOTH, **BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[0][:, -1, :]), reads="last-output"
    ),
    "the mean": Made(parts("GRU", **BOTH, **BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[0].mean(1)), reads="mean"),
    "the largest": Made(
        parts("RNN", nonlinearity="relu", **BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[0].max(1)[0]), reads="max"
    ),
    "pooled": Made(
        parts(**BATCH),
        lambda m, x: m.fc(nn.functional.adaptive_avg_pool1d(m.rnn(m.emb(x))[0].permute(0, 2, 1), 1).squeeze(-1)),
        reads="mean",
    ),
    "a tagger": Made(parts(**BOTH), lambda m, x: m.fc(m.rnn(m.emb(x))[0]).log_softmax(-1), reads="every-step"),
    "a tagger of flat rows": Made(
        parts("GRU", **BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[0].reshape(-1, H)), reads="every-step"
    ),
    "all answers, of which the last is kept": Made(parts(**BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[0])[:, -1]),
    "a softmax": Made(parts("RNN"), lambda m, x: m.fc(m.rnn(m.emb(x))[1][-1]).softmax(-1)),
    "numbers": Made(parts("GRU", ids=False, classes=1), lambda m, x: m.fc(m.rnn(x)[0][-1]), ids=False),
    "numbers of a fixed length": Made(
        parts(ids=False, **BATCH), lambda m, x: m.fc(m.rnn(x)[0][:, -1]), ids=False, free=(), batch=1
    ),
    "a sequence without a batch": Made(
        parts("GRU", ids=False), lambda m, x: m.fc(m.rnn(x)[0][-1]), ids=False, free=(0,), batch=0
    ),
    "states alone": Made(parts("RNN", num_layers=2, bias=False, **BOTH), lambda m, x: m.rnn(m.emb(x)), reads=""),
    "one-hot": Made(
        lambda: {"rnn": nn.GRU(V, H), "fc": nn.Linear(H, C)},
        lambda m, x: m.fc(m.rnn(nn.functional.one_hot(x, V).to(m.fc.weight.dtype))[0]),
        reads="every-step",
    ),
    "a language model": Made(parts(classes=V), language_model, reads="every-step"),
    "packed": Made(parts(**BATCH), packed),
    "a learnt beginning": Made(
        lambda: {"emb": nn.Embedding(V, E), "rnn": Learnt(), "fc": nn.Linear(2 * H, C)}, two_ends
    ),
    "a head of two layers": Made(
        parts(**BATCH), lambda m, x: (m.fc(m.rnn(m.emb(x))[0][:, -1]).relu() @ m.fc.weight).sigmoid(), reads=""
    ),
    "attention after the states": Made(
        parts(**BATCH), lambda m, x: m.fc((lambda o: (o * o.sum(2, keepdim=True).softmax(1)).sum(1))(m.rnn(m.emb(x))[0])), reads=""
    ),
    "newer: a classifier": Made(parts(**BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[0][:, -1]), newer=True),
    "newer: GRU, two layers, both directions": Made(
        parts("GRU", num_layers=2, **BOTH, **BATCH), lambda m, x: m.fc(m.rnn(m.emb(x))[0]), reads="every-step", newer=True, free=()
    ),
}  # fmt: skip


class Whole(nn.Module):
    """A module of the parts."""

    def __init__(self, made: Made) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.own = made.forward
        for name, module in made.parts().items():
            self.add_module(name, module)

    def forward(self, *given: Any) -> Any:
        """What it computes."""
        return self.own(self, *given)


def exported(made: Made, path: Path) -> tuple[Any, tuple[Any, ...]]:
    """The module in double, with what was given to it; the graph stands at the path."""
    whole = Whole(made).double().eval()
    x = IDS if made.ids else torch.randn(B, T, E, dtype=torch.float64)
    batch_first = whole.rnn.batch_first
    x = x[: made.batch] if made.batch else x[0]
    given: tuple[Any, ...] = (x if batch_first or not made.batch else x.transpose(0, 1).contiguous(),)
    if made.forward is language_model:
        given += tuple(torch.zeros(1, B, H, dtype=torch.float64) for _ in "hc")
    if made.forward is packed:
        given += (torch.tensor([T, T]),)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if made.newer:
            axes = {"given": (dict.fromkeys(made.free, torch.export.Dim.DYNAMIC),)} if made.free else None
            torch.onnx.export(
                whole, given, str(path), dynamo=True, dynamic_shapes=axes, external_data=False, verbose=False
            )
        else:
            names = ["x", *(f"more_{k}" for k in range(len(given) - 1))]
            named = {"x": {k: f"axis_{k}" for k in made.free}}
            torch.onnx.export(whole, given, str(path), dynamo=False, input_names=names, dynamic_axes=named)
    return whole, given


@pytest.mark.parametrize(
    "how", [pytest.param(how, marks=pytest.mark.slow) if made.newer else how for how, made in MODELS.items()]
)
def test_a_graph_computes_what_pytorch_does(how: str, tmp_path: Path) -> None:
    made = MODELS[how]
    if made.newer:
        pytest.importorskip("onnxscript", reason="onnxscript is not installed")
    whole, given = exported(made, tmp_path / "m.onnx")
    model = load_model(str(tmp_path / "m.onnx"))
    with torch.no_grad():
        out = whole(*given)
    x = given[0].numpy()
    if whole.rnn.batch_first:
        x = x.swapaxes(0, 1)
    if not made.batch:
        x = x[:, None]
    p = model.network.parameters
    rows = p["embedding"][x] if "embedding" in p else np.eye(V)[x] if made.ids else x
    run = run_forward(model.network, rows)
    with torch.no_grad():
        states = whole.rnn(torch.from_numpy(rows if not whole.rnn.batch_first else rows.swapaxes(0, 1)))[0].numpy()
    np.testing.assert_allclose(
        run.output, states.swapaxes(0, 1) if whole.rnn.batch_first else states, atol=1e-12, rtol=0
    )
    if not made.reads:
        assert run.logits is None
        return
    assert model.read["readout_reads"] == made.reads
    assert run.logits is not None
    wanted = (out[0] if isinstance(out, tuple) else out).numpy()
    for name in model.read["then"]:
        if name == "LogSoftmax":
            wanted = np.exp(wanted)
    logits = run.logits
    if model.read["then"]:
        each = np.exp(logits - logits.max(axis=-1, keepdims=True))
        logits = each / each.sum(axis=-1, keepdims=True)
    if logits.ndim == 3 and whole.rnn.batch_first:
        logits = logits.swapaxes(0, 1)
    np.testing.assert_allclose(logits.reshape(-1), wanted.reshape(-1), atol=1e-12, rtol=0)
