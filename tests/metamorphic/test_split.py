"""A sequence read in two parts, the state handed over: states, losses and gradients are those of the whole."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.core.reads import FINAL_STATE
from rnn_cli.core.state import InitialStates, State
from tests.support.askable import FEW, askable
from tests.support.asked import Asked, Document, same, without
from tests.support.networks import KINDS, cell_of

H_ALONE = sorted(kind for kind in KINDS if cell_of(kind).states == ("h",))
"""The kinds of cells that hand over nothing but h, so that the error of what they hand over is one of their outputs."""


def one_direction(**fixed: Any) -> st.SearchStrategy[Asked]:
    """Networks that run in one direction, and sequences of two steps or more."""
    found = askable(reads=(FINAL_STATE,), least=2, **fixed)
    return found.filter(lambda asked: not asked.network.architecture.bidirectional)


def in_two(asked: Asked, at: int) -> tuple[slice, slice]:
    """The steps that a run takes first, and those that it takes last."""
    before, after = slice(0, at), slice(at, len(asked.x))
    return (after, before) if asked.network.architecture.backward_only else (before, after)


def part(asked: Asked, steps: slice, starts: InitialStates) -> Asked:
    """What is asked of some of the steps."""
    every = asked.network.architecture.task == MANY_TO_MANY
    errors = asked.errors if asked.errors is None or asked.errors.ndim == 1 else asked.errors[steps]
    answers = asked.answers[steps] if every else asked.answers
    return asked.changed(x=asked.x[steps], starts=starts, answers=answers, errors=errors)


def end(document: Document, asked: Asked) -> InitialStates:
    """Where the memory of each layer is at the end of a run."""
    last, names = 0 if asked.network.architecture.backward_only else -1, asked.network.cell.states
    return {
        (one["layer"], one["direction"]): State(**{name: np.array(one[name][last]) for name in names})
        for one in document["sequences"][0]["layers"]
    }


def total(arrays: Iterable[Any]) -> Any:
    """The sum of arrays, as a document has it."""
    return np.sum([np.array(one) for one in arrays], axis=0).tolist()


def joined(asked: Asked, first: list[Any], last: list[Any]) -> list[Any]:
    """The values of all steps in the order of time, from those of the part that a run takes first and the other."""
    return last + first if asked.network.architecture.backward_only else first + last


@FEW
@given(asked=one_direction(), data=st.data())
def test_the_states_of_both_parts_are_those_of_the_whole(asked: Asked, data: st.DataObject) -> None:
    first, last = in_two(asked, data.draw(st.integers(1, len(asked.x) - 1)))
    begun = part(asked, first, asked.starts).document("forward")
    one, other = begun["sequences"][0], part(asked, last, end(begun, asked)).document("forward")["sequences"][0]
    whole = asked.document("forward")["sequences"][0]
    every = asked.network.architecture.task == MANY_TO_MANY
    for name in ("inputs", "output", *(("logits", "probabilities", "prediction") if every else ())):
        same(joined(asked, one[name], other[name]), whole[name])
    if not every:
        same([other[name] for name in ("logits", "prediction")], [whole[name] for name in ("logits", "prediction")])
    for mine, theirs, layer in zip(one["layers"], other["layers"], whole["layers"], strict=True):
        for name in asked.network.cell.states:
            same(joined(asked, mine[name], theirs[name]), layer[name])
            same(mine[f"{name}0"], layer[f"{name}0"])
        for gate, values in layer["gates"].items():
            same(joined(asked, mine["gates"][gate], theirs["gates"][gate]), values)


@FEW
@given(asked=one_direction(), data=st.data())
def test_the_steps_of_both_parts_are_those_of_the_whole(asked: Asked, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(asked.x) - 1))
    first, last = in_two(asked, at)
    begun = part(asked, first, asked.starts)
    other = part(asked, last, end(begun.document("forward"), asked)).document("trace")["steps"]
    moved = [{**one, "t": one["t"] + steps.start} for steps, own in
             ((first, begun.document("trace")["steps"]), (last, other)) for one in own]  # fmt: skip
    place = {(one["layer"], one["t"]): one for one in moved}
    for one in asked.document("trace")["steps"]:
        same(place.pop((one["layer"], one["t"])), one)
    assert not place


@FEW
@given(asked=one_direction(), data=st.data())
def test_losses_add_up_and_truncation_between_the_parts_adds_up_their_gradients(
    asked: Asked, data: st.DataObject
) -> None:
    """With --truncate k,k no error passes from one part of k steps to the one before it."""
    assume(asked.network.architecture.task == MANY_TO_MANY)
    k = data.draw(st.integers(1, len(asked.x) // 2))
    asked = part(asked, slice(0, len(asked.x) // k * k), asked.starts)
    cuts = [slice(start, start + k) for start in range(0, len(asked.x), k)]
    starts, parts = asked.starts, []
    for cut in reversed(cuts) if asked.network.architecture.backward_only else cuts:
        one = part(asked, cut, starts)
        starts = end(one.document("forward"), asked)
        parts.append(without(one.document("bptt"), "gradients.embedding"))
    whole = asked.document("bptt", "--truncate", f"{k},{k}")
    assert np.isclose(sum(one["loss"]["total"] for one in parts), whole["loss"]["total"], rtol=1e-12)
    for layer, one in enumerate(whole["gradients"]["layers"]):
        own = [own["gradients"]["layers"][layer] for own in parts]
        for name in asked.network.cell.parameters:
            same(total(np.array(each[name]) for each in own), one[name])
        for state in asked.network.cell.states:
            same(own[0][f"{state}0"], one[f"{state}0"])
    for name, array in whole["gradients"]["readout"].items():
        same(total(np.array(own["gradients"]["readout"][name]) for own in parts), array)


@FEW
@given(asked=one_direction(), more=st.integers(0, 3))
def test_a_truncation_that_is_no_shorter_than_the_sequence_cuts_nothing(asked: Asked, more: int) -> None:
    full = asked.document("bptt")
    cut = asked.document("bptt", "--truncate", str(len(asked.x) + more))
    same(without(cut, "truncation"), without(full, "truncation"), tolerance=0)
    share, lost = cut["truncation"], cut["truncation"]["cut"]
    assert (share["sign_disagreements"], lost) == (0, [])
    assert share["norm_share"] == 1
    assert share["cosine"] is None or np.isclose(share["cosine"], 1, atol=1e-12)


@FEW
@given(kind=st.sampled_from(H_ALONE), data=st.data())
def test_the_error_of_what_is_handed_over_is_all_that_the_first_part_hears_of_the_last(
    kind: str, data: st.DataObject
) -> None:
    """A gradient is that of the last part, and that of the first, at whose last output dL/dh_0 of the last arrives too."""
    asked = data.draw(one_direction(kind=kind, readout=False))
    assume(asked.network.architecture.num_layers == 1)
    errors = np.zeros((len(asked.x), asked.network.architecture.output_width))
    errors[...] = asked.errors
    asked = asked.changed(errors=errors)
    first, last = in_two(asked, data.draw(st.integers(1, len(asked.x) - 1)))
    begun = part(asked, first, asked.starts)
    ended = part(asked, last, end(begun.document("forward"), asked)).document("bptt")["gradients"]
    assert begun.errors is not None
    errors = begun.errors.copy()
    errors[0 if asked.network.architecture.backward_only else -1] += ended["layers"][0]["h0"]
    first_part = begun.changed(errors=errors).document("bptt")["gradients"]
    whole = asked.document("bptt")["gradients"]
    for name in asked.network.cell.parameters:
        own = np.array(first_part["layers"][0][name]) + ended["layers"][0][name]
        same(own.tolist(), whole["layers"][0][name])
    same(first_part["layers"][0]["h0"], whole["layers"][0]["h0"])
    same(joined(asked, first_part["inputs"], ended["inputs"]), whole["inputs"])
