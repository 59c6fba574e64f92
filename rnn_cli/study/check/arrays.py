"""Somebody's arrays held against the right numbers of a network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.core.reads import FINAL_STATE, LAST_OUTPUT
from rnn_cli.core.referee.agreement import RIGHT, stage_of
from rnn_cli.core.referee.back import way_of
from rnn_cli.core.referee.compute import compute, forward_of
from rnn_cli.core.referee.embedding import Words
from rnn_cli.core.referee.findings import Judgement
from rnn_cli.core.referee.mutants import BACK, LOSS, all_mutants
from rnn_cli.core.referee.plan import MEAN, Key, Numbers, Plan
from rnn_cli.core.referee.search import judge
from rnn_cli.core.referee.suspects import Suspect
from rnn_cli.core.state import InitialStates
from rnn_cli.errors import InputError
from rnn_cli.models.model import Model
from rnn_cli.study.check.conventions import chosen
from rnn_cli.study.check.derived import AGAIN, with_derived
from rnn_cli.study.check.exchanged import Pairs, as_named, exchanged, put_right, settles
from rnn_cli.study.check.given import Given, put_in, sort_given
from rnn_cli.study.check.items import Item, items_of
from rnn_cli.study.check.layouts import EACH_LOSS, END, Frame, Reading
from rnn_cli.study.check.misfits import judged_shapes, misfit
from rnn_cli.study.check.names import OF_EMBEDDING, Table, table_of
from rnn_cli.study.check.report import Compared, Report, findings_of, first_of
from rnn_cli.study.initial_states import batched

TOLERANCES = {"float64": 1e-9, "float32": 1e-5, "float16": 1e-2, "bfloat16": 5e-2}
"""By the type of the numbers: how far two may be apart, of the largest of their array. Wider than rounding by a factor that
sums over many steps need, and far narrower than what a mistake does."""


Rows = Sequence[int | None] | None
"""The rows of an embedding that the steps of a sequence read."""

NO_LOSS = "it is of the way back, or of the loss, and there is no loss"


def check_arrays(
    source: str,
    arrays: Mapping[str, Array],
    model: Model,
    sequences: Sequence[Array],
    targets: Sequence[Array] | None = None,
    mapping: Mapping[str, str] | None = None,
    tolerance: float | None = None,
    initial: Sequence[InitialStates] = (),
    suspects: Sequence[Suspect] = (),
    rows: Sequence[Rows] = (),
    shapes: bool = True,
) -> Report:
    """Read arrays as what their names and shapes say, and compare them with the network's numbers on the sequences.

    sequences   (T, I) each; targets class numbers for each: one number (1,), or (T,) where every step answers
    mapping     the person's name -> a name that is understood; initial where each sequence starts, as the network does where empty
    rows        which row of the embedding each step reads; None of a sequence that reads none
    shapes      whether a shape that a name cannot have is a mistake; else such an array is not compared, and arrays that are
                exchanged are told in the report and not among its findings

    InputError where nothing can be compared, two arrays claim to be the same, or the file's own weights or inputs are others.
    """

    def held(each: Mapping[str, Array]) -> Report:
        return _held(source, each, model, sequences, targets, mapping, tolerance, initial, suspects, rows, shapes)

    report = held(arrays)
    if not shapes or not report.exchanged:
        return report
    own = held(put_right(arrays, report.exchanged))
    return as_named(own, report.exchanged) if settles(own, report.exchanged) else report


def _held(
    source: str,
    arrays: Mapping[str, Array],
    model: Model,
    sequences: Sequence[Array],
    targets: Sequence[Array] | None,
    mapping: Mapping[str, str] | None,
    tolerance: float | None,
    initial: Sequence[InitialStates],
    suspects: Sequence[Suspect],
    rows: Sequence[Rows],
    shapes: bool,
) -> Report:
    """The report on arrays as they are named."""
    said: list[str] = []
    plan = planned(model, sequences, targets, initial, said)
    words = words_of(plan, rows)
    frame = _frame(plan, words)
    table = table_of(frame.architecture.cell, frame.architecture.options)
    items, left_out = items_of(source, arrays, mapping or {}, table, frame)
    if any(item.called.meanings[0].names == OF_EMBEDDING for item in items):
        plan = replace(plan, words=words)
    limit = tolerance_of([item.array for item in items]) if tolerance is None else tolerance
    said.append(
        f"error: the largest difference, as a share of the array's largest number; up to {limit:g} the array is right"
    )
    right = compute(with_derived(plan, frame))
    given = sort_given(source, items, plan, frame, right, limit)
    plan, right = _scaled(plan, given, right, limit, said)
    found, without = _read(given, right, limit)
    if targets is None and plan.network.architecture.output_size and not model.numeric:
        _check_no_gradients(source, [name for name, why in without if why == NO_LOSS])
    misfits = [(item.name, misfit(item, frame)) for item in given.misfits]
    if not found:
        raise InputError(_nothing(source, [*left_out, *misfits, *without], table))
    sheet = _judged(source, plan, frame, found, limit, suspects)
    if not sheet.judgement.explained:
        again, _ = _read(given, right, limit, _mistaken(sheet, given, right, limit))
        if [one.reading.layout for one in again] != [one.reading.layout for one in found]:
            other = _judged(source, plan, frame, again, limit, suspects)
            sheet = other if other.judgement.explained else sheet
    report = _report(source, model, plan, sheet, [*left_out, *without], [*said, *given.said])
    report = replace(report, exchanged=_exchanged(sheet, given, report, frame, limit))
    if not shapes:
        return replace(report, not_compared=(*report.not_compared, *misfits))
    numbers = {**put_in(plan, frame), **right}
    found_out = judged_shapes(given.misfits, (mapping or {}).keys(), frame, numbers, limit)
    return replace(
        report,
        compared=(*report.compared, *found_out.compared),
        not_compared=(*report.not_compared, *found_out.left_out),
        behaviour=found_out.findings,
    )


def words_of(plan: Plan, rows: Sequence[Rows]) -> Words | None:
    """The rows of an embedding that the steps read; None where there is none, or a sequence comes without its rows."""
    count = plan.network.architecture.embedding_rows
    if not count or not rows or any(one is None for one in rows):
        return None
    read = np.full(plan.x.shape[:2], -1)
    for b, one in enumerate(rows):
        read[: len(one or ()), b] = [-1 if row is None else row for row in one or ()]
    return Words(read, count)


def _frame(plan: Plan, words: Words | None) -> Frame:
    """The sizes of a plan, and where its sequences start."""
    a = plan.network.architecture
    starts = {}
    for layer in range(a.num_layers):
        for way in a.directions:
            start = plan.initial.get((layer, way))
            for name in plan.network.cell.states:
                zeros = np.zeros((len(plan.lengths), a.size_of(layer)))
                starts[Key(f"{name}_0", layer, way)] = zeros if start is None else start[name]
    return Frame(a, len(plan.x), len(plan.lengths), plan.lengths, a.task == MANY_TO_ONE, starts, words is not None)


def planned(
    model: Model,
    sequences: Sequence[Array],
    targets: Sequence[Array] | None,
    initial: Sequence[InitialStates],
    said: list[str],
) -> Plan:
    """The computation that the numbers should be of, with sequences of unequal length padded."""
    if model.has_decoder:
        raise InputError(f"{model.name} is two networks, an encoder and a decoder: rnn check compares those of one")
    network, lengths = model.network, np.array([len(one) for one in sequences])
    a = network.architecture
    x = np.zeros((int(lengths.max()), len(sequences), a.input_size))
    for b, one in enumerate(sequences):
        x[: len(one), b] = one
    once = a.task == MANY_TO_ONE
    if once and a.output_size and a.reads not in (FINAL_STATE, LAST_OUTPUT):
        said.append(f"the readout reads the {a.reads}, which is not checked: states alone are compared")
        network = network.without_readout()
    wanted = None
    if targets is not None and network.architecture.output_size and not model.numeric:
        wanted = np.zeros(len(lengths) if once else x.shape[:2], dtype=np.int64)
        for b, each in enumerate(targets):
            wanted[(b,) if once else (slice(len(sequences[b])), b)] = each[0] if once else each
    given, places = batched(initial) if initial else {}, product(range(a.num_layers), a.directions)
    starts = (
        {at: network.start(*at, given, x.dtype, (len(lengths),)) for at in places} if given or network.starts else {}
    )
    plan = Plan(network, x, lengths, starts, wanted)
    last_output = once and a.bidirectional and a.reads == LAST_OUTPUT
    return replace(plan, loop=replace(plan.loop, last_output=True)) if last_output else plan


def tolerance_of(arrays: Sequence[Array]) -> float:
    """That of the coarsest type; a file of doubles that holds nothing but numbers of float32 is float32."""
    limits = [TOLERANCES.get(str(array.dtype), TOLERANCES["float64"]) for array in arrays]
    doubles = [array for array in arrays if array.dtype == np.float64]
    if doubles and all(map(_fits_float32, doubles)) and not all(map(_is_round, doubles)):
        limits.append(TOLERANCES["float32"])
    return max(limits, default=TOLERANCES["float64"])


def _fits_float32(array: Array) -> bool:
    """Whether float32 holds every number."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.array_equal(array.astype(np.float32).astype(np.float64), array, equal_nan=True)


def _is_round(array: Array) -> bool:
    """Whether every number is one of 8 bits behind the point, as 0, 1 and 0.25: it says nothing of precision."""
    return np.array_equal(array * 256, np.round(array * 256), equal_nan=True)


def _scaled(plan: Plan, given: Given, right: Numbers, limit: float, said: list[str]) -> tuple[Plan, Numbers]:
    """A loss that is a mean together with its gradients is as good as a sum: the plan whose loss it is.

    A mean whose gradients are those of the sum, or the other way round, is none: the loss that stands there must be the same.
    """
    if plan.targets is None:
        return plan, right
    steps = 1 if plan.targets.ndim == 1 else len(plan.x)
    scored = len(plan.lengths) if plan.targets.ndim == 1 else int(plan.lengths.sum())
    ways = {
        scored: "the mean over all that is scored",
        len(plan.lengths): "a sum over steps and the mean over sequences",
    }
    if (plan.lengths == steps).all():
        ways.setdefault(steps, "the mean over steps and a sum over sequences")
    keys = [key for key in right if stage_of(key) in (LOSS, BACK)]
    every = [readings for readings in given.readings if any(stage_of(key) in (LOSS, BACK) for key in readings[0].parts)]
    losses = [readings for readings in every if readings[0].first.name in ("loss", EACH_LOSS)]
    best = _fitting(every, right, limit)
    for count, words in ways.items():
        if best == len(every):
            break
        scaled = {key: array / count if key in keys else array for key, array in right.items()}
        if count > 1 and _fitting(losses, scaled, limit) == len(losses) and _fitting(every, scaled, limit) > best:
            said.append(f"the loss and its gradients are {words}, where rnn has the sum: taken as that")
            loop = replace(plan.loop, loss_scale=plan.loop.loss_scale / count)
            return replace(plan, reduction=MEAN) if count == scored else replace(plan, loop=loop), scaled
    return plan, right


def _fitting(every: Sequence[Sequence[Reading]], right: Numbers, limit: float, mistaken: Numbers | None = None) -> int:
    """How many arrays are right, all in one convention, or are as they are with a mistake."""
    both = [right] if mistaken is None else [right, mistaken]
    readings = chosen(every, right, limit, mistaken)
    return sum(isinstance(one, Reading) and any(one.is_right(numbers, limit) for numbers in both) for one in readings)


@dataclass(frozen=True, eq=False)
class Found:
    """An array with what it was read as."""

    item: Item
    reading: Reading


def _read(
    given: Given, right: Numbers, limit: float, mistaken: Numbers | None = None
) -> tuple[list[Found], list[tuple[str, str]]]:
    """Each array with its reading, and those that have none, with why."""
    found, without = [], []
    for item, one in zip(given.items, chosen(given.readings, right, limit, mistaken), strict=True):
        if isinstance(one, str):
            without.append((item.name, one))
        elif any(key not in right for key in one.parts):
            without.append((item.name, _why_missing(one.first)))
        elif not all(np.isfinite(right[key]).all() for key in one.parts):
            without.append((item.name, "the network's own numbers are not finite there"))
        else:
            found.append(Found(item, one))
    return found, without


@dataclass(frozen=True, eq=False)
class Sheet:
    """Arrays as they were read, and what the referee says of them."""

    plan: Plan
    seen: Numbers
    owner: dict[Key, Found]
    judgement: Judgement


def _judged(
    source: str, plan: Plan, frame: Frame, found: Sequence[Found], limit: float, suspects: Sequence[Suspect]
) -> Sheet:
    seen, owner, twice = _laid_out(source, found)
    full = with_derived(plan, frame, twice)
    return Sheet(full, seen, owner, judge(full, seen, limit, suspects=suspects))


def _mistaken(sheet: Sheet, given: Given, right: Numbers, limit: float) -> Numbers:
    """All numbers with the mistakes that are known: how arrays are stored may show only beside those.

    First those that were found, by which every gradient may be wrong; then, if gradients can be read in several ways and no
    array shows which it is, one of the way back with which all of them are right.
    """
    plan = _with_findings(sheet)
    with np.errstate(all="ignore"):  # what a mistake makes may leave the finite range
        forward = forward_of(plan)
        way = way_of(forward)
        found = compute(plan, forward=forward, way=way)
    back = sorted((one for one in given.readings if stage_of(one[0].first) == BACK), key=len)
    if all(len(one) == 1 for one in back) or _fitting(back, right, limit, found) == len(back):
        return found
    wrong = [every for every in back if not any(one.is_right(right, limit) for one in every)]
    for form in (form for _, mutant in all_mutants(plan, sheet.seen, BACK) for form in mutant.forms()):
        with np.errstate(all="ignore"):
            made = compute(form.apply(plan), forward=forward, way=way)
        might = all(any(one.is_right(made, limit) for one in every) for every in wrong)
        if might and _fitting(back, right, limit, made) == len(back):
            return made
    return found


def _with_findings(sheet: Sheet) -> Plan:
    """The computation with all that was found out in it."""
    plan = sheet.plan
    for finding in (*sheet.judgement.conventions, *sheet.judgement.findings):
        plan = finding.mutant.apply(plan)
    return plan


def _exchanged(sheet: Sheet, given: Given, report: Report, frame: Frame, limit: float) -> Pairs:
    """Arrays that are wrong, beside what was found, and right under each other's name."""
    wrong = {one.name for one in report.compared if one.verdict != RIGHT and not report.explained}
    meant = zip(given.items, given.readings, strict=True)
    off = [(item, [one.meaning for one in every]) for item, every in meant if item.name in wrong]
    off += [(item, list(item.called.meanings)) for item in given.misfits]
    if len(off) < 2:
        return ()
    with np.errstate(all="ignore"):
        return exchanged(off, frame, compute(_with_findings(sheet)), limit)


def _laid_out(source: str, found: Sequence[Found]) -> tuple[Numbers, dict[Key, Found], frozenset[Key]]:
    """The numbers by their keys, the array that each came from, and the keys that stand twice.

    InputError where two arrays claim to be the same.
    """
    seen: Numbers = {}
    owner: dict[Key, Found] = {}
    twice: set[Key] = set()
    for one in sorted(found, key=lambda one: one.reading.meaning.second):
        for own, part in one.reading.parts.items():
            key, array = own, part.astype(np.float64)
            if key in seen:
                _check_twice(source, owner[key], one, seen[key], array)
                twice.add(key)
                key = Key(key.name + AGAIN, key.layer, key.direction)
            if key in seen:
                said = f"more than two arrays are {_as_what(own)}: --map says what {one.item.name} is"
                raise InputError(f"{source}: {said}")
            seen[key], owner[key] = array, one
    return seen, owner, frozenset(twice)


def _check_no_gradients(source: str, names: Sequence[str]) -> None:
    """InputError where there are any: they would pass unseen, where a target makes them comparable."""
    if names:
        some = f"{', '.join(names[:6])}{', …' * (len(names) > 6)} {'is' if len(names) == 1 else 'are'}"
        one = "it" if len(names) == 1 else "them"
        raise InputError(f"{source}: {some} of a loss, which needs a target: give it (--target), or leave {one} out")


def _why_missing(key: Key) -> str:
    if stage_of(key) in (LOSS, BACK):
        return NO_LOSS
    return "the network has no such numbers"


def _report(
    source: str,
    model: Model,
    plan: Plan,
    sheet: Sheet,
    left_out: Sequence[tuple[str, str]],
    said: Sequence[str],
) -> Report:
    """The report on arrays that were read."""
    seen, owner, judgement = sheet.seen, sheet.owner, sheet.judgement
    names = {key: one.item.name for key, one in owner.items()}
    compared = []
    for key, verdict in judgement.verdicts.items():
        first = first_of(key, judgement.right[key], seen[key], verdict.at, plan)
        compared.append(
            Compared(names[key], key, _as_what(key), owner[key].reading.layout, verdict.state, verdict.error, first)
        )
    return Report(
        source,
        model,
        sheet.plan,
        {key: seen[key] for key in judgement.verdicts},
        judgement.right,
        judgement.tolerance,
        tuple(compared),
        tuple(left_out),
        findings_of(judgement, names),
        explained=judgement.explained,
        said=(*said, *(f"it {one.mutant.says}: taken as a convention" for one in judgement.conventions)),
    )


def _check_twice(source: str, one: Found, other: Found, first: Array, second: Array) -> None:
    """InputError where two arrays claim to be the same, and neither is the second of two biases or the output of a layer."""
    kinds = {one.reading.meaning.kind, other.reading.meaning.kind}
    if one.reading.meaning.second != other.reading.meaning.second or len(kinds) > 1 or np.array_equal(first, second):
        return
    names = f"{one.item.name} and {other.item.name}"
    raise InputError(
        f"{source}: {names} both read as {_as_what(one.reading.first)}: --map says what each is, as {other.item.name} = none"
    )


def _as_what(key: Key) -> str:
    """What an array is here, in words."""
    name = key.name.removesuffix(AGAIN)
    name = {EACH_LOSS: "the loss of each answer"}.get(name, name)
    if name.endswith(END):
        name = f"{name.removesuffix(END)} after the last step"
    return name if key.layer < 0 else f"{name} of layer {key.layer}, {key.direction}"


def _nothing(source: str, left_out: Sequence[tuple[str, str]], table: Table) -> str:
    """Why nothing can be compared."""
    held = "; ".join(f"{name}: {why}" for name, why in left_out[:3]) or "it holds no array"
    some = ", ".join(list(dict.fromkeys(table.shown.values()))[:6])
    return f"{source}: nothing can be compared ({held})\nnames such as {some}, h, dW_hh or weight_hh_l0.grad are understood; --map FILE says what others are"
