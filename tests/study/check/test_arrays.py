"""Right numbers pass in every layout and under every name that people use; mistakes stay mistakes in all of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import BACKWARD, MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Key, Numbers, Plan
from rnn_cli.core.state import InitialStates, State
from rnn_cli.errors import InputError
from rnn_cli.models.model import Model
from rnn_cli.study.check.arrays import check_arrays, planned
from rnn_cli.study.check.report import Report
from tests.support.networks import KINDS, architecture_of, random_network

Rng = np.random.Generator


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
    layers: int = 1,
    both: bool = False,
    task: str = MANY_TO_MANY,
    lengths: tuple[int, ...] = (5,),
    H: int = 4,
    I: int = 3,  # noqa: E741  # the letter of the equations
) -> Case:
    """A case drawn at random."""
    network = random_network(architecture_of(kind, I, H, layers, both, task, output_size=3), int(rng.integers(1 << 30)))
    model = Model("mine", network, "random")
    sequences = [rng.standard_normal((length, I)) for length in lengths]
    targets = [rng.integers(0, 3, 1 if task == MANY_TO_ONE else length) for length in lengths]
    places = [(layer, way) for layer in range(layers) for way in network.architecture.directions]
    names = network.cell.states
    initial: list[InitialStates] = []
    if kind.split()[0] != "slstm" and rng.random() < 0.5:
        initial = [{place: State(**{n: rng.standard_normal(H) for n in names}) for place in places} for _ in lengths]
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
    return made(rng, kind, int(rng.integers(1, 3)), bool(rng.random() < 0.4), task, lengths, **sizes)


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


@pytest.mark.parametrize("seed", range(10))
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


def test_an_array_of_nothing_known_is_refused_with_the_nearest_name() -> None:
    case = made(np.random.default_rng(0), "lstm")
    with pytest.raises(InputError, match=r"nearest is .*--map"):
        case.check({"dWhq": case.right[Key("dW_hi", 0, "forward")]})
