"""Encoders with their decoders, written as tutorials write them: loss, gradients and what is written are PyTorch's.

Source of the forms: PyTorch's tutorial on translation without attention (a relu behind the decoder's embedding), the
plain encoder-decoder of an LSTM that many tutorials begin with, one embedding for both, an encoder of both directions.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.core.learning.batch import Batch
from rnn_cli.core.parameters import Parameters
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.errors import Undecided
from rnn_cli.models.foreign.choices import NOTHING, Choices
from rnn_cli.models.load import load_model
from tests.conftest import Command
from tests.support.schemas import validate

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed")
save_file: Any = pytest.importorskip("safetensors.torch").save_file

READ = ["<pad>", "the", "cat", "sat", "<unk>", "dog", "."]
WRITTEN = ["<pad>", "SOS", "EOS", "le", "chat", "<unk>", "gros", "chien"]
H = 5


class Both(torch.nn.Module):
    """An encoder and a decoder under the names of a form, and what they compute."""

    def __init__(self, form: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        cell, layers, options = {"LSTM": ("LSTM", 2, {}), "both": ("LSTM", 1, {"bidirectional": True})}.get(form, ("GRU", 1, {}))  # fmt: skip
        width = 2 * H if options else H
        rows = len(WRITTEN) if form == "shared" else len(READ)
        source = torch.nn.Embedding(rows, H)
        target = source if form == "shared" else torch.nn.Embedding(len(WRITTEN), H if form == "tutorial" else 3)
        size = target.embedding_dim
        encoder, decoder = (
            getattr(torch.nn, cell)(H, H, layers, **options),
            getattr(torch.nn, cell)(size, width, layers),
        )
        head = torch.nn.Linear(width, len(WRITTEN))
        names = {
            "tutorial": ("encoder.embedding", "encoder.gru", "decoder.embedding", "decoder.gru", "decoder.out"),
            "LSTM": ("encoder.embedding", "encoder.rnn", "decoder.embedding", "decoder.rnn", "decoder.fc_out"),
            "shared": ("embedding", "encoder", None, "decoder", "generator"),
            "both": ("src_embed", "encoder.lstm", "tgt_embed", "decoder.lstm", "projection"),
            "lightning": ("model.encoder.emb", "model.encoder.rnn", "model.decoder.emb", "model.decoder.rnn", "model.decoder.linear"),
        }[form]  # fmt: skip
        self.parts = dict(zip(("source", "encoder", "target", "decoder", "head"), (source, encoder, target, decoder, head), strict=True))  # fmt: skip
        self.names = dict(zip(self.parts, names, strict=True))
        self.form = form
        for name, part in self.parts.items():
            self.add_module(name, part.double())

    def arrays(self) -> dict[str, Any]:
        """The state dict."""
        return {
            f"{self.names[part]}.{name}": tensor.detach()
            for part, module in self.parts.items()
            if self.names[part] is not None
            for name, tensor in module.state_dict().items()
        }

    def forward(self, read: list[int], written: list[int]) -> Any:
        """Logits at each step of the decoder, which reads SOS and then the written tokens."""
        _, ends = self.encoder(self.source(torch.tensor(read))[:, None])
        if self.form == "both":
            ends = tuple(torch.cat([state[0::2], state[1::2]], dim=2) for state in ends)
        x = self.target(torch.tensor([WRITTEN.index("SOS"), *written]))
        if self.form == "tutorial":
            x = torch.relu(x)
        output, _ = self.decoder(x[:, None], ends)
        return self.head(output[:, 0])


FORMS = ["tutorial", "LSTM", "shared", "both", "lightning"]


def saved(folder: Path, form: str) -> tuple[Both, str, list[str]]:
    """The module, its file, and the options that read it."""
    both = Both(form)
    save_file(both.arrays(), folder / "m.safetensors")
    (folder / "read.txt").write_text("\n".join(WRITTEN if form == "shared" else READ) + "\n")
    (folder / "written.json").write_text(str({str(k): token for k, token in enumerate(WRITTEN)}).replace("'", '"'))
    options = ["--vocab", str(folder / "read.txt")]
    options += [] if form == "shared" else ["--target-vocab", str(folder / "written.json")]
    options += ["--embedding-activation", "relu"] if form == "tutorial" else []
    return both, str(folder / "m.safetensors"), options


@pytest.mark.parametrize("form", FORMS)
def test_loss_and_gradients_are_those_of_pytorch(form: str, tmp_path: Path) -> None:
    both, path, _ = saved(tmp_path, form)
    system = load_model(path, Choices(embedding_activation="relu") if form == "tutorial" else NOTHING).system
    assert isinstance(system, EncoderDecoder)
    read, written = [1, 2, 3, 6], [3, 4, 6]
    targets = [*written, WRITTEN.index("EOS")]
    logits = both(read, written)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(targets))
    loss.backward()
    loss = loss.detach()
    column = np.array([targets]).T
    batch = Batch(
        np.array([read]).T, np.array([4]), column, np.ones(column.shape), np.array([[1, *written]]).T, np.array([4])
    )
    done = system.forward(batch)
    np.testing.assert_allclose(done.logits[:, 0], logits.detach().numpy(), atol=1e-12)
    assert done.loss.total == pytest.approx(float(loss), abs=1e-12)
    gradients = Parameters(system.parameters.shapes)
    system.backward(done, gradients)
    for ours, part, name in (
        ("encoder.layers.0.forward.W_h", both.encoder, "weight_hh_l0"),
        ("decoder.layers.0.forward.W_h", both.decoder, "weight_hh_l0"),
        ("decoder.readout.W_hy", both.head, "weight"),
        ("encoder.layers.0.forward.b", both.encoder, "bias_ih_l0"),
    ):
        np.testing.assert_allclose(gradients[ours], getattr(part, name).grad.numpy(), atol=1e-12, err_msg=ours)


@pytest.mark.parametrize("form", FORMS)
def test_what_is_written_is_what_pytorch_finds_likeliest(form: str, tmp_path: Path, call: Command) -> None:
    both, path, options = saved(tmp_path, form)
    document = call("predict", path, "le chien" if form == "shared" else "the dog", *options, "--json").document()
    wanted: list[int] = []
    read = [3, 7] if form == "shared" else [1, 5]
    with torch.no_grad():
        while len(wanted) < 54:
            token = int(both(read, wanted)[-1].argmax())
            if token == WRITTEN.index("EOS"):
                break
            wanted.append(token)
    assert document["predictions"][0]["hypotheses"][0]["tokens"] == [WRITTEN[k] for k in wanted]


def test_every_command_shows_both(tmp_path: Path, call: Command) -> None:
    both, path, options = saved(tmp_path, "lightning")
    for command, more in (
        ("forward", []), ("trace", ["--target", "le chat"]), ("bptt", ["--target", "le chat"]), ("gradients", []),
    ):  # fmt: skip
        found = call(command, "the cat", "--model", path, *options, *more, "--json")
        assert found.code == 0, found.stderr
        validate(found.document())
        assert "GRU at model.encoder.rnn encodes, GRU at model.decoder.rnn decodes" in found.stderr
    (tmp_path / "pairs.tsv").write_text("source\ttarget\nthe cat\tle chat\nthe dog sat\tle chien\n")
    scores = call("evaluate", path, str(tmp_path / "pairs.tsv"), *options, "--json").document()["scores"]
    logits = torch.cat([both([1, 2], [3, 4]), both([1, 5, 3], [3, 7])])
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor([3, 4, 2, 3, 7, 2])).detach()
    assert scores["loss"]["value"] == pytest.approx(float(loss), abs=1e-12)
    alone = call("forward", "the cat", "--model", path, *options[:2], "--module", "model.encoder", "--json").document()
    assert (alone["read"][path]["module"], alone["read"][path]["readout"]) == ("model.encoder.rnn", None)


def test_a_module_in_memory_is_taken_as_its_file_is(tmp_path: Path, call: Command) -> None:
    both, path, options = saved(tmp_path, "tutorial")

    class Named(torch.nn.Module):
        def state_dict(self) -> Any:
            return both.arrays()

    taken = rnn.from_torch(Named(), vocab=READ, target_vocab=WRITTEN, embedding_activation="relu")
    shown = call("trace", "the cat", "--model", path, *options, "--target", "le chat", "--json").document()
    assert taken.trace("the cat", target="le chat").document()["decoder"]["steps"] == shown["decoder"]["steps"]


def test_without_a_vocabulary_the_message_names_the_options(tmp_path: Path, call: Command) -> None:
    _, path, options = saved(tmp_path, "LSTM")
    for more, words in (
        (["--ids", "1,2"], "--target-vocab FILE those that it writes"),
        (["the cat", *options[:2]], "m reads 7 tokens and writes 8: --target-vocab FILE"),
    ):
        found = call("forward", "--model", path, *more)
        assert (found.code, words in found.stderr) == (2, True), found.stderr
    (tmp_path / "written.json").write_text('["le", "chat", "a", "b", "c", "d", "e", "f"]')
    assert "no token is named as the begin of a text" in call("predict", path, "the cat", *options).stderr
    assert call("inspect", path).code == 0


IN_THE_WAY: dict[str, tuple[dict[str, Any], str]] = {
    "attention": ({"decoder.attn.v": (1, 1, H)}, "decoder.attn.v (1×1×5) may stand between them"),
    "a bridge": ({"bridge.weight": (H + 1, H + 1), "bridge.bias": (H + 1,)}, "bridge.weight (6×6) may stand between them"),
    "a norm": ({"decoder.norm.weight": (H,), "decoder.norm.bias": (H,)}, "may stand between"),
    "another size": ({"decoder.rnn": H + 2}, "ends with 5 numbers a layer, and decoder.rnn starts from 7"),
    "a context at every step": ({"decoder.rnn": (3 + H, H)}, "reads 8 numbers at each step, and decoder.embedding.weight (8×3) gives 3"),
    "three": ({"decoder2.rnn": (3, H)}, "holds 3 recurrent modules"),
    "no readout": ({"decoder.fc_out": None}, "decoder.rnn has no readout"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(IN_THE_WAY))
def test_what_is_in_the_way_is_named(how: str, tmp_path: Path) -> None:
    extra, words = IN_THE_WAY[how]
    arrays = Both("LSTM").arrays()
    for name, shape in extra.items():
        if shape is None or name in ("decoder.rnn", "decoder2.rnn"):
            arrays = {key: one for key, one in arrays.items() if not key.startswith(f"{name}.")}
        if name.endswith("rnn"):
            sizes = shape if isinstance(shape, tuple) else (3, shape)
            arrays |= {f"{name}.{key}": one for key, one in torch.nn.LSTM(*sizes, 2).double().state_dict().items()}
        elif shape is not None:
            arrays[name] = torch.rand(*shape, dtype=torch.float64)
    if how == "another size":
        arrays["decoder.fc_out.weight"] = torch.rand(len(WRITTEN), H + 2, dtype=torch.float64)
    save_file(arrays, tmp_path / "m.safetensors")
    with pytest.raises(Undecided, match="--module NAME") as raised:
        load_model(str(tmp_path / "m.safetensors"))
    assert words in str(raised.value)
