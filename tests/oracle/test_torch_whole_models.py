"""Whole models, named as public programs name them: their logits and states are PyTorch's to 1e-12.

Each row is written from what such programs call their parts; the modules are PyTorch's own.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import run_forward
from rnn_cli.errors import ModelFileError, Undecided
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.load import load_model

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
save_file: Any = pytest.importorskip("safetensors.torch").save_file

V, E, H, C, T = 11, 3, 4, 5, 6


@dataclass(frozen=True)
class Saved:
    """How a program names its parts, and what it computes.

    embedding, recurrent, readout   paths; None where there is none
    reads                           "end" or "steps"
    extra                           arrays that belong to something else
    prefix                          what a wrapper puts before all names
    """

    embedding: str | None
    recurrent: str
    readout: str | None
    cell: str = "LSTM"
    reads: str = "end"
    options: dict[str, Any] = field(default_factory=dict)
    classes: int = C
    readout_bias: bool = True
    embedding_size: int = E
    extra: dict[str, tuple[int, ...]] = field(default_factory=dict)
    prefix: str = ""
    choices: Choices = field(default_factory=Choices)


BOTH, TWO = {"bidirectional": True}, {"num_layers": 2}
STEPS = Choices(reads="every-step")
MODELS: dict[str, Saved] = {
    "word_language_model": Saved("encoder", "rnn", "decoder", reads="steps", classes=V, options=TWO),
    "word_language_model, GRU, as wide as its words": Saved(
        "encoder", "rnn", "decoder", "GRU", "steps", classes=V, embedding_size=H
    ),
    "word_language_model, RNN": Saved("encoder", "rnn", "decoder", "RNN", "steps", classes=V),
    "char-rnn.pytorch": Saved("encoder", "rnn", "decoder", "GRU", "steps", options=TWO, classes=V, embedding_size=H),
    "the tutorial's tagger": Saved("word_embeddings", "lstm", "hidden2tag", reads="steps", choices=STEPS),
    "the tutorial's BiLSTM-CRF": Saved(
        "word_embeds", "lstm", "hidden2tag", reads="steps", options=BOTH, extra={"transitions": (C, C)}, choices=STEPS
    ),
    "a tagger of characters with a CRF": Saved(
        "char_emb",
        "lstm",
        "hidden2tag",
        reads="steps",
        options=BOTH,
        choices=STEPS,
        extra={"crf.transitions": (C, C), "crf.start_transitions": (C,)},
    ),
    "the tutorial's encoder": Saved("embedding", "gru", None, "GRU", embedding_size=H),
    "the tutorial's decoder": Saved("embedding", "gru", "out", "GRU", "steps", classes=V, embedding_size=H),
    "sentiment, both directions": Saved("embedding", "rnn", "fc", options=BOTH | TWO),
    "sentiment, GRU": Saved("embedding", "gru", "fc", "GRU", options=TWO),
    "a module called LSTM": Saved("word_embeddings", "LSTM", "fc", "GRU"),
    "bilstm": Saved("embedding", "bilstm", "linear", options=BOTH),
    "embed, classifier": Saved("embed", "lstm", "classifier"),
    "embeds, output": Saved("embeds", "lstm", "output"),
    "emb, lin": Saved("emb", "rnn", "lin"),
    "wte, head without a bias": Saved("wte", "gru", "head", "GRU", readout_bias=False),
    "lookup_table, dense": Saved("lookup_table", "encoder", "dense"),
    "Flair's language model": Saved("encoder", "rnn", "decoder", reads="steps", classes=V, embedding_size=2),
    "Flair's tagger": Saved(
        "embeddings.list_embedding_0.embedding",
        "rnn",
        "linear",
        reads="steps",
        options=BOTH,
        choices=STEPS,
        extra={"crf.transitions": (C, C)},
    ),
    "d2l's RNN on one-hot vectors": Saved(None, "rnn", "linear", "RNN", "steps", choices=STEPS),
    "d2l's encoder of two": Saved("encoder.embedding", "encoder.rnn", None, "GRU", options=TWO),
    "an LSTM of numbers": Saved(None, "lstm", "linear", classes=1),
    "an LSTM of numbers, fc, three layers": Saved(None, "lstm", "fc", classes=1, options={"num_layers": 3}),
    "a GRU forecaster": Saved(None, "gru", "output_layer", "GRU", classes=2),
    "Lightning": Saved("model.embedding", "model.lstm", "model.fc"),
    "Lightning with a metric": Saved("net.emb", "net.rnn", "net.out", extra={"criterion.weight": (C,)}),
    "DataParallel": Saved("embedding", "lstm", "fc", prefix="module."),
    "torch.compile": Saved("embedding", "lstm", "fc", prefix="_orig_mod."),
    "compiled and parallel": Saved("embedding", "lstm", "fc", prefix="module._orig_mod."),
    "numbered in a Sequential": Saved("0", "1", "2"),
    "a bare LSTM": Saved(None, "", None, options=BOTH | TWO),
    "a bare GRU without biases": Saved(None, "", None, "GRU", options={"bias": False}),
    "a bare RNN": Saved(None, "", None, "RNN"),
    "with a projection": Saved("embedding", "lstm", "fc", options={"proj_size": 2}),
    "with a projection, two layers, both directions": Saved(
        "embedding", "lstm", "fc", options={"proj_size": 2, **TWO, **BOTH}
    ),
    "attention beside it": Saved("embedding", "lstm", "fc", extra={"attn.W": (H, H, 2)}),
    "a sentence encoder with an image beside it": Saved(
        "word_embeddings", "lstm", "description_head", extra={"backbone.conv1.weight": (4, 3, 7, 7)}
    ),
}


def built(saved: Saved) -> tuple[dict[str, Any], dict[str, Any]]:
    """The state dict, and the modules by their part."""
    torch.manual_seed(0)
    parts: dict[str, Any] = {}
    if saved.embedding is not None:
        parts["embedding"] = torch.nn.Embedding(V, saved.embedding_size)
    parts["recurrent"] = getattr(torch.nn, saved.cell)(saved.embedding_size, H, **saved.options)
    width = (saved.options.get("proj_size") or H) * (2 if saved.options.get("bidirectional") else 1)
    if saved.readout is not None:
        parts["readout"] = torch.nn.Linear(width, saved.classes, bias=saved.readout_bias)
    arrays: dict[str, Any] = {}
    for part, module in parts.items():
        path = getattr(saved, part)
        for name, tensor in module.double().state_dict().items():
            arrays[saved.prefix + (f"{path}.{name}" if path else name)] = tensor
    arrays |= {saved.prefix + name: torch.rand(*shape, dtype=torch.float64) for name, shape in saved.extra.items()}
    return arrays, parts


@pytest.mark.parametrize("how", list(MODELS))
def test_a_whole_model_computes_what_pytorch_does(how: str, tmp_path: Path) -> None:
    saved = MODELS[how]
    arrays, parts = built(saved)
    save_file(arrays, tmp_path / "m.safetensors")
    model = load_model(str(tmp_path / "m.safetensors"), saved.choices)
    ids = torch.tensor([3, 1, 4, 1, 5, 9])
    x = parts["embedding"](ids) if "embedding" in parts else torch.randn(T, saved.embedding_size, dtype=torch.float64)
    with torch.no_grad():
        output, ends = parts["recurrent"](x.detach()[:, None])
        h_n = ends[0] if saved.cell == "LSTM" else ends
        read = (
            output[:, 0]
            if saved.reads == "steps"
            else torch.cat(list(h_n[-(2 if output.shape[2] > h_n.shape[2] else 1) :, 0]))
        )
        wanted = parts["readout"](read).numpy() if "readout" in parts else None
    if "embedding" in parts:
        rows = model.network.parameters["embedding"][ids.numpy()]
        np.testing.assert_array_equal(rows, x.detach().numpy())
    run = run_forward(model.network, x.detach().numpy()[:, None])
    assert set(model.read["not_used"]) == {saved.prefix + name for name in saved.extra}
    if not saved.options.get("proj_size"):
        np.testing.assert_allclose(run.output, output.numpy(), atol=1e-12, rtol=0)
    if wanted is None:
        assert run.logits is None
        return
    assert run.logits is not None
    np.testing.assert_allclose(
        run.logits[:, 0] if saved.reads == "steps" else run.logits[0], wanted, atol=1e-12, rtol=0
    )


@pytest.mark.parametrize("size", [H, H + 2, 1])
def test_chained_cells_are_layers(size: int, tmp_path: Path) -> None:
    torch.manual_seed(0)
    cells = [torch.nn.LSTMCell(E, size).double(), torch.nn.LSTMCell(size, H).double()]
    save_file({f"cells.{k}.{name}": a for k, cell in enumerate(cells) for name, a in cell.state_dict().items()}, tmp_path / "m.safetensors")  # fmt: skip
    model = load_model(str(tmp_path / "m.safetensors"))
    x = torch.randn(T, E, dtype=torch.float64)
    states = [(torch.zeros(cell.hidden_size, dtype=torch.float64),) * 2 for cell in cells]
    for row in x:
        for k, cell in enumerate(cells):
            states[k] = cell(row, states[k])
            row = states[k][0]
    run = run_forward(model.network, x.numpy()[:, None])
    for k, (h, c) in enumerate(states):
        np.testing.assert_allclose(run.final[k, "forward"].h[0], h.detach().numpy(), atol=1e-12)
        np.testing.assert_allclose(run.final[k, "forward"]["c"][0], c.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("how", ["weight_norm", "parametrizations", "AWD", "tied"])
def test_weights_that_are_stored_otherwise(how: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(E, H).double()
    x = torch.randn(T, 1, E, dtype=torch.float64)
    path = tmp_path / "m.safetensors"
    if how == "weight_norm":
        with pytest.warns(FutureWarning):
            lstm = torch.nn.utils.weight_norm(lstm, "weight_hh_l0")
        save_file(dict(lstm.state_dict()), path)
    elif how == "parametrizations":
        torch.nn.utils.parametrizations.weight_norm(lstm, "weight_ih_l0")
        save_file(dict(lstm.state_dict()), path)
    elif how == "AWD":
        arrays = {f"rnns.0.module.{name}": tensor for name, tensor in lstm.state_dict().items()}
        arrays["rnns.0.weight_hh_l0_raw"] = arrays["rnns.0.module.weight_hh_l0"]
        arrays["rnns.0.module.weight_hh_l0"] = arrays["rnns.0.module.weight_hh_l0"] * 0
        save_file(arrays, path)
    else:
        whole = torch.nn.ModuleDict({"encoder": torch.nn.Embedding(V, H), "rnn": torch.nn.LSTM(H, H), "decoder": torch.nn.Linear(H, V)}).double()  # fmt: skip
        whole["decoder"].weight = whole["encoder"].weight
        pytest.importorskip("safetensors.torch").save_model(whole, str(path))
        network = load_model(str(path)).network
        np.testing.assert_array_equal(network.parameters["readout.W_hy"], whole["encoder"].weight.detach().numpy())
        np.testing.assert_array_equal(network.parameters["embedding"], whole["encoder"].weight.detach().numpy())
        return
    with torch.no_grad():
        wanted = lstm(x)[0].numpy()
    run = run_forward(load_model(str(path)).network, x.numpy())
    np.testing.assert_allclose(run.output, wanted, atol=1e-12, rtol=0)


REFUSED: dict[str, tuple[dict[str, tuple[int, ...]], str]] = {
    "two readouts": ({"actor.weight": (2, H), "actor.bias": (2,), "critic.weight": (1, H), "critic.bias": (1,)}, "--readout"),
    "two embeddings": ({"word_emb.weight": (V, E), "char_emb.weight": (V, E)}, "--embedding"),
    "an encoder and a decoder": ({"decoder.weight_ih_l0": (16, E), "decoder.weight_hh_l0": (16, H)}, "--module"),
    "a norm before the states": ({"emb.weight": (V, E), "norm.weight": (E,), "norm.bias": (E,)}, "norm.weight (3) may stand"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(REFUSED))
def test_what_is_not_sure_is_asked_for(how: str, tmp_path: Path) -> None:
    extra, words = REFUSED[how]
    arrays = {f"lstm.{name}": tensor for name, tensor in torch.nn.LSTM(E, H).state_dict().items()}
    if "encoder" in how:
        arrays = {f"encoder.{name}": t for name, t in arrays.items() if "bias" not in name}
    save_file({**arrays, **{name: torch.rand(*shape) for name, shape in extra.items()}}, tmp_path / "m.safetensors")
    with pytest.raises((ModelFileError, Undecided), match=r"m\.safetensors: ") as raised:
        load_model(str(tmp_path / "m.safetensors"))
    assert words in str(raised.value)
    assert isinstance(raised.value, Undecided) == (" --" in str(raised.value))


def test_a_head_of_several_layers_is_no_readout(tmp_path: Path) -> None:
    arrays = {f"lstm.{name}": tensor for name, tensor in torch.nn.LSTM(E, H).state_dict().items()}
    arrays |= {"head.0.weight": torch.rand(7, H), "head.0.bias": torch.rand(7), "head.2.weight": torch.rand(2, 7)}
    save_file(arrays, tmp_path / "m.safetensors")
    model = load_model(str(tmp_path / "m.safetensors"))
    assert model.network.architecture.output_size == 0
    assert any("a head of several layers" in said for said in model.said)


@pytest.mark.filterwarnings(
    "ignore:unclosed file", "ignore:.torch.jit:DeprecationWarning"
)  # what one line says in a program
@pytest.mark.parametrize(
    "what", ["state dict", "checkpoint", "optimizer first", "another name", "module", "TorchScript"]
)
def test_the_line_that_is_given_for_a_pickled_file_saves_it(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pasted as it stands: of a module whose arrays share memory, which save_file alone refuses."""
    import safetensors.torch

    monkeypatch.chdir(tmp_path)
    module = torch.nn.Sequential(torch.nn.Embedding(5, 4), torch.nn.LSTM(4, 4), torch.nn.Linear(4, 5))
    module[2].weight = module[0].weight
    path = "m.safetensors" if what == "another name" else "m.pt"
    if what == "TorchScript":
        torch.jit.script(module[1]).save(path)
    else:
        state = module.state_dict()
        optimizer = torch.optim.Adam(module.parameters())
        module[1](module[0](torch.zeros(1, 1, dtype=torch.int64)))[0].sum().backward()
        optimizer.step()
        saved = {
            "checkpoint": {"epoch": 1, "net": state},
            "optimizer first": {"adam": optimizer.state_dict(), "net": state},
            "module": module,
        }
        torch.save(saved.get(what, state), path)
    with pytest.raises(ModelFileError) as raised:
        load_model(path)
    (line,) = re.findall(
        r"safetensors\.torch\.save_(?:file|model)\((?:torch|\{).*'model\.safetensors'\)", str(raised.value)
    )
    eval(line, {"safetensors": safetensors, "torch": torch})  # the line is what is tested
    assert load_model("model.safetensors").network.architecture.output_size == (0 if what == "TorchScript" else 5)
