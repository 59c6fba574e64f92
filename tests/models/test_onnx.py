"""ONNX graphs as exporters and people write them: read to the numbers of onnx.reference, or refused by a node's name."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.forward import run_forward
from rnn_cli.errors import ModelFileError, Undecided
from rnn_cli.models.foreign.choices import Choices
from rnn_cli.models.foreign.onnx import probe
from rnn_cli.models.foreign.onnx.model import SIZES
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from tests.support.onnx_graphs import Graph, computed

onnx: Any = pytest.importorskip("onnx", reason="onnx is not installed")

T, B = 5, 2
VECTORS = np.random.default_rng(1).standard_normal((B, T, 3))
IDS = np.array([[3, 1, 4, 1, 5], [2, 6, 5, 3, 5]])


def ends_of_two_nodes(g: Graph) -> list[str]:
    """A forward node, and a backward one beside it, as a converter of two layers writes them."""
    x = g.by_time()
    there = g.node("Squeeze", g.recurrent("LSTM", x), g.whole(1))
    back = g.node("Squeeze", g.recurrent("LSTM", x, direction="reverse"), g.whole(1))
    return [g.node("Concat", there, back, axis=2)]


def turned_by_hand(g: Graph) -> list[str]:
    """The backward direction as a forward node over a sequence that was turned round, and turned back after it."""
    x, turn = g.by_time(), (g.whole(-1), g.whole(-(2**31)), g.whole(0), g.whole(-1))
    there = g.node("Squeeze", g.recurrent("GRU", x, linear_before_reset=1), g.whole(1))
    back = g.node("Squeeze", g.recurrent("GRU", g.node("Slice", x, *turn), linear_before_reset=1), g.whole(1))
    both = g.node("Concat", there, g.node("Slice", back, *turn), axis=-1)
    return [g.answer(g.node("ReduceMax", both, axes=[0], keepdims=0), 8)]


def batches_first(g: Graph) -> list[str]:
    """layout 1, and a product for every step."""
    Y = g.recurrent("RNN", "given", layout=1)
    product = g.node("MatMul", g.node("Squeeze", Y, g.whole(2)), g.drawn("V", 4, 2))
    return [g.node("Softmax", g.node("Add", g.drawn("v", 2), product), axis=-1)]


def two_layers(g: Graph) -> list[str]:
    """Two layers of both directions, and the last states of the second out of all of them."""
    Y = g.recurrent("LSTM", g.rows(), both=True)
    g.recurrent("LSTM", g.beside(Y, 8), size=8, both=True)
    first, second = (name for node in g.nodes if node.op_type == "LSTM" for name in node.output[1:2])
    every = g.node("Concat", first, second, axis=0)
    ends = [g.node("Gather", every, g.constant(f"at{k}", np.array(k)), axis=0) for k in (-2, -1)]
    return [g.answer(g.node("Concat", *ends, axis=1), 8)]


def folded_out(g: Graph) -> list[str]:
    """Weights that nodes cut out of one array, ids that are made positive, and a state of zeros made to measure."""
    ids = g.node("Where", g.node("Less", "given", g.whole(0)), g.node("Add", "given", g.whole(7)), "given")
    x = g.node("Transpose", g.node("Gather", g.drawn("table", 7, 3), ids), perm=[1, 0, 2])
    batch = g.node("Slice", g.node("Shape", x), g.whole(1), g.whole(2))
    shape = g.node("Concat", g.whole(1), batch, g.whole(4), axis=0)
    zeros = g.node("ConstantOfShape", shape, value=onnx.helper.make_tensor("value", 11, [1], [0.0]))
    one = g.drawn("all", 12, 7)
    W, R = (
        g.node("Unsqueeze", g.node("Slice", one, g.whole(a), g.whole(b), g.whole(1)), g.whole(0))
        for a, b in ((0, 3), (3, 7))
    )
    g.node("GRU", x, W, R, "", "", zeros, results=2, hidden_size=4)
    return [g.answer(g.node("Squeeze", g.nodes[-1].output[1], g.whole(0)))]


def peepholes(g: Graph) -> list[str]:
    """Gates that see the cell state, in two directions."""
    return [g.beside(g.recurrent("LSTM", g.by_time(), "", "", "", g.drawn("P", 2, 12), both=True), 8)]


def all_then_the_last(g: Graph) -> list[str]:
    """A readout of every step, of which the last is kept."""
    every = g.node("MatMul", g.node("Squeeze", g.recurrent("GRU", g.by_time()), g.whole(1)), g.drawn("V", 4, 3))
    return [g.node("Gather", every, g.constant("last", np.array(-1)), axis=0)]


def answers_by_sequence(g: Graph) -> list[str]:
    """A readout of every step, whose answers are put batches first."""
    every = g.node("MatMul", g.node("Squeeze", g.recurrent("GRU", g.by_time()), g.whole(1)), g.drawn("V", 4, 3))
    return [g.node("Transpose", every, perm=[1, 0, 2])]


def of_two_sizes(g: Graph) -> list[str]:
    """Two layers, the second smaller than the first."""
    lower = g.node("Squeeze", g.recurrent("GRU", g.by_time()), g.whole(1))
    return [g.answer(g.node("Squeeze", f"{g.recurrent('GRU', lower, size=4, hidden=2)}_1", g.whole(0)), 2)]


def of_two_sizes_in_both_directions(g: Graph) -> list[str]:
    """Two layers of both directions, the second larger than the first."""
    lower = g.beside(g.recurrent("LSTM", g.rows(), hidden=2, both=True), 4)
    return [g.beside(g.recurrent("LSTM", lower, size=4, hidden=5, both=True), 10)]


def backward_alone(g: Graph) -> list[str]:
    """Two layers that run backward, and what the second ends with."""
    lower = g.node("Squeeze", g.recurrent("LSTM", g.rows(), direction="reverse"), g.whole(1))
    return [g.answer(g.node("Squeeze", f"{g.recurrent('LSTM', lower, size=4, direction='reverse')}_1", g.whole(0)))]


def backward_by_hand(g: Graph) -> list[str]:
    """A forward node over a sequence that was turned round, and what it ends with."""
    x = g.node("Slice", g.by_time(), g.whole(-1), g.whole(-(2**31)), g.whole(0), g.whole(-1))
    return [g.answer(g.node("Squeeze", f"{g.recurrent('GRU', x)}_1", g.whole(0)))]


def backward_first(g: Graph) -> str:
    """Both directions of a sequence that was turned round: the first one runs backward in time."""
    x = g.node("Slice", g.by_time(), g.whole(-1), g.whole(-(2**31)), g.whole(0), g.whole(-1))
    return g.recurrent("GRU", x, both=True)


GRAPHS: dict[str, tuple[Callable[[Graph], list[str]], bool, str, str]] = {
    "two nodes of opposite directions": (ends_of_two_nodes, False, "lstm", ""),
    "a sequence turned round by hand": (turned_by_hand, False, "gru", "max"),
    "batches first": (batches_first, False, "rnn", "every-step"),
    "two layers of both directions": (two_layers, True, "lstm", "final-state"),
    "weights cut out of an array": (folded_out, True, "gru", "final-state"),
    "peepholes": (peepholes, False, "peephole", ""),
    "two sizes": (of_two_sizes, False, "gru", "final-state"),
    "two sizes in both directions": (of_two_sizes_in_both_directions, True, "lstm", ""),
    "backward alone": (backward_alone, True, "lstm", "final-state"),
    "backward by hand": (backward_by_hand, False, "gru", "final-state"),
    "answers by sequence": (answers_by_sequence, False, "gru", "every-step"),
    "the last of all answers": (all_then_the_last, False, "gru", "final-state"),
}


@pytest.mark.parametrize("how", list(GRAPHS))
def test_a_graph_computes_what_onnx_says(how: str, tmp_path: Path) -> None:
    make, ids, cell, reads = GRAPHS[how]
    g, given = Graph(ids), IDS if ids else VECTORS
    path = g.save(tmp_path / "m.onnx", *make(g))
    wanted = computed(path, given=given)[0]
    model = load_model(path)
    assert model.network.architecture.cell == cell
    p = model.network.parameters
    assert set(model.origins) >= {name for name in p if not name.endswith(("b", "b_y"))}
    run = run_forward(model.network, (p["embedding"][given] if ids else given).swapaxes(0, 1))
    if not reads:
        np.testing.assert_allclose(run.output, wanted, atol=1e-12, rtol=0)
        return
    assert model.read["readout_reads"] == reads
    assert run.logits is not None
    logits = run.logits.swapaxes(0, 1) if how in ("batches first", "answers by sequence") else run.logits
    if model.read["then"]:
        logits = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(logits, wanted, atol=1e-12, rtol=0)


def over(op: str, **attributes: Any) -> Callable[[Graph], list[str]]:
    """One node with these attributes over the vectors."""
    return lambda g: [g.recurrent(op, g.by_time(), **attributes)]


def beginning(name: str) -> Callable[[Graph], list[str]]:
    """A node that begins with another state for each sequence of a batch."""
    return lambda g: [g.recurrent("GRU", g.by_time(), "", g.drawn(name, 1, B, 4))]


def of_two_kinds(g: Graph) -> list[str]:
    """A layer of one kind on a layer of another."""
    lower = g.node("Squeeze", g.recurrent("LSTM", g.by_time()), g.whole(1))
    return [g.recurrent("GRU", lower, size=4, hidden=2)]


def decoder(g: Graph) -> list[str]:
    """A node that begins with the last state of another."""
    first = g.recurrent("GRU", g.by_time())
    return [g.recurrent("GRU", g.by_time(), "", f"{first}_1")]


def after_a_convolution(g: Graph) -> list[str]:
    """A node that reads what a convolution computes."""
    x = g.node("Conv", g.node("Transpose", "given", perm=[0, 2, 1]), g.drawn("kernel", 3, 3, 1))
    return [g.recurrent("LSTM", g.node("Transpose", x, perm=[2, 0, 1]))]


def with_two_readouts(g: Graph) -> list[str]:
    """An actor and a critic."""
    last = g.node("Gather", g.node("Squeeze", g.recurrent("LSTM", g.by_time()), g.whole(1)), g.whole(-1), axis=0)
    row = g.node("Squeeze", last, g.whole(0))
    return [g.node("MatMul", row, g.drawn("actor", 4, 2)), g.node("MatMul", row, g.drawn("critic", 4, 1))]


def of_whole_weights(g: Graph) -> list[str]:
    """Weights that are made of whole numbers and a scale."""
    scaled = [g.constant("q", np.ones((1, 12, 3), np.int8)), g.constant("scale", np.float32(0.1))]
    W = g.node("DequantizeLinear", *scaled)
    g.node("GRU", g.by_time(), W, g.drawn("R", 1, 12, 4), results=2, hidden_size=4)
    return [g.nodes[-1].output[0]]


def in_a_loop(g: Graph) -> list[str]:
    """No recurrent node, but a loop."""
    return [g.node("Loop", g.whole(3), "", "given", body=g.helper.make_graph([], "body", [], []))]


def with_another_bias(g: Graph) -> list[str]:
    """A bias of another size."""
    Y = g.recurrent("GRU", g.by_time())
    g.constants = [one for one in g.constants if one.name != "B1"]
    g.drawn("B1", 1, 7)
    return [Y]


REFUSED: dict[str, tuple[Callable[[Graph], list[str]], str]] = {
    "clip": (over("LSTM", clip=3.0), "LSTM lstm_1 clips what its activations read at 3"),
    "input_forget": (over("LSTM", input_forget=1), "LSTM lstm_1 has input_forget"),
    "other activations": (
        over("LSTM", activations=["HardSigmoid", "Tanh", "Tanh"]),
        "LSTM lstm_1: its activations are hardsigmoid tanh tanh, and here they can be sigmoid tanh tanh",
    ),
    "an activation that is none": (over("RNN", activations=["Elu"]), "are elu, and here they can be tanh or relu"),
    "backward first": (
        lambda g: [backward_first(g)], "GRU gru_2 takes its sequence from the last step to the first in its first direction"
    ),
    "activations by direction": (
        over("RNN", both=True, activations=["Tanh", "Relu"]), "the directions have different activations, tanh relu"
    ),
    "a state for each sequence": (beginning("h0"), "initial_h of GRU gru_1 (h0) differs between the 2 sequences of the batch"),
    "a state of another size": (
        lambda g: [g.recurrent("GRU", g.by_time(), "", g.drawn("h0", 1, B, 3))],
        "initial_h of GRU gru_1 (h0) is 1×2×3, and should be 1×B×4, B sequences",
    ),
    "sequences cut": (
        lambda g: [g.recurrent("RNN", g.by_time(), g.constant("lengths", np.array([2, 3], np.int32)))],
        "sequence_lens of RNN rnn_1 (lengths) cuts every sequence",
    ),
    "two sizes beside another": (
        lambda g: [*of_two_sizes(g), g.recurrent("LSTM", g.by_time())],
        "holds 2 recurrent networks: GRU gru_1 … gru_3 (3 to 4 -> 2), LSTM lstm_7 (3 to 4); say which with --module",
    ),
    "a decoder": (decoder, "holds 2 recurrent networks: GRU gru_1 (3 to 4), GRU gru_3 (3 to 4)"),
    "a convolution": (after_a_convolution, "(Conv conv_1), which are not followed: --embedding none"),
    "two readouts": (with_two_readouts, "actor and critic each read LSTM lstm_1: say which with --readout"),
    "quantized": (of_whole_weights, "W of GRU gru_2 cannot be read: DequantizeLinear dequantizelinear_0 computes it"),
    "a loop": (in_a_loop, "holds no RNN, LSTM or GRU node: its recurrence may stand in Loop loop_0"),
    "a function": (
        lambda g: [g.node("Encoder", "given", domain="own")],
        "own.Encoder encoder_0 is a function of the file's own; onnx.inliner",
    ),
    "a fused operator": (
        lambda g: [g.node("DynamicQuantizeLSTM", "given", domain="com.microsoft")],
        "its recurrence may stand in com.microsoft.DynamicQuantizeLSTM dynamicquantizelstm_0",
    ),
    "step by step": (lambda g: [g.node("Tanh", "given")], "torch.onnx.export(…, dynamo=False) keeps the node"),
    "a wrong shape": (with_another_bias, "B of GRU gru_1 (B1) is 1×7, and should be 1×24"),
}  # fmt: skip


@pytest.mark.parametrize("how", list(REFUSED))
def test_what_no_network_here_computes_is_refused_by_name(how: str, tmp_path: Path) -> None:
    make, words = REFUSED[how]
    g = Graph()
    path = g.save(tmp_path / "m.onnx", *make(g))
    with pytest.raises((ModelFileError, Undecided), match=r"m\.onnx: ") as raised:
        load_model(path)
    assert isinstance(raised.value, Undecided) == ("say which with --" in str(raised.value))
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def chosen(make: Callable[[Graph], list[str]], path: Path, **choices: str) -> Model:
    """A graph with what a person says of it."""
    g = Graph()
    return load_model(g.save(path / "m.onnx", *make(g)), Choices(**choices))


def test_what_a_person_says_decides(tmp_path: Path) -> None:
    assert chosen(with_two_readouts, tmp_path, readout="critic").network.architecture.output_size == 1
    assert chosen(with_two_readouts, tmp_path, readout="none").network.architecture.output_size == 0
    lower = chosen(of_two_kinds, tmp_path, module="lstm_1")
    assert (lower.network.architecture.hidden_size, lower.read["not_used"]) == (4, ["gru_3"])
    assert chosen(of_two_kinds, tmp_path, module="gru_3_out").network.architecture.input_size == 4
    said = chosen(decoder, tmp_path, module="gru_3").said
    assert "initial_h of GRU gru_3 is computed by other nodes, as in a decoder: here it is 0" in said
    model = chosen(after_a_convolution, tmp_path, embedding="none")
    assert model.network.architecture.input_size == 3
    for words, choices in {
        "there is no such recurrent node; there are lstm_1, gru_3": {"module": "lstm_2"},
        "has no such embedding; it has none": {"module": "lstm_1", "embedding": "table"},
    }.items():
        with pytest.raises(Undecided, match=words.replace("has no such", "reads no such")):
            chosen(of_two_kinds, tmp_path, **choices)
    with pytest.raises(Undecided, match="--readout-reads every-step: MatMul matmul_5 reads the final state"):
        chosen(with_two_readouts, tmp_path, readout="actor", reads="every-step")
    with pytest.raises(Undecided, match="--embedding-activation: the graph itself says"):
        chosen(with_two_readouts, tmp_path, readout="actor", embedding_activation="relu")
    with pytest.raises(Undecided, match="--activation relu: LSTM lstm_1 says what it has"):
        chosen(with_two_readouts, tmp_path, readout="actor", activation="relu")


def test_a_graph_that_declares_too_much_is_not_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two sequences of five steps: the graph is read where its largest result just fits, and refused where it does not."""

    def states(g: Graph, x: str, hidden: int = 1) -> str:
        return g.node("Squeeze", g.recurrent("RNN", x, hidden=hidden), g.whole(1))

    cases: list[tuple[bool, int, Callable[[Graph], list[str]], str]] = [
        (False, 2 * 5 * 3, lambda g: [states(g, g.by_time())], r"its input given is 2×5×3: export it with"),
        (False, 2 * 5 * 4, lambda g: [states(g, g.by_time(), 4)], r"rnn_1 gives 5×1×2×4 numbers: export it with"),
        (True, 2 * 5 * 3, lambda g: [states(g, g.rows())], r"gather_0.*its result would be too large"),
    ]
    for ids, most, make, words in cases:
        g = Graph(ids=ids, sizes=(2, 5))
        path = g.save(tmp_path / "m.onnx", *make(g))
        monkeypatch.setattr(probe, "LARGEST", most)
        load_model(path)
        monkeypatch.setattr(probe, "LARGEST", most - 1)
        with pytest.raises(ModelFileError, match=words):
            load_model(path)
    g = Graph(sizes=(2, 5))
    path = g.save(tmp_path / "m.onnx", g.node("MatMul", states(g, g.by_time()), g.drawn("V", 1, 8)))
    for most, units in ((2 * 5 * 8, 8), (2 * 5 * 8 - 1, 0)):
        monkeypatch.setattr(probe, "LARGEST", most)
        model = load_model(path)
        assert model.network.architecture.output_size == units
        assert any("matmul_3 (its result would be too large)" in said for said in model.said) == (units == 0)


def test_a_length_that_the_graph_takes_for_granted_is_no_last_step(tmp_path: Path) -> None:
    """Step 5 is the last of five; where sequences may be longer, what reads it reads no last state."""

    def only(g: Graph, t: int) -> list[str]:
        Y = g.node("Squeeze", g.recurrent("LSTM", g.by_time()), g.whole(1))
        return [g.answer(g.node("Squeeze", g.node("Slice", Y, g.whole(t - 1), g.whole(t), g.whole(0)), g.whole(0)))]

    for t in sorted(
        {size for sizes in SIZES for size in sizes}
    ):  # whichever is the length that the graph is tried with
        free = Graph(sizes=(0, -1))
        assert load_model(free.save(tmp_path / "free.onnx", *only(free, t))).read["readout"] is None
    fixed = Graph(sizes=(1, 5))
    assert load_model(fixed.save(tmp_path / "fixed.onnx", *only(fixed, 5))).read["readout_reads"] == "final-state"


def test_layers_that_depend_on_the_length_are_refused(tmp_path: Path) -> None:
    """A layer that reads the first steps alone reads all of a short sequence."""
    said: list[str] = []
    for t in sorted({size for sizes in SIZES for size in sizes}):
        g = Graph()
        below = g.node("Squeeze", g.recurrent("LSTM", g.by_time()), g.whole(1))
        upper = g.recurrent("LSTM", g.node("Slice", below, g.whole(0), g.whole(t), g.whole(0)), size=4)
        path, node = g.save(tmp_path / "m.onnx", upper), g.nodes[-1].name
        try:
            said += load_model(path, Choices(module=node)).said
        except ModelFileError as error:
            said.append(str(error))
    assert any("what LSTM lstm_4 reads hangs on the length of the sequence" in one for one in said), said


@pytest.mark.parametrize("rows", [3, 5])
def test_a_matrix_that_does_not_fit_is_no_readout(rows: int, tmp_path: Path) -> None:
    g = Graph()
    h = g.node("Squeeze", g.recurrent("LSTM", g.by_time()), g.whole(1))
    model = load_model(g.save(tmp_path / "m.onnx", g.node("MatMul", h, g.drawn("V", rows, 2))))
    assert model.network.architecture.output_size == 0
    assert any("it is no plain product" in said for said in model.said), model.said


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("what", ["a column", "nothing"])
def test_what_is_added_and_is_no_vector_is_no_bias(what: str, first: bool, tmp_path: Path) -> None:
    g = Graph(sizes=(2, "T"))
    h = g.node("Squeeze", g.recurrent("LSTM", g.by_time()), g.whole(1))
    read = g.node("MatMul", h, g.drawn("V", 4, 2))
    other = g.drawn("column", 2, 1) if what == "a column" else ""
    model = load_model(g.save(tmp_path / "m.onnx", g.node("Add", *((other, read) if first else (read, other)))))
    assert model.network.architecture.output_size == 0
    assert any("no readout: what MatMul" in said for said in model.said), model.said


@pytest.mark.parametrize("op", ["Max", "Abs", "Relu", "Where"])
def test_what_cuts_numbers_off_is_no_mere_move(op: str, tmp_path: Path) -> None:
    """A readout that reads max(h, 0) reads no h, and a layer over it is not the next one."""
    g = Graph()
    h = g.node("Squeeze", g.recurrent("LSTM", g.by_time()), g.whole(1))
    zero = g.constant("zero", np.zeros(()))
    more = {"Max": (h, zero), "Where": (g.node("Less", h, zero), zero, h)}.get(op, (h,))
    path = g.save(tmp_path / "m.onnx", g.node("MatMul", g.node(op, *more), g.drawn("V", 4, 2)))
    assert load_model(path).network.architecture.output_size == 0
    g.recurrent("LSTM", g.nodes[-2].output[0], size=4)
    with pytest.raises(Undecided, match="holds 2 recurrent networks"):
        load_model(g.save(tmp_path / "m.onnx", g.nodes[-1].output[0]))


def test_the_likeliest_class_is_chosen_of_logits(tmp_path: Path) -> None:
    g = Graph()
    rows = g.node("Squeeze", g.recurrent("LSTM", g.by_time()), g.whole(1))
    path = g.save(
        tmp_path / "m.onnx", g.node("ArgMax", g.node("MatMul", rows, g.drawn("V", 4, 3)), axis=-1, keepdims=0)
    )
    model = load_model(path)
    assert (model.network.architecture.output_size, model.read["then"]) == (3, ["ArgMax"])
    assert "ArgMax follows the readout" in model.said


def _plain(path: Path) -> tuple[Any, Any]:
    """A graph of one node with a readout, as a protobuf, and its network."""
    g = Graph(dtype=np.float32)
    last = g.node("Squeeze", g.recurrent("GRU", g.by_time()), g.whole(1))
    g.save(path, g.answer(g.node("Squeeze", g.node("Gather", last, g.whole(-1)), g.whole(0))))
    return onnx.load(str(path)), load_model(str(path)).network


@pytest.mark.parametrize("how", ["float_data", "float16", "bfloat16", "external"])
def test_numbers_that_are_stored_otherwise(how: str, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    model, network = _plain(path)
    expected = network.parameters.flat
    if how == "external":
        onnx.save(model, str(path), save_as_external_data=True, location="beside.bin", size_threshold=0)
        assert b"beside.bin" in path.read_bytes()
    for tensor in model.graph.initializer if how != "external" else []:
        array = onnx.numpy_helper.to_array(tensor)
        if array.dtype != np.float32:
            continue
        if how == "float_data":
            made = onnx.helper.make_tensor(tensor.name, 1, array.shape, array.ravel())
        else:
            kept = onnx.helper.tensor_dtype_to_np_dtype(10 if how == "float16" else 16)
            made = onnx.numpy_helper.from_array(array.astype(kept), tensor.name)
            expected = expected.astype(kept).astype(np.float64)
        tensor.CopyFrom(made)
        assert how != "float_data" or not tensor.raw_data
    if how != "external":
        path.write_bytes(model.SerializeToString())
    p = load_model(str(path)).network.parameters
    for name, array in network.parameters.items():
        tolerance = {"float16": 1e-3, "bfloat16": 1e-2}.get(how, 0)
        np.testing.assert_allclose(p[name], array, rtol=tolerance, atol=tolerance)


def _change(how: str, model: Any) -> str:
    """Damage a graph; -> what is said of it."""
    W = next(one for one in model.graph.initializer if one.name == "W1")
    if how == "terabytes":
        W.dims[1] = 10**12
        return "W1 says that its shape is 1×1000000000000×3"
    if how == "too few bytes":
        W.raw_data = W.raw_data[:-4]
        return "W1 should have 144 bytes, and has 140"
    if how == "not finite":
        W.raw_data = np.full(36, np.nan, "<f4").tobytes()
        return "W of GRU gru_1 (W1) holds a number that is not finite"
    if how == "a huge input":
        model.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 10**9
        return "its input given is 5×1000000000×3: export it with a batch of 1"
    if how == "a huge state":
        model.graph.node[1].attribute[0].i = 10**12
        return "GRU gru_1 gives"
    if how == "a name that nothing gives":
        model.graph.node[1].input[0] = "lost"
        return "damaged: GRU gru_1 reads lost, which nothing gives before it"
    if how == "a name given twice":
        model.graph.node[2].output[0] = "gru_1_out"
        return "damaged: gru_1_out is given twice"
    if how == "weights given twice":
        model.graph.initializer.append(W)
        return "damaged: W1 is given twice"
    if how == "no direction":
        model.graph.node[1].attribute.append(onnx.helper.make_attribute("direction", "sideways"))
        return "damaged: GRU gru_1 has the direction sideways"
    if how == "an attribute of another type":
        model.graph.node[1].attribute.append(onnx.helper.make_attribute("input_forget", "0"))
        return "damaged: GRU gru_1 has the input_forget 0"
    if how == "an attribute twice":
        model.graph.node[1].attribute.append(model.graph.node[1].attribute[0])
        return "damaged: GRU gru_1 has an attribute twice"
    if how == "an operator of its own":
        operators = [onnx.helper.make_opsetid("", 17)]
        nodes = [onnx.helper.make_node("Identity", ["X"], ["Y"])]
        model.functions.append(onnx.helper.make_function("", "GRU", ["X"], ["Y"], nodes, operators))
        return "its function GRU stands for an operator of ONNX"
    raise KeyError(how)


DAMAGED = ["weights given twice", "no direction", "an attribute of another type", "an attribute twice", "an operator of its own", "terabytes", "too few bytes", "not finite", "a huge input", "a huge state", "a name that nothing gives", "a name given twice"]  # fmt: skip


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_graph_is_one_line(how: str, tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    model, _ = _plain(path)
    words = _change(how, model)
    path.write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError) as raised:
        load_model(str(path))
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "data", [b"", b"text of a person", b"PK\x03\x04 a zip", b"\x08\x08", b"version https://git-lfs"]
)
def test_what_is_no_graph(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(data)
    with pytest.raises(ModelFileError, match=r"not an ONNX file, or a damaged one|Git LFS"):
        load_model(str(tmp_path / "m.onnx"))


@pytest.mark.parametrize("place", ["../outside.bin", "/outside.bin", "link.bin", "", "lost.bin", "short.bin"])
def test_numbers_are_read_from_the_models_folder_alone(place: str, tmp_path: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "outside.bin").write_bytes(bytes(4096))
    (folder / "short.bin").write_bytes(bytes(8))
    (folder / "link.bin").symlink_to(tmp_path / "outside.bin")
    model, _ = _plain(folder / "m.onnx")
    W = next(one for one in model.graph.initializer if one.name == "W1")
    W.ClearField("raw_data")
    W.data_location = 1
    W.external_data.add(key="location", value=str(tmp_path / "outside.bin") if place.startswith("/") else place)
    (folder / "m.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelFileError, match=r"m\.onnx: .*W1") as raised:
        load_model(str(folder / "m.onnx"))
    words = {"lost.bin": "which is not there", "short.bin": "it is too short"}.get(
        place, "only files of the model's own folder"
    )
    assert words in str(raised.value)
