"""Right numbers pass in every layout and under every name that people use; mistakes stay mistakes in all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.mutants import MUTANTS
from rnn_cli.core.referee.plan import Key, Numbers, Plan
from rnn_cli.core.state import InitialStates, State
from rnn_cli.errors import InputError
from rnn_cli.models.model import Model
from rnn_cli.study.check.arrays import check_arrays, planned
from rnn_cli.study.check.report import Report
from tests.support.networks import KINDS, architecture_of, each_value_once, random_network, slow_if

Rng = np.random.Generator


@pytest.fixture(autouse=True)
def _no_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two mistakes at once are for the tests of the search, which takes its time over them."""
    for name in ("MOST_PAIRS", "COSTLY_PAIRS"):
        monkeypatch.setattr(f"rnn_cli.core.referee.one_array.{name}", 0)


@dataclass(frozen=True, eq=False)
class Case:
    """A network with sequences, targets and initial states, and the right numbers."""

    model: Model
    sequences: list[Array]
    targets: list[Array]
    initial: list[InitialStates]
    plan: Plan
    right: Numbers

    def check(self, arrays: Mapping[str, Array], **asked: Any) -> Report:
        """What is found out about arrays."""
        return check_arrays("mine", arrays, self.model, self.sequences, self.targets, initial=self.initial, **asked)

    @property
    def frame(self) -> tuple[int, int, int]:
        """T, B and H."""
        return len(self.plan.x), len(self.sequences), self.plan.network.architecture.hidden_size


def made(
    rng: Rng,
    kind: str,
    layers: int | tuple[int, ...] = 1,
    both: bool = False,
    task: str = MANY_TO_MANY,
    lengths: tuple[int, ...] = (5,),
    H: int = 4,
    I: int = 3,  # noqa: E741  # the letter of the equations
    back: bool = False,
) -> Case:
    """A case drawn at random."""
    each = layers if isinstance(layers, tuple) else (H,) * layers
    a = architecture_of(kind, I, each, 1, both, task, output_size=3, backward_only=back and not both)
    network = random_network(a, int(rng.integers(1 << 30)))
    model = Model("mine", network, "random")
    sequences = [rng.standard_normal((length, I)) for length in lengths]
    targets = [rng.integers(0, 3, 1 if task == MANY_TO_ONE else length) for length in lengths]
    places = [(layer, way) for layer in range(a.num_layers) for way in network.architecture.directions]
    names = network.cell.states
    initial: list[InitialStates] = []
    if kind.split()[0] != "slstm" and rng.random() < 0.5:
        initial = [
            {place: State(**{n: rng.standard_normal(each[place[0]]) for n in names}) for place in places}
            for _ in lengths
        ]
    plan = planned(model, sequences, targets, initial, [])
    return Case(model, sequences, targets, initial, plan, compute(plan))


def drawn(rng: Rng) -> Case:
    """A case of any cell, layers, directions and sizes, also of those in which axes are equally long."""
    task = str(rng.choice([MANY_TO_ONE, MANY_TO_MANY]))
    T, B = int(rng.integers(2, 6)), int(rng.integers(1, 5))
    lengths = tuple(int(one) for one in rng.integers(1, T + 1, B))
    lengths = (T, *(lengths[1:] if rng.random() < 0.5 else [T] * (B - 1)))
    sizes = {"H": int(rng.integers(2, 6)), "I": int(rng.integers(2, 6))}
    kind = str(rng.choice(sorted(KINDS)))
    layers = int(rng.integers(1, 3)) if rng.random() < 0.7 else (int(rng.integers(2, 6)), sizes["H"])
    return made(rng, kind, layers, bool(rng.random() < 0.4), task, lengths, **sizes, back=bool(rng.random() < 0.2))


@dataclass(frozen=True)
class Style:
    """How a program names and stores: the same for all arrays of its file.

    axes      the axes of a list of states, as "BTK"
    turned    whether matrices multiply rows
    initial   "", "first" or "last": where the state before the first step stands in the list
    order     that of packed gates, shuffled by this seed; None where each gate has an array
    run       whether the backward direction stands in the order of its run
    bare      whether a batch of one has no axis
    spell     what becomes of a name
    """

    axes: str = "TBK"
    turned: bool = False
    initial: str = ""
    order: int | None = None
    run: bool = False
    bare: bool = False
    spell: Callable[[str], str] = str

    def write(self, case: Case) -> dict[str, Array]:
        """The right numbers as this program would save them."""
        return self.of(case, case.right)

    def of(self, case: Case, numbers: Numbers) -> dict[str, Array]:
        """Numbers as this program would save them."""
        plan, found = case.plan, {}
        a, cell = plan.network.architecture, plan.network.cell
        one = a.num_layers == 1 and not a.bidirectional
        packs = {"dW_x": "dweight_ih", "dW_h": "dweight_hh", "db_": "dbias_ih"}
        gates = list(np.random.default_rng(self.order or 0).permutation(list(cell.gates)))
        for key, array in numbers.items():
            where = "" if one or key.layer < 0 else f"_l{key.layer}" + "_reverse" * (key.direction == BACKWARD)
            pack = next((p for p in packs if key.name.startswith(p)), "")
            if self.order is not None and pack and key.name != "db_hn" and key.layer >= 0:
                names = [f"{pack}{gate}" for gate in gates if f"{pack}{gate}" in {k.name for k in numbers}]
                whole = np.concatenate([numbers[Key(name, key.layer, key.direction)] for name in names])
                found[packs[pack] + where] = whole.T if self.turned else whole
            else:
                found[self.spell(key.name) + where] = self._one(case, key, array)
        return found

    def _one(self, case: Case, key: Key, array: Array) -> Array:
        if array.ndim == 2 and key.name.startswith("dW_"):
            return array.T if self.turned else array
        T, B, _ = case.frame
        if array.ndim != 3 or array.shape[:2] != (T, B):
            return array
        inside = np.arange(T)[:, None, None] < case.plan.lengths[None, :, None]
        array = np.where(inside, array, 7.0)  # padding holds anything
        back = key.direction == BACKWARD
        if back and self.run:
            array = np.stack([np.r_[array[:n, b][::-1], array[n:, b]] for b, n in enumerate(case.plan.lengths)], axis=1)
        if self.initial and key.name in case.plan.network.cell.states and (not back or self.run):
            start = case.plan.initial.get((key.layer, key.direction))
            row = np.zeros((1, *array.shape[1:])) if start is None else start[key.name][None]
            array = np.concatenate([row, array] if self.initial == "first" else [array, row])
        array = array.transpose(["TBK".index(axis) for axis in self.axes])
        return array.squeeze(self.axes.index("B")) if self.bare and B == 1 else array


SPELLINGS: tuple[Callable[[str], str], ...] = (
    str,
    lambda name: name.replace("_", ""),
    lambda name: f"grad_{name[1:]}" if name.startswith(("dW_", "db_")) else name,
    lambda name: f"{name[1:]}.grad" if name.startswith(("dW_", "db_")) else name,
    lambda name: f"dL_{name}" if name.startswith("d") else name,
    lambda name: {"h": "hidden_states", "c": "cell_states", "dh": "dhs", "dx": "dinputs", "probabilities": "probs"}.get(
        name, name
    ),
    lambda name: name.upper() if name.startswith("dW_") else name,
)


def drawn_style(rng: Rng) -> Style:
    """A style drawn at random."""
    return Style(
        axes=str(rng.choice(["TBK", "BTK", "TKB", "KTB"])),
        turned=bool(rng.random() < 0.4),
        initial=str(rng.choice(["", "", "first", "last"])),
        order=None if rng.random() < 0.5 else int(rng.integers(1000)),
        run=bool(rng.random() < 0.3),
        bare=bool(rng.random() < 0.5),
        spell=SPELLINGS[int(rng.integers(len(SPELLINGS)))],
    )


@pytest.mark.parametrize("seed", slow_if(range(10), *range(2, 10)))
def test_right_numbers_pass_however_they_are_named_and_stored(seed: int) -> None:
    rng = np.random.default_rng([seed, 14])
    for _ in range(4):
        case, style = drawn(rng), drawn_style(rng)
        arrays = style.write(case)
        report = case.check(arrays)
        wrong = [
            (one.name, one.read_as, one.layout, one.relative_error) for one in report.compared if one.verdict != "right"
        ]
        assert report.passed, (style, case.plan.network.architecture, case.frame, wrong)
        assert not report.not_compared, (style, report.not_compared)
        assert {one.key.name for one in report.compared} == {key.name for key in case.right}


LAYOUTS = [
    Style(),
    Style("BTK", turned=True, order=1),
    Style("TKB", initial="first", spell=SPELLINGS[1]),
    Style("KTB", turned=True, order=5, initial="last", spell=SPELLINGS[3]),
    Style("BTK", order=11, bare=True),
]
OF_LAYOUTS = "lstm", "gru reset after", "rnn tanh"
"""The cells of the layouts, in turn."""
PLANTED = (
    "no-bias",
    "gate-order",
    "transposed",
    "wrong-gate",
    "future-dropped",
    "off-by-one",
    "overwritten",
    "no-recurrence",
)


def of_one_gate_alone(name: str, k: int) -> bool:
    """Whether there is no such mistake, as where the cell of this layout is a vanilla one."""
    return OF_LAYOUTS[k % 3] == "rnn tanh" and name in ("gate-order", "wrong-gate")


@pytest.mark.parametrize(
    ("name", "k"),
    each_value_once(one for one in product(PLANTED, range(len(LAYOUTS))) if not of_one_gate_alone(*one)),
)
def test_a_mistake_is_found_in_every_layout(name: str, k: int) -> None:
    """In square shapes too, where every axis is as long as every other."""
    rng = np.random.default_rng([len(name), k, 41])
    style = LAYOUTS[k]
    lengths = (4, 4, 4, 4) if k % 2 else (4,)
    case = made(rng, OF_LAYOUTS[k % 3], lengths=lengths, H=4, I=4 - k % 2)
    module, _ = MUTANTS[name]
    forms = list(import_module(module).mutants(case.plan, case.right))
    wrong = compute(forms[int(rng.integers(len(forms)))].apply(case.plan))
    report = case.check(style.of(case, wrong))
    assert not report.passed
    assert report.explained, (style, [(one.name, one.layout) for one in report.compared if one.verdict != "right"])
    assert name in (report.findings[0].mistake, *report.findings[0].others)


def arrays_of(case: Case, *names: str) -> dict[str, Array]:
    """Some of the right numbers of a network of one layer and direction, by their names."""
    return {key.name: array for key, array in case.right.items() if key.name in names}


def test_a_matrix_alone_among_others_is_not_read_as_transposed() -> None:
    for square in (3, 4):
        case = made(np.random.default_rng(1), "rnn tanh", H=4, I=square)
        arrays = arrays_of(case, "dW_hh", "dW_xh", "dW_hy", "h")
        report = case.check({**arrays, "dW_hh": arrays["dW_hh"].T})
        assert [finding.mistake for finding in report.findings] == ["transposed"]
        report = case.check({name: array.T if name.startswith("dW") else array for name, array in arrays.items()})
        assert report.passed
        assert "transposed" in next(one.layout for one in report.compared if one.name == "dW_hh")


def test_gates_in_another_order_are_a_convention_where_all_packed_gradients_have_it() -> None:
    case = made(np.random.default_rng(2), "lstm", lengths=(3,), H=2, I=3)
    packed = {
        name: array
        for name, array in Style(order=3).write(case).items()
        if name.startswith("dweight") or name == "dbias_ih"
    }
    assert case.check(packed).passed


@pytest.mark.slow
def test_an_order_of_its_own_in_one_packed_gradient_is_no_convention() -> None:
    case = made(np.random.default_rng(2), "lstm", lengths=(3,), H=2, I=3)
    packed = {
        name: array
        for name, array in Style(order=3).write(case).items()
        if name.startswith("dweight") or name == "dbias_ih"
    }
    mixed = {**packed, "dbias_ih": Style(order=4).write(case)["dbias_ih"]}
    report = case.check(mixed)
    assert not report.passed


def test_the_state_before_the_first_step_belongs_to_the_list_and_a_shift_does_not() -> None:
    case = made(np.random.default_rng(3), "rnn tanh")
    h = case.right[Key("h", 0, "forward")][:, 0]
    start = case.plan.initial[0, "forward"].h if case.plan.initial else np.zeros((1, h.shape[1]))
    report = case.check({"hs": np.concatenate([start, h])})
    assert report.passed
    assert report.compared[0].layout == "(T+1)×H, the initial state first"
    assert case.check({"hs": np.concatenate([h, start])}).passed
    assert not case.check({"hs": np.concatenate([start, h[:-1]])}).passed


def test_a_mean_with_its_gradient_is_a_convention_and_half_a_mean_a_mistake() -> None:
    case = made(np.random.default_rng(4), "gru reset after", lengths=(5, 5, 5))
    wanted = ("loss", "dW_hy", "db_y", "dW_hn", "dx", "logits")
    arrays = arrays_of(case, *wanted)
    later = [name for name in wanted if name != "logits"]
    for count in (15, 3, 5):
        report = case.check({**arrays, **{name: arrays[name] / count for name in later}})
        assert report.passed
        assert any("mean over" in one for one in report.said)
    report = case.check({**arrays, "loss": arrays["loss"] / 15})
    assert [finding.mistake for finding in report.findings] == ["mean-for-sum"]
    report = case.check({**arrays, **{name: arrays[name] / 15 for name in later if name.startswith(("dW", "db"))}})
    assert [finding.mistake for finding in report.findings] == ["mean-for-sum"]


def test_pytorchs_names_and_arrays() -> None:
    """output, h_n and c_n; packed gradients of two biases, alike in an LSTM and apart in a GRU's candidate."""
    rng = np.random.default_rng(5)
    for kind in ("lstm", "gru reset after"):
        case = made(rng, kind, layers=2, both=True, lengths=(5, 5))
        cell, right = case.plan.network.cell, case.right
        places = [(layer, way) for layer in range(2) for way in ("forward", "backward")]
        arrays = {"output": np.concatenate([right[Key("h", 1, way)] for way in ("forward", "backward")], axis=-1)}
        for state in cell.states:
            ends = [right[Key(state, *place)][-1 if place[1] == "forward" else 0] for place in places]
            arrays[f"{state}_n"] = np.stack(ends)
        for layer, way in places:
            own = {key.name: array for key, array in right.items() if (key.layer, key.direction) == (layer, way)}
            end = f"l{layer}{'_reverse' * (way == 'backward')}.grad"
            biases = [f"db_h{gate}" if f"db_h{gate}" in own else f"db_{gate}" for gate in cell.gates]
            arrays |= {
                f"rnn.weight_ih_{end}": np.concatenate([own[f"dW_x{gate}"] for gate in cell.gates]),
                f"rnn.weight_hh_{end}": np.concatenate([own[f"dW_h{gate}"] for gate in cell.gates]),
                f"rnn.bias_ih_{end}": np.concatenate([own[f"db_{gate}"] for gate in cell.gates]),
                f"rnn.bias_hh_{end}": np.concatenate([own[name] for name in biases]),
            }
        arrays |= {"fc.weight.grad": right[Key("dW_hy")], "fc.bias.grad": right[Key("db_y")]}
        report = case.check(arrays)
        assert report.passed
        assert not report.not_compared
        assert {one.name for one in report.compared} == set(arrays)
    report = case.check({"output": arrays["output"], "h_n": arrays["h_n"][::-1]})
    assert {one.name for one in report.compared if one.verdict != "right"} == {"h_n"}


def test_what_was_put_in_must_be_what_the_model_has() -> None:
    case = made(np.random.default_rng(6), "lstm")
    own = case.plan.network.named(0, "forward")
    h = case.right[Key("h", 0, "forward")]
    report = case.check({"h": h, "x": case.sequences[0], "W_hi": own["W_hi"].T, "b_f": own["b_f"]})
    assert report.passed
    assert any("W_hi, b_f" in one and "as the model" in one for one in report.said)
    with pytest.raises(InputError, match=r"its W_hi is not the model's.*--model"):
        case.check({"h": h, "W_hi": own["W_hi"] + 1})
    with pytest.raises(InputError, match=r"its x is not what the network was given.*--input"):
        case.check({"h": h, "x": case.sequences[0] + 1})
    gradients = {name: case.right[Key(f"d{name}", 0, "forward")] for name in own}
    report = case.check(gradients)
    assert report.passed
    assert len(report.compared) == len(gradients)


def test_padding_is_not_compared() -> None:
    case = made(np.random.default_rng(7), "lstm", lengths=(5, 2))
    h = case.right[Key("h", 0, "forward")].copy()
    h[3:, 1] = np.nan
    assert case.check({"h": h}).passed
    h[1, 1] += 1
    report = case.check({"h": h})
    assert report.compared[0].first is not None
    assert (report.compared[0].first.t, report.compared[0].first.sequence) == (2, 2)


def test_the_precision_of_what_was_saved_is_that_of_the_check() -> None:
    case = made(np.random.default_rng(8), "gru reset after")
    arrays = arrays_of(case, "h", "dW_hn")
    for kind in (np.float32, np.float16):
        report = case.check({name: array.astype(kind) for name, array in arrays.items()})
        assert report.passed
        assert report.tolerance > case.check(arrays).tolerance
    report = case.check({name: array.astype(np.float32).astype(float) for name, array in arrays.items()})
    assert report.passed
    assert not case.check({name: array * (1 + 1e-4) for name, array in arrays.items()}).passed


def test_names_are_mapped_and_two_of_one_meaning_are_asked_for() -> None:
    case = made(np.random.default_rng(9), "lstm")
    arrays = arrays_of(case, "h", "c")
    report = case.check({"foo": arrays["h"], "bar": arrays["c"], "qux": arrays["c"]}, mapping={"foo": "h", "bar": "c"})
    assert report.passed
    assert [name for name, _ in report.not_compared] == ["qux"]
    with pytest.raises(InputError, match=r"hs and hidden both read as h of layer 0, forward.*--map"):
        case.check({"hs": arrays["h"], "hidden": arrays["h"] + 1})
    with pytest.raises(InputError, match="no array fooo; did you mean foo"):
        case.check({"foo": arrays["h"]}, mapping={"fooo": "h"})
    with pytest.raises(InputError, match="no such name here"):
        case.check({"foo": arrays["h"]}, mapping={"foo": "qqqq"})


def test_an_array_of_nothing_known_is_refused_with_the_nearest_name() -> None:
    case = made(np.random.default_rng(0), "lstm")
    with pytest.raises(InputError, match=r"nearest is .*--map"):
        case.check({"dWhq": case.right[Key("dW_hi", 0, "forward")]})


@pytest.mark.parametrize("square", [3, 4])
def test_the_other_sign_is_not_read_as_another_layout(square: int) -> None:
    """Of square matrices too, whose transposed may be more like the right ones than what is their negative."""
    case = made(np.random.default_rng(0), "rnn tanh", H=4, I=square)
    arrays = arrays_of(case, "loss", "dW_hh", "dW_xh", "dW_hy")
    for names in (["dW_hh"], [name for name in arrays if name != "loss"]):
        some = {name: -arrays[name] for name in names} | {"loss": arrays["loss"]}
        report = case.check(some)
        assert [finding.mistake for finding in report.findings] == ["negated"]
        assert not any("transposed" in one.layout for one in report.compared)
