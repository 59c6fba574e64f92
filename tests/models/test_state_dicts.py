"""State dicts by their names and shapes alone, as every format of arrays gives them; PyTorch's own are in oracle/."""

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.errors import InputError, ModelFileError, Undecided
from rnn_cli.models.decoder import decoder_of
from rnn_cli.models.foreign.choices import NOTHING, Choices
from rnn_cli.models.foreign.state_dict import model_from_state_dict
from rnn_cli.models.foreign.units import named_units
from rnn_cli.models.model import Model

X, H, V = 3, 4, 7


def drawn(*shape: int) -> Array:
    return np.random.default_rng([*shape]).normal(size=shape)


def module(path: str, size: int = X, hidden: int = H, layers: int = 1, gates: int = 4) -> dict[str, Array]:
    """The arrays of torch.nn.LSTM (gates=4), GRU (3) or RNN (1)."""
    arrays = {}
    for k in range(layers):
        arrays[f"{path}.weight_ih_l{k}"] = drawn(gates * hidden, hidden if k else size)
        arrays[f"{path}.weight_hh_l{k}"] = drawn(gates * hidden, hidden) + k
        arrays[f"{path}.bias_ih_l{k}"], arrays[f"{path}.bias_hh_l{k}"] = (
            drawn(gates * hidden),
            drawn(gates * hidden, 1)[:, 0],
        )
    return arrays


def cells(path: str, sizes: tuple[int, ...]) -> dict[str, Array]:
    """The arrays of an LSTMCell for each size, each over the one before."""
    arrays = {}
    for k, (below, size) in enumerate(zip((X, *sizes), sizes, strict=False)):
        arrays[f"{path}.{k}.weight_ih"], arrays[f"{path}.{k}.weight_hh"] = drawn(4 * size, below), drawn(4 * size, size)
    return arrays


def read(arrays: dict[str, Array], choices: Choices = NOTHING) -> Model:
    return model_from_state_dict("m.safetensors", "m", arrays, choices)


def renamed(arrays: dict[str, Array], names: dict[str, str]) -> dict[str, Array]:
    for old, new in names.items():
        arrays = {key.replace(old, new): array for key, array in arrays.items()}
    return arrays


@pytest.mark.parametrize(
    "names",
    [
        {"rnn.": "reader.cell.", "_l0": ""},
        {"rnn.": "", "_l0": ""},
        {"rnn.": "_orig_mod.module.rnn."},
        {"weight_hh_l0": "weight_hh_l0_raw"},
    ],
)
def test_one_network_under_other_names(names: dict[str, str]) -> None:
    arrays = module("rnn")
    assert np.array_equal(read(renamed(arrays, names)).network.parameters.flat, read(arrays).network.parameters.flat)


def test_cells_that_are_numbered_and_fit_on_each_other_are_layers() -> None:
    stack = module("rnn", layers=3)
    cells = {f"cells.{key[-1]}.{key[4:-3]}": array for key, array in stack.items()}
    assert np.array_equal(read(cells).network.parameters.flat, read(stack).network.parameters.flat)


def test_of_one_module_alone_nothing_was_decided() -> None:
    assert read(renamed(module("rnn"), {"rnn.": ""})).said == ()
    assert read(module("rnn")).said == ("the LSTM at rnn",)
    assert read(renamed(module("rnn"), {"rnn.": "", "_l0": ""})).said == ("the LSTMCell",)


def test_the_nearest_embedding_is_the_networks() -> None:
    """By the parts that its path shares with the module's, from the first on."""
    both = {"a.emb.weight": drawn(V, X), "b.emb.weight": drawn(V + 1, X)}
    assert [read({**module(f"{one}.rnn"), **both}).read["embedding"] for one in "ab"] == list(both)
    with pytest.raises(Undecided, match=r"could each be the embedding of LSTM at c\.rnn"):
        read({**module("c.rnn"), **both})


def test_a_norm_is_asked_about_where_an_embedding_was_guessed() -> None:
    vectors = {**module("rnn"), "norm.weight": drawn(X), "norm.bias": drawn(X, 1)[:, 0]}
    words = {**vectors, "emb.weight": drawn(V, X)}
    assert read(vectors).network.architecture.embedding_rows == 0
    with pytest.raises(Undecided, match=r"norm\.weight \(3\) may stand between emb\.weight and the LSTM at rnn"):
        read(words)
    for asked, rows in (("emb", V), ("none", 0)):
        assert read(words, Choices(embedding=asked)).network.architecture.embedding_rows == rows


def test_a_projection_is_counted_to_what_reads_it() -> None:
    """Each direction's half of the readout reads the h that its own weight_hr makes."""
    P, out = 2, drawn(5, 4)
    ways = {"": drawn(P, H), "_reverse": drawn(P, H) + 1}
    arrays = {"out.weight": out}
    for way, hr in ways.items():
        arrays |= {f"rnn.weight_ih_l0{way}": drawn(4 * H, X), f"rnn.weight_hh_l0{way}": drawn(4 * H, P)}
        arrays[f"rnn.weight_hr_l0{way}"] = hr
    there, back = ways.values()
    parameters = read(arrays).network.parameters
    np.testing.assert_allclose(
        parameters["readout.W_hy"], np.hstack([out[:, :P] @ there, out[:, P:] @ back]), rtol=1e-12
    )
    np.testing.assert_allclose(parameters["layers.0.backward.W_h"], drawn(4 * H, P) @ back, rtol=1e-12)


@pytest.mark.parametrize("second", [module("rnn", size=X), module("rnn", size=H, gates=3)], ids=["width", "kind"])
def test_cells_that_do_not_fit_on_each_other_are_networks_of_their_own(second: dict[str, Array]) -> None:
    pair = renamed(module("rnn"), {"rnn.": "cells.0.", "_l0": ""}) | renamed(second, {"rnn.": "cells.1.", "_l0": ""})
    with pytest.raises(InputError, match=r"cells\.0.*cells\.1"):
        read(pair)


def test_a_raw_weight_is_the_one_that_is_read() -> None:
    """AWD-LSTM keeps beside it what the last dropout left."""
    arrays = module("rnn")
    dropped = {"rnn.weight_hh_l0_raw": arrays["rnn.weight_hh_l0"], "rnn.weight_hh_l0": np.zeros((4 * H, H))}
    assert np.array_equal(read(arrays | dropped).network.parameters.flat, read(arrays).network.parameters.flat)


PAIR = {
    **module("encoder.rnn"), **module("decoder.rnn"), "encoder.embedding.weight": drawn(V, X),
    "decoder.embedding.weight": drawn(V + 1, X), "decoder.out.weight": drawn(V + 1, H),
}  # fmt: skip
REFUSED: dict[str, tuple[tuple[str, ...], dict[str, Array], str]] = {
    "two kinds": (("decoder.rnn",), module("decoder.rnn", gates=3), "are of two kinds"),
    "more layers": (("decoder.rnn",), module("decoder.rnn", layers=2), "encoder.rnn has 1 layer and decoder.rnn 2"),
    "a wider decoder": (
        ("decoder.rnn", "decoder.out"),
        module("decoder.rnn", hidden=H + 2) | {"decoder.out.weight": drawn(V + 1, H + 2)},
        "ends with 4 numbers a layer, and decoder.rnn starts from 6",
    ),
    "both directions": (
        (),
        {f"{key}_reverse": array for key, array in module("decoder.rnn").items()},
        "it would read what is not written yet",
    ),
    "sizes in the decoder": (
        ("encoder.rnn", "decoder.rnn"), cells("encoder.rnn", (H, H)) | cells("decoder.rnn", (H + 2, H)), "layers of one network differ in size"
    ),
    "sizes in the encoder": (
        ("encoder.rnn", "decoder.rnn"), cells("encoder.rnn", (H + 2, H)) | cells("decoder.rnn", (H, H)), "layers of one network differ in size"
    ),
    "a context": (("decoder.rnn",), module("decoder.rnn", size=X + H), "reads 7 numbers at each step"),
    "a bridge": ((), {"bridge.weight": drawn(5, 5)}, "bridge.weight (5×5) may stand between them"),
    "no readout": (("decoder.out",), {}, "decoder.rnn has no readout"),
    "other tokens": (
        ("decoder.out",),
        {"decoder.out.weight": drawn(V + 2, H)},
        "decoder.out.weight (9×4) does not write the tokens of decoder.embedding.weight (8×3)",
    ),
}  # fmt: skip


def test_an_encoder_and_a_decoder_are_one_model() -> None:
    model = read(PAIR)
    assert model.system is not None
    assert "nonlinearity" not in " ".join(model.said)  # an LSTM has one of its own


def test_a_nonlinearity_that_was_taken_for_granted_is_said_of_a_pair() -> None:
    plain = {**PAIR, **module("encoder.rnn", gates=1), **module("decoder.rnn", gates=1)}
    for asked, said in ((None, True), ("relu", False)):
        model = read(plain, Choices(activation=asked))
        assert model.system is not None
        assert dict(model.network.architecture.options) == ({} if said else {"activation": "relu"})
        assert ("the nonlinearity taken as tanh" in " ".join(model.said)) == said


def test_rows_that_a_vocabulary_leaves_out_are_counted() -> None:
    model = read({**module("rnn"), "emb.weight": drawn(V, X)})
    for count in (V - 2, V):
        said = named_units(model, Choices(vocab={f"w{k}": k for k in range(count)})).said
        assert ("vocab names 5 of the 7 rows" in said) == (count < V)


def test_a_decoder_writes_in_its_own_words() -> None:
    pair = read(PAIR)
    source = {token: k for k, token in enumerate(("[UNK]", *"abcdef"))}
    target = {token: k for k, token in enumerate(("<unk>", "<bos>", "<eos>", *"uvwxy"))}
    decoder = decoder_of(named_units(pair, Choices(vocab=source, target_vocab=target)))
    assert (decoder.unknown, decoder.vocabulary, decoder.labels) == ("<unk>", target, tuple(target))
    assert (decoder_of(pair).unknown, decoder_of(pair).vocabulary) == (None, None)


@pytest.mark.parametrize("how", REFUSED)
def test_what_keeps_two_networks_from_being_one_model_is_named(how: str) -> None:
    without, more, words = REFUSED[how]
    kept = {key: array for key, array in PAIR.items() if not key.startswith(tuple(f"{one}." for one in without))}
    with pytest.raises(InputError, match="--module NAME") as raised:
        read(kept | more)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"module.rnn.weight_hh_l0": drawn(4 * H, H)}, "are the same parameter once wrappers are dropped"),
        ({"out.weight_orig": drawn(2, H)}, "out.weight_orig is a weight before a parametrization"),
        ({"out.weight_g": drawn(3, 1), "out.weight_v": drawn(2, H)}, "is no length for the rows of"),
        ({"out.weight_g": drawn(2, 1), "out.weight_v": np.zeros((2, H))}, "is no length for the rows of"),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(more: dict[str, Array], words: str) -> None:
    with pytest.raises(ModelFileError) as raised:
        read(module("rnn") | more)
    assert words in str(raised.value)
