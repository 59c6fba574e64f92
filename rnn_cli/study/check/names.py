"""What people call arrays: one table of names for a cell, made of the names in its own equations.

A name is looked up by its letters and digits alone, in lower case: dW_hh, dWhh and DW.hh are one. What says the layer, the
direction and the sequence is taken off before (called.py).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from rnn_cli.core.cells import made_cell
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.referee.mutants import gate_of

STEPS, STARTS, ENDS, OUTPUT = "steps", "starts", "ends", "output"
MATRIX, JOINED, VECTOR, LOSS, GIVEN = "matrix", "joined", "vector", "loss", "given"

HEADS = ("fc", "linear", "readout", "out", "output", "head", "decoder", "classifier", "dense", "proj", "hy", "lin")
"""What a layer for the readout is called."""

OF_EMBEDDING = ("dE",)
EMBEDDINGS = (
    "E", "We", "W_e", "W_E", "W_emb", "emb", "embed", "embedding", "word_embedding", "word_embeddings", "W_embed", "W_embedding",
    "embedding_matrix", "embedding_weight", "embed_weight", "emb_weight", "embeddings_weight", "word_embeddings_weight",
    "embedding_table", "lookup", "encoder_weight",
)  # fmt: skip
"""What a table of vectors for words is called."""

NO_NAME = re.compile(r"[^0-9a-z]+")
GREEK = str.maketrans({"∂": "d", "δ": "d", "Δ": "d", "∇": "d"})


@dataclass(frozen=True)
class Meaning:
    """What an array may hold.

    kind    STEPS a number a step for each unit; STARTS the error of the states before the first step; ENDS the states
            after the last; OUTPUT the last layer's h, both directions side by side; MATRIX and VECTOR a parameter or its
            gradient; JOINED W_h and W_x as one matrix, which reads [h; x]; LOSS; GIVEN what was put in
    names   the keys: of packed gates those of every gate, in the order that the name implies
    whole   whether it belongs to no layer
    weak    whether it is meant only where the numbers say so
    second  whether it is the second of two biases
    """

    kind: str
    names: tuple[str, ...]
    whole: bool = False
    weak: bool = False
    second: bool = False

    @property
    def parameter(self) -> bool:
        """Whether it is a weight itself and not its gradient."""
        return self.kind in (MATRIX, JOINED, VECTOR) and not self.names[0].startswith("d")


def compact(name: str) -> str:
    """The letters and digits of a name, in lower case."""
    return NO_NAME.sub("", name.translate(GREEK).casefold())


class Table:
    """Names in their compact form, with what each may mean, the likelier first."""

    def __init__(self) -> None:
        self.meanings: dict[str, list[Meaning]] = {}
        self.shown: dict[str, str] = {}

    def add(self, meaning: Meaning, names: Iterable[str]) -> None:
        """More names of a meaning."""
        for name in names:
            plain = compact(name)
            found = self.meanings.setdefault(plain, [])
            self.shown.setdefault(plain, name)
            if all(replace(one, weak=meaning.weak) != meaning for one in found):
                found.append(meaning)

    def add_gradient(self, meaning: Meaning, names: Iterable[str]) -> None:
        """The gradient of what has these names."""
        of = replace(meaning, names=tuple(f"d{name}" for name in meaning.names))
        for name in names:
            forms = (
                "d{}",
                "dL_d{}",
                "dloss_d{}",
                "dJ_d{}",
                "dE_d{}",
                "grad_{}",
                "{}_grad",
                "gradient_{}",
                "{}_gradient",
            )
            self.add(of, [form.format(name) for form in (*forms, "delta_{}", "grad_d{}")])

    def get(self, name: str) -> list[Meaning]:
        """What a compact name may mean; [] where nothing is known of it."""
        return self.meanings.get(name, [])


@cache
def table_of(cell_name: str, options: tuple[tuple[str, str], ...]) -> Table:
    """The names that are understood of a network of this cell."""
    cell, table = made_cell(cell_name, options), Table()
    _results(cell, table)
    _parameters(cell, table)
    _states(cell, table)
    _errors(cell, table)
    _inputs(cell, table)
    return table


def _results(cell: Cell, table: Table) -> None:
    loss = (
        "loss",
        "losses",
        "L",
        "J",
        "cost",
        "total_loss",
        "loss_steps",
        "nll",
        "cross_entropy",
        "cross_entropy_loss",
    )
    table.add(Meaning(LOSS, ("loss",), whole=True), loss)
    scores = ("logits", "logit", "scores", "logits_t", "outputs_before_softmax")
    table.add(Meaning(STEPS, ("logits",), whole=True), scores)
    shares = (
        "probabilities",
        "probs",
        "prob",
        "proba",
        "p",
        "ps",
        "y_hat",
        "yhats",
        "softmax",
        "y_pred",
        "predictions",
    )
    table.add(Meaning(STEPS, ("probabilities",), whole=True), shares)
    table.add(
        Meaning(STEPS, ("dlogits",), whole=True), ("dlogits", "dL_dlogits", "grad_logits", "logits_grad", "dscores")
    )
    table.add(Meaning(STEPS, ("dlogits",), whole=True, weak=True), ("dy", "dys", "dy_hat", "dz_y", "dout", "delta_y"))
    table.add(Meaning(OUTPUT, ("h",)), ("output", "outputs", "out", "outs", "rnn_out", "lstm_out", "gru_out"))
    either = (
        "y",
        "ys",
        "output",
        "outputs",
        "out",
        "outs",
        "z_y",
        "a_y",
        "yhat",
        "y_hat",
        "o_t",
        "predictions",
        "y_pred",
    )
    for name in ("logits", "probabilities"):
        table.add(Meaning(STEPS, (name,), whole=True, weak=True), either)


def _parameters(cell: Cell, table: Table) -> None:
    """The weights and their gradients, gate by gate, packed, and of the readout."""
    both: list[tuple[Meaning, list[str]]] = []
    for name in cell.parameters:
        gate = name[3:] if name.startswith("W_") else name.rpartition("_")[2]
        kind = MATRIX if name.startswith("W_") else VECTOR
        also = {
            "W_x": [f"W_{gate}x", f"Wi_{gate}", f"W_i{gate}", f"kernel_{gate}", f"W_x_{gate}", f"weight_ih_{gate}"],
            "W_h": [
                f"W_{gate}h",
                f"U_{gate}",
                f"U_h{gate}",
                f"recurrent_kernel_{gate}",
                f"W_h_{gate}",
                f"weight_hh_{gate}",
            ],
            "b_": [f"bias_{gate}", f"b_i{gate}", f"b{gate}"],
            "p_": [f"W_c{gate}", f"peephole_{gate}"],
        }
        key = next((one for one in also if name.startswith(one)), "")
        both.append((Meaning(kind, (name,)), [name, *also.get(key, [])]))
        if name == f"b_{gate}":
            other = f"b_h{gate}" if f"b_h{gate}" in cell.parameters else name
            both.append((Meaning(kind, (other,), second=other == name), [f"b_h{gate}", f"bias_hh_{gate}"]))
    frameworks = {
        "W_x": {"PyTorch": ["weight_ih", "W_ih", "W_x", "W_xh", "Wx", "W_hx", "W_in"], "Keras": ["kernel"]},
        "W_h": {"PyTorch": ["weight_hh", "W_h", "W_hh", "W_rec"], "Keras": ["recurrent_kernel", "recurrent_weights"]},
        "b": {"PyTorch": ["bias_ih", "b_ih", "b", "b_h", "bias_h", "b_x"], "Keras": ["bias"]},
        "b2": {"PyTorch": ["bias_hh", "b_hh"], "Keras": ["recurrent_bias"]},
    }
    packing = {key: cell.packing.get(key, ()) for key in ("W_x", "W_h", "b")}
    packing["b2"] = tuple(f"b_h{name[2:]}" if f"b_h{name[2:]}" in cell.parameters else name for name in packing["b"])
    for key, names in packing.items():
        for framework, called in frameworks[key].items():
            module = cell.frameworks.get(framework)
            gates = module.gates if module is not None else tuple(cell.gates)
            kind = MATRIX if key.startswith("W") else VECTOR
            ordered = tuple(name for gate in gates for name in names if gate_of(cell, name) == gate)
            if ordered:
                both.append(
                    (Meaning(kind, ordered if len(ordered) == len(names) else names, second=key == "b2"), called)
                )
    letters = [(Meaning(MATRIX, packing["W_x"]), ["W"]), (Meaning(MATRIX, packing["W_h"]), ["U", "W"])]
    both += [(one, called) for one, called in [*letters, (Meaning(MATRIX, packing["W_x"]), ["U"])] if one.names]
    both += list(_joined(cell))
    heads = [f"{head}_{one}" for head in HEADS for one in ("weight", "kernel", "W")]
    both.append((Meaning(MATRIX, ("W_hy",), whole=True), ["W_hy", "W_y", "V", "W_out", "W_yh", *heads]))
    heads = [f"{head}_{one}" for head in HEADS for one in ("bias", "b")]
    both.append((Meaning(VECTOR, ("b_y",), whole=True), ["b_y", "b_hy", "bias_y", "b_out", *heads]))
    if "o" not in cell.gates:
        both += [(Meaning(MATRIX, ("W_hy",), whole=True), ["W_o"]), (Meaning(VECTOR, ("b_y",), whole=True), ["b_o"])]
    table.add_gradient(Meaning(MATRIX, ("E",), whole=True), EMBEDDINGS)
    for meaning, names_of in both:
        table.add(meaning, names_of)
        table.add_gradient(meaning, names_of)


def _joined(cell: Cell) -> Iterator[tuple[Meaning, list[str]]]:
    """W_h and W_x side by side, of each gate and of all: names has those of the inputs, then the recurrent ones."""
    pairs = {gate: (f"W_x{gate}", f"W_h{gate}") for gate in cell.gates if f"W_h{gate}" in cell.parameters}
    for gate, pair in pairs.items():
        also = [f"W_{cell.states[1]}"] if gate == cell.candidate and len(cell.states) == 2 else []
        yield Meaning(JOINED, pair), [*([f"W_{gate}"] if len(pairs) > 1 else []), *also]
    if pairs:
        names = (*(x for x, _ in pairs.values()), *(h for _, h in pairs.values()))
        yield Meaning(JOINED, names), ["W", "W_all", "weights"]


def _states(cell: Cell, table: Table) -> None:
    """States, gates, and what is left of the states at the end, by letters and by the words of the equations."""
    for name in (*cell.states, *(gate for gate in cell.gates if gate not in cell.states)):
        words = _words(cell, name)
        first = words.split()[0]
        forms = [name, f"{name}s", f"{name}_t", words, f"{words}s"]
        if first not in ("input", "output", "cell") or name in cell.states:
            forms += [first, f"{first}s"]
        if name not in cell.states:
            forms += [f"{name}_gate", f"{name}_gates", f"gate_{name}"]
        if name == cell.candidate:
            forms += ["c_tilde", "c_bar", "c_hat"] if "c" in cell.states else ["h_tilde", "h_bar", "h_hat", "h_cand"]
        table.add(Meaning(STEPS, (name,)), forms)
        if name in cell.states:
            ends = [f"{name}_n", f"{name}_last", f"last_{name}", f"final_{name}", f"{name}_final", f"{name}_end"]
            table.add(Meaning(ENDS, (name,)), [*ends, *(f"{one}_{words}" for one in ("final", "last")), f"{words}_n"])
            table.add(Meaning(ENDS, (name,), weak=True), [name, f"{name}_T", words, first])
            table.add(
                Meaning(GIVEN, (f"{name}_0",)), [f"{name}_0", f"initial_{name}", f"{name}_init", f"{name}_prev_0"]
            )
    table.add(Meaning(STEPS, ("h",)), ("states", "state", "hidden_layer", "s"))
    if len(cell.gates) > 1:
        table.add(Meaning(STEPS, tuple(cell.gates)), ("gates", "gate", "all_gates", "gate_values", "gates_t"))


def _words(cell: Cell, name: str) -> str:
    """What the equations call a state or a gate."""
    words = "hidden state" if name == "h" else cell.gate_title(name).split(",")[0].strip()
    return words or name


def _errors(cell: Cell, table: Table) -> None:
    for name in cell.states:
        table.add_gradient(Meaning(STARTS, (f"{name}_0",)), [f"{name}_0", f"initial_{name}", f"{name}_init"])
        passed = Meaning(STARTS, (f"{name}_0",), weak=True)
        table.add_gradient(passed, [f"{name}_next", f"{name}_prev"])
        table.add_gradient(Meaning(STEPS, (name,)), [name, f"{name}s", _words(cell, name), f"{name}_t"])
    for gate in cell.gates:
        table.add_gradient(Meaning(STEPS, (f"a_{gate}",)), [f"a_{gate}", f"z_{gate}", f"net_{gate}", f"{gate}_raw"])
        if gate not in cell.states:
            table.add_gradient(Meaning(STEPS, (f"a_{gate}",), weak=True), [gate, f"{gate}_t", _words(cell, gate)])
    packed = Meaning(STEPS, tuple(f"a_{gate}" for gate in cell.gates))
    table.add_gradient(packed, ["a", "gates", "z", "pre_activation", "pre_activations", "net", "h_raw", "a_t"])


def _inputs(cell: Cell, table: Table) -> None:
    inputs = ("x", "xs", "input", "inputs", "x_t", "data", "embedded", "embeddings")
    table.add(Meaning(GIVEN, ("x",), whole=True), inputs)
    table.add(Meaning(GIVEN, ("targets",), whole=True), ("target", "targets", "label", "labels", "y_true", "t", "y"))
    table.add_gradient(Meaning(STEPS, ("x",), whole=True), inputs)
