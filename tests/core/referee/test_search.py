"""What `judge` finds in programs that are not ours: each mistake planted and named, right programs left alone."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from rnn_cli.core.referee.agreement import agrees
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Key, Numbers, Plan
from rnn_cli.core.referee.search import judge
from tests.support.checks import planned as planned_of
from tests.support.networks import KINDS as ALL_KINDS
from tests.support.networks import each_value_once, slow_but
from tests.support.referee_programs.cases import SHAPES, Shape, case, of_lengths, seen_of, with_tokens
from tests.support.referee_programs.forward import GATES
from tests.support.referee_programs.planted import Planted, planted

KINDS = [kind for kind in ALL_KINDS if kind in GATES]
"""Those that are written a second time."""

TOLERANCE = 1e-9
TOKENS = replace(SHAPES[1], many=True)


def mistakes_of(kind: str, shape: Shape) -> list[Planted]:
    """Every mistake that a network of this shape can have."""
    return planted(kind, shape.square, shape.layers, shape.both, shape.many, shape.batch)


def found_in(kind: str, shape: Shape, mistake: Planted, seed: int) -> tuple[Plan, Numbers]:
    """The plan, and the numbers of a program with a mistake."""
    plan, program = case(kind, seed, TOKENS if mistake.name == "not-shifted" else shape)
    if mistake.name == "not-shifted":
        plan = with_tokens(plan, program, seed)
    if mistake.name == "padding-read":
        plan = of_lengths(plan, program, [4, 2])
    with np.errstate(all="ignore"):
        return plan, seen_of(plan, program.run(mistake.what, mistake.fits))


def same(plan: Plan, seen: Numbers) -> bool:
    """Whether a mistake changes nothing on this network: it cannot be found."""
    right = compute(plan)
    return all(agrees(right[key], seen[key], TOLERANCE) for key in seen)


@pytest.mark.parametrize(("kind", "k"), each_value_once(product(KINDS, range(len(SHAPES)))))
def test_a_right_program_passes(kind: str, k: int) -> None:
    plan, program = case(kind, k, SHAPES[k])
    plan = of_lengths(plan, program, [4, 2])
    fits = (k + KINDS.index(kind)) % 2 == 0
    judgement = judge(plan, seen_of(plan, program.run({}, fits)), TOLERANCE)
    assert judgement.passed and not judgement.findings and not judgement.conventions


CHEAP = ("rnn tanh", "rnn relu", "mingru", "gru reset after")
"""Kinds with few forms of mistakes, which are searched soon."""
DRAWN = [(kind, k, one) for kind in KINDS for k, shape in enumerate(SHAPES) for one in mistakes_of(kind, shape)]
KEYS = list(dict.fromkeys((one.name, next(iter(one.what))) for _, _, one in DRAWN))
ONCE = dict(reversed(KEYS))
"""Of each name the first place."""


@pytest.mark.parametrize(("name", "planted"), slow_but(ONCE.items(), KEYS))
def test_a_planted_mistake_is_named(name: str, planted: str) -> None:
    """One drawn of each place where a name can be planted: `test_every_planted_mistake_is_named` has them all."""
    every = [one for one in DRAWN if one[2].name == name and planted in one[2].what]
    own = [one for one in every if one[0] in CHEAP] or every
    if KEYS.index((name, planted)) % 4:  # most of them on small networks
        own = [one for one in own if SHAPES[one[1]].layers == 1 and not SHAPES[one[1]].both] or own
    for seed in range(20):
        kind, k, mistake = own[np.random.default_rng([seed, len(name)]).integers(len(own))]
        plan, seen = found_in(kind, SHAPES[k], mistake, seed)
        if not same(plan, seen):
            judgement = judge(plan, seen, TOLERANCE)
            assert [one.mistake for one in judgement.findings] == [name], (kind, mistake)
            assert judgement.explained
            return
    raise AssertionError("no network shows it")


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_planted_mistake_is_named(kind: str) -> None:
    """Each form on a network of its own, in the numbers of a whole program and in those that people save.

    Of each name 95 in 100 are found, and alone; -s prints the table.
    """
    table: dict[str, list[bool]] = {}
    for lean in (False, True):
        for seed, (own, k, mistake) in enumerate(DRAWN):
            if own == kind:
                plan, seen = found_in(kind, SHAPES[k], mistake, seed)
                seen = {key: array for key, array in seen.items() if not lean or is_saved(key)}
                if not same(plan, seen):
                    findings = judge(plan, seen, TOLERANCE).findings
                    table.setdefault(mistake.name, []).append([one.mistake for one in findings] == [mistake.name])
    for name, hits in table.items():
        print(f"{kind:18}{name:28}{sum(hits):4} of {len(hits)}")
    named = [hit for hits in table.values() for hit in hits]
    assert sum(named) >= 0.95 * len(named)


def is_saved(key: Key) -> bool:
    """Whether people save an array as a rule: states, logits, the loss and the gradients."""
    return key.name in ("h", "logits", "loss") or key.name.startswith(("dW_", "db_"))


def test_noise_is_not_explained() -> None:
    plan, program = case("rnn tanh", 1)
    right = seen_of(plan, program.run({}, True))
    rng = np.random.default_rng(0)
    for name in ("h", "loss", "dW_hh", "dh"):
        seen = {
            key: array + 0.1 * rng.standard_normal(array.shape) if key.name == name else array
            for key, array in right.items()
        }
        judgement = judge(plan, seen, TOLERANCE)
        assert not judgement.findings and not judgement.explained and not judgement.passed


def test_a_mean_with_its_own_gradient_is_a_convention() -> None:
    plan, program = case("lstm", 2)
    seen = seen_of(plan, program.run({"mean": "steps"}, True))
    judgement = judge(plan, seen, TOLERANCE)
    assert judgement.passed and not judgement.findings
    assert [one.mistake for one in judgement.conventions] == ["mean-for-sum"]
    assert [one.mistake for one in judge(plan, seen, TOLERANCE, strict=True).findings] == ["mean-for-sum"]


def test_a_factor_of_the_loss_with_its_own_gradient_is_a_convention() -> None:
    plan, program = case("gru reset after", 2)
    judgement = judge(plan, seen_of(plan, program.run({"scaled-loss": str(1 / 7)}, True)), TOLERANCE)
    assert judgement.passed and not judgement.findings
    assert "1/7 of the one that was asked for" in judgement.conventions[0].mutant.says


@pytest.mark.parametrize(
    ("factor", "name", "words"),
    [
        (1 / np.log(2), "scaled", "1/ln 2"),
        (5**-0.5, "scaled", "1/√5, by the number of hidden units"),
        (1 / 5, "mean-for-sum", "by the number of hidden units"),
        (1 / 12, "mean-for-sum", "by the number of steps and classes"),
    ],
)
def test_the_words_say_what_a_usual_factor_is(factor: float, name: str, words: str) -> None:
    plan, program = case("rnn tanh", 5, replace(SHAPES[0], square=False, batch=1), size=5)
    (finding,) = judge(plan, seen_of(plan, program.run({"scaled": str(factor)}, False)), TOLERANCE).findings
    assert finding.mistake == name
    assert words in finding.mutant.says


def test_a_gradient_of_the_other_sign_is_said_to_be_one() -> None:
    plan, program = case("rnn tanh", 2)
    (finding,) = judge(plan, seen_of(plan, program.run({"scaled-one": "-1"}, False)), TOLERANCE).findings
    assert finding.mutant.says.startswith("hands out dW_hy with the other sign")


def test_two_gradients_of_length_1_are_divided_by_their_norms() -> None:
    """They were shorter: clipping would have left them as they are."""
    _, plan = planned_of("lstm")
    right = compute(plan)
    seen = {key: array / np.linalg.norm(array) for key, array in right.items() if key.name in ("dW_hf", "dW_hg")}
    assert all(np.linalg.norm(right[key]) < 1 for key in seen)
    (finding,) = judge(plan, seen, TOLERANCE).findings
    assert finding.mistake == "clipped"
    assert finding.mutant.says == "divides each gradient by its own norm"


def test_a_loss_in_bits_with_its_own_gradient_is_a_convention() -> None:
    plan, program = case("rnn tanh", 2)
    bits = seen_of(plan, program.run({"scaled-loss": str(1 / np.log(2))}, True))
    loss = Key("loss")
    for seen in (bits, {loss: bits[loss]}):
        judgement = judge(plan, seen, TOLERANCE)
        assert judgement.passed and not judgement.findings
        assert [one.mistake for one in judgement.conventions] == ["wrong-logarithm"]


def test_a_mistake_that_explains_the_gradients_too_comes_before_a_convention_of_the_loss() -> None:
    """A mean in bits, whose gradient is that of the mean in ln: in bits alone the gradients would be wrong."""
    plan, program = case("rnn tanh", 2)
    planted = {"logarithm": "2", "mean-loss": "steps", "scaled-errors": "0.25"}
    (finding,) = judge(plan, seen_of(plan, program.run(planted, False)), TOLERANCE).findings
    assert finding.mistake == "wrong-logarithm"
    assert "divided by the number of steps" in finding.mutant.says


def test_a_norm_is_that_of_all_gradients_though_some_were_not_handed_over() -> None:
    plan, program = case("peephole", 2)
    seen = seen_of(plan, program.run({"clipped": "norm 0.25"}, False))
    few = {key: array for key, array in seen.items() if key.name.startswith(("loss", "dW_h", "db_"))}
    (finding,) = judge(plan, few, TOLERANCE).findings
    assert finding.mistake == "clipped"
    assert finding.mutant.says.endswith("at 0.25")


def test_gradients_of_one_step_are_told_from_a_future_that_was_dropped_where_an_error_shows_it() -> None:
    """Of a loss at the last step alone they are equal, and named together: the error of a step before it parts them. Of a
    future that is dropped and a way back that goes onward nothing comes to the steps before."""
    plan, program = case("rnn tanh", 2, SHAPES[1])
    equal = ["future-dropped", "direction-not-reversed", "overwritten"]
    for what, parted in (({"overwritten": "last"}, equal[2:]), ({"future-dropped": "all"}, equal[:2])):
        seen = seen_of(plan, program.run(what, False))
        (finding,) = judge(plan, seen, TOLERANCE).findings
        assert [finding.mistake, *(other for other, _ in finding.others)] == parted
        (finding,) = judge(plan, {key: seen[key] for key in seen if is_saved(key)}, TOLERANCE).findings
        assert [finding.mistake, *(other for other, _ in finding.others)] == equal


@pytest.mark.parametrize(
    ("kind", "what", "name"),
    [
        ("gru reset before", {"off-by-one": "z"}, "off-by-one"),
        ("gru reset after", {"off-by-one": "z"}, "off-by-one"),
        ("slstm", {"derivative-of-value": "all"}, "derivative-of-value"),
        ("slstm", {"scaled": "0.375"}, "scaled"),
    ],
)
def test_the_error_of_one_gate_and_gates_of_any_activation_are_known(
    kind: str, what: dict[str, str], name: str
) -> None:
    """In the network without initial states some gradients are 0 but for rounding, and have no factor."""
    plan, program = case(kind, 4, replace(SHAPES[3], layers=1))
    (finding,) = judge(plan, seen_of(plan, program.run(what, False)), TOLERANCE).findings
    assert finding.mistake == name and not finding.others


def test_a_factor_that_not_all_gradients_have_is_no_mistake_of_theirs() -> None:
    plan, program = case("rnn tanh", 2)
    right = seen_of(plan, program.run({}, True))
    for spared in ("dW_hh", "db_y"):
        seen = {
            key: array / 7 if key.name.startswith(("dW_", "db_")) and key.name != spared else array
            for key, array in right.items()
        }
        judgement = judge(plan, seen, TOLERANCE)
        assert not judgement.findings and not judgement.explained


def test_truncated_bptt_is_a_convention() -> None:
    plan, program = case("gru reset after", 2)
    judgement = judge(plan, seen_of(plan, program.run({"truncated": "2"}, False)), TOLERANCE)
    assert judgement.passed and not judgement.findings
    assert "truncated to 2 steps" in judgement.conventions[0].mutant.says


def test_numbers_of_single_precision_are_judged_as_such() -> None:
    plan, program = case("lstm", 4)
    for what, findings in (({}, []), ({"no-bias": "f"}, ["no-bias"])):
        seen = {
            key: array.astype(np.float32).astype(float) for key, array in seen_of(plan, program.run(what, True)).items()
        }
        judgement = judge(plan, seen, TOLERANCE)
        assert [one.mistake for one in judgement.findings] == findings
        assert [one.mistake for one in judgement.conventions] == ["float32"]
        assert judgement.explained


def test_a_loss_alone_accuses_of_nothing_where_it_has_few_digits() -> None:
    plan, program = case("rnn tanh", 3)
    loss = Key("loss")
    seen = {loss: seen_of(plan, program.run({"softmax-twice": "in the loss"}, True))[loss]}
    assert [one.mistake for one in judge(plan, seen, TOLERANCE).findings] == ["softmax-twice"]
    assert not judge(plan, {loss: seen[loss].astype(np.float32)}, 1e-6).findings


@pytest.mark.parametrize(("tolerance", "told"), [(1e-9, ["mean-for-sum"]), (1e-4, [])])
def test_a_loss_alone_is_a_mean_where_it_has_many_digits(tolerance: float, told: list[str]) -> None:
    """Of seven steps that are scored; with few digits one number may agree by chance."""
    _, plan = planned_of("rnn", large=True)
    seen = {key: array for key, array in compute(plan).items() if key.name in ("h", "logits", "loss")}
    found = judge(plan, seen | {Key("loss"): seen[Key("loss")] / 7}, tolerance)
    assert [one.mistake for one in found.conventions] == told
    assert found.explained == bool(told)
    assert not found.findings
