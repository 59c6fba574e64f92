"""A shape that an understood name cannot have is a mistake; a name of several uses is none, and never passes unsaid."""

from collections.abc import Mapping
from math import inf

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS
from rnn_cli.core.referee.plan import Key
from rnn_cli.documents.check import check_document
from rnn_cli.errors import InputError
from rnn_cli.study.check.hints import CheckResult
from rnn_cli.study.check.report import Report
from tests.study.check.test_arrays import Case, arrays_of, made
from tests.support.networks import KINDS, RECURRENT
from tests.support.schemas import validate

OF_CELLS = [next(kind for kind in KINDS if kind.split()[0] == cell) for cell in CELLS]
ONES = np.ones


def case_of(kind: str, lengths: tuple[int, ...] = (5,)) -> Case:
    """A case in which no two sizes are one: T 5, H 4, I 3."""
    return made(np.random.default_rng(3), kind, lengths=lengths, H=4, I=3)


def every(case: Case) -> dict[str, Array]:
    """All right numbers, under the documents' names."""
    return arrays_of(case, *dict.fromkeys(key.name for key in case.right))


def found(report: Report) -> tuple[list[str], set[str]]:
    """The mistakes, and the arrays that are wrong; the document is valid and says no less."""
    document = validate(check_document(CheckResult(report)))
    wrong = {one["name"] for one in document["compared"] if one["verdict"] == "wrong"}
    assert document["passed"] == (not wrong)
    assert not wrong & set(document["not_compared"])
    assert all(one["relative_error"] == inf for one in document["compared"] if one["name"] in wrong)
    return [one["mistake"] for one in document["findings"]], wrong


@pytest.mark.parametrize("kind", [kind for kind in OF_CELLS if kind in RECURRENT])
def test_exchanged_gradients_are_named(kind: str) -> None:
    case = case_of(kind)
    arrays = every(case)
    pairs = [
        (f"dW_x{gate}", f"dW_h{gate}")
        for gate in case.plan.network.cell.gates
        if {f"dW_x{gate}", f"dW_h{gate}"} <= set(arrays)
    ]
    assert pairs
    for some in {len(pairs): pairs, 1: pairs[:1]}.values():
        swapped = dict(arrays)
        for x, h in some:
            swapped[x], swapped[h] = arrays[h], arrays[x]
        report = case.check(swapped)
        assert found(report) == (["swapped-weights"], {name for pair in some for name in pair})
        assert all(f"{x} and {h}" in report.behaviour[0].says for x, h in some)


@pytest.mark.parametrize("kind", OF_CELLS)
def test_each_document_name_is_held_to_its_shape(kind: str) -> None:
    """A list one step too short, a matrix or vector without its last column: every array but the loss."""
    case = case_of(kind, (5, 5))
    arrays = every(case)
    short = {
        name: array[:-1] if array.ndim == 3 else array[..., :-1] for name, array in arrays.items() if name != "loss"
    }
    mistakes, wrong = found(case.check({**arrays, **short}))
    assert (mistakes, wrong) == (["wrong-shape"] * len(short), set(short))


def packed(case: Case) -> dict[str, Array]:
    """PyTorch's gradients of the recurrent layer."""
    gates = [gate for gate in case.plan.network.cell.gates if Key(f"dW_x{gate}", 0, "forward") in case.right]
    both = {"weight_ih_l0.grad": "dW_x", "weight_hh_l0.grad": "dW_h"}
    return {
        name: np.concatenate([case.right[Key(f"{ours}{gate}", 0, "forward")] for gate in gates])
        for name, ours in both.items()
    }


@pytest.mark.parametrize("kind", ["rnn tanh", "lstm", "gru reset after"])
def test_pytorchs_names_and_a_map_are_claims_too(kind: str) -> None:
    case = case_of(kind)
    h, own = arrays_of(case, "h"), packed(case)
    (x, hh), (of_x, of_h) = own, own.values()
    assert case.check({**h, **own}).passed
    assert found(case.check({**h, x: of_h, hh: of_x})) == (["swapped-weights"], {x, hh})
    assert found(case.check({**h, **own, hh: of_h[:-1]})) == (["wrong-shape"], {hh})
    assert found(case.check({**h, "foo": of_h[:-1]}, mapping={"foo": "weight_hh_l0.grad"})) == (
        ["wrong-shape"],
        {"foo"},
    )
    weights = case.plan.network.named(0, "forward")
    pair = [next(name for name in weights if name.startswith(start)) for start in ("W_x", "W_h")]
    assert case.check({**h, **{name: weights[name] for name in pair}}).passed
    put_in = dict(zip(pair, [weights[name] for name in pair[::-1]], strict=True))
    assert found(case.check({**h, **put_in})) == (["swapped-weights"], set(pair))


LOOSE: Mapping[str, Mapping[str, Array]] = {
    "a history of losses": {"loss": ONES(100)},
    "another x": {"x": ONES((9, 9))},
    "class numbers as predictions": {"predictions": ONES(9)},
    "predictions of other data": {"predictions": ONES((100, 3))},
    "targets as rows of zeros and a one": {"targets": ONES((5, 3))},
    "letters": {"W": ONES((7, 2)), "U": ONES((7, 2)), "i": ONES((5, 9)), "b": ONES(2)},
    "another head": {"fc.weight.grad": ONES((9, 4)), "decoder.bias.grad": ONES(9)},
    "rows for padding": {"embedding.weight.grad": ONES((9, 3))},
    "the states of all layers and the input": {"hidden_states": ONES((2, 5, 4))},
    "the candidate's weights alone": {"dW_xh": ONES((3, 4)), "dW_hh": ONES((4, 4))},
    "two biases in one array": {"bias_grad": ONES((2, 12))},
}  # fmt: skip


@pytest.mark.parametrize("named", LOOSE)
def test_what_may_be_another_thing_is_not_accused_and_not_passed_over(named: str) -> None:
    case = case_of("gru reset after")
    report = case.check({**arrays_of(case, "h"), **LOOSE[named]})
    assert found(report) == ([], set())
    left = dict(report.not_compared)
    assert left.keys() == LOOSE[named].keys()
    assert all("--map" in why or "embedding" in why for why in left.values())


def test_a_network_without_a_readout_says_nothing_of_one() -> None:
    case = case_of("lstm")
    network = case.plan.network.without_readout()
    bare = Case(
        case.model.__class__("mine", network, "random"), case.sequences, [], case.initial, case.plan, case.right
    )
    report = bare.check({**arrays_of(case, "h"), "logits": ONES((5, 3)), "dW_hy": ONES((3, 4))})
    assert found(report) == ([], set())
    assert {name for name, _ in report.not_compared} == {"logits", "dW_hy"}


def test_where_nothing_fits_the_file_is_of_another_network() -> None:
    with pytest.raises(InputError, match=r"nothing can be compared .*dW_hh: its shape is 9×9"):
        case_of("rnn tanh").check({"dW_hh": ONES((9, 9)), "h": ONES((5, 9))})
