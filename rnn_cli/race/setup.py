"""From what a person asked for to the plan of a race."""

import os
import sys
from collections.abc import Mapping, Sequence
from hashlib import sha256
from json import dumps
from pathlib import Path
from typing import Any

from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.inputs.samples import require_data
from rnn_cli.models.typed import typed
from rnn_cli.race.plan import Plan
from rnn_cli.race.search import Search
from rnn_cli.race.sizes import size_for
from rnn_cli.reading import matched
from rnn_cli.study.makeup import make_up
from rnn_cli.tasks import GENERATED, TASKS, find_task, raced_task
from rnn_cli.tasks.base import Needs, Prepared
from rnn_cli.tasks.options import DataOptions, validation_files
from rnn_cli.tasks.settings import LARGEST
from rnn_cli.tasks.synthetic import Synthetic, Trivial
from rnn_cli.training.build import blueprint_of
from rnn_cli.training.config import configure
from rnn_cli.training.measure import metric_of
from rnn_cli.version import __version__

CELLS_RACED = "rnn,lstm,gru"
FIRST, LONGEST = 4, 128
"""Of generated tasks: the length that is tried first, and the longest."""


def plan_for(
    named: Sequence[str],
    *,
    task: str | None = None,
    options: Mapping[str, Any],
    cells: str = CELLS_RACED,
    parameters: int | None = None,
    seeds: int = 3,
    seed: int = 0,
    max_steps: int | None = None,
    lengths: str | None = None,
    longest: int | None = None,
    solved: float | None = None,
    gentle: bool = True,
    words: Sequence[str] = (),
) -> Plan:
    """The plan. `named` is a generated task, or the files of a `task` that has data. InputError where it cannot be."""
    names = _cells(cells)
    if not named:
        raise InputError(f"name what is raced on: a generated task ({', '.join(GENERATED)}), or DATA and their --task")
    every = tuple(range(seed, seed + seeds))
    common: dict[str, Any] = {"seeds": every, "named": tuple(named), "words": tuple(words)}
    if task is None and len(named) == 1 and named[0].partition(":")[0] in GENERATED:
        kind = raced_task(named[0])
        _refuse_length(kind, named[0])
        own = kind.solved if solved is None else _checked(solved, kind)
        needs = kind.needs(DataOptions(), kind.encoding())
        wanted = parameters or _own_size(named[0], needs)
        sizes = _sizes(names, wanted, named[0], needs)
        search = _search(kind, lengths, longest)
        return Plan(
            named[0], kind, (), {}, wanted, sizes, max_steps=max_steps or kind.raced_steps, search=search, solved=own,
            gentle=gentle, **common,
        )  # fmt: skip
    for flag, value in (("--lengths", lengths), ("--longest", longest), ("--solved", solved)):
        if value is not None:
            raise InputError(f"{flag} {value}: data have no length that could grow; leave it out")
    if task is None:
        raise InputError(
            f"{named[0]}: race on a generated task ({', '.join(GENERATED)}), or give the --task of these data "
            f"({', '.join(TASKS)})"
        )
    if "-" in named:
        raise InputError("-: every run reads the data anew, and stdin can be read once: name a file")
    require_data(named)
    files = [str(Path(name).absolute()) for name in named]
    given = _absolute(options)
    prepared = find_task(task).prepare(files, typed(DataOptions, dict(given)), seed)
    if prepared.validation is None:
        raise InputError(f"a race is decided on held-out examples, and there are none: {prepared.why_unheld}")
    wanted = parameters or _own_size(task, prepared)
    sizes = _sizes(names, wanted, task, prepared)
    metric = metric_of(task.partition(":")[0], prepared.loss)
    return Plan(
        named[0], None, tuple(files), given, wanted, sizes, max_steps=max_steps, search=None, solved=None, gentle=False,
        metric=metric, of_data=task, simple=_simple_answer(prepared, metric), **common,
    )  # fmt: skip


def _checked(solved: float, kind: Synthetic) -> float:
    """The score that counts as done. InputError where a guess has it, or nothing can."""
    beyond = (solved - kind.chance) / (kind.perfect - kind.chance)
    if not 0 < beyond <= 1:
        raise InputError(
            f"--solved {solved:g}: the {kind.scored} runs from {kind.chance:.4g}, which is chance, to {kind.perfect:g}; "
            "name a score beyond chance"
        )
    return solved


def _cells(text: str) -> list[str]:
    cells = [matched(part.strip(), CELLS) for part in text.split(",")]
    for cell in cells:
        if cell not in CELLS:
            raise InputError(f"--cells {text}: the cells are {', '.join(CELLS)}")
    if len(set(cells)) != len(cells):
        raise InputError(f"--cells {text}: name each cell once")
    return cells


def _sizes(cells: Sequence[str], wanted: int, task: str, needs: Needs) -> Any:
    return tuple(size_for(cell, wanted, configure({"task": task, "cell": cell}), needs) for cell in cells)


def _own_size(task: str, needs: Needs) -> int:
    """The parameters of the network that rnn train makes where nothing is said."""
    return blueprint_of(configure({"task": task}), needs).parameter_count


def _simple_answer(prepared: Prepared, metric: str) -> Trivial | None:
    """The best one that has a score of this name."""
    found = (one for one in make_up(prepared).baselines if metric in one.scores)
    return next((Trivial(one.how, one.scores[metric]) for one in found), None)


def _refuse_length(kind: Synthetic, text: str) -> None:
    name = kind.lengthened_by
    if any(part.partition("=")[0].strip() == name for part in text.partition(":")[2].split(",")):
        raise InputError(f"{text}: {name} is what a race makes longer; --lengths says which are tried")


def _search(kind: Synthetic, lengths: str | None, longest: int | None) -> Search:
    least = kind.shortest
    if lengths is None:
        most = longest or max(LONGEST, least)
        if not least <= most <= LARGEST:
            raise InputError(f"--longest {most}: {kind.lengthened_by} runs from {least} to {LARGEST:,}")
        return Search(min(max(FIRST, least), most), most, least)
    if longest is not None:
        raise InputError("--lengths says which lengths are tried: leave --longest out")
    try:
        wanted = tuple(sorted({int(part) for part in lengths.split(",")}))
    except ValueError:
        raise InputError(f"--lengths {lengths}: give whole numbers with commas between them, as in 10,20,40") from None
    for one in wanted:
        if not least <= one <= LARGEST:
            raise InputError(f"--lengths {one}: {kind.lengthened_by} runs from {least} to {LARGEST:,}")
    return Search(wanted[0], wanted[-1], least, wanted)


def _absolute(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that are no defaults, files among them by their whole paths: workers may stand in another folder."""
    given = {name: value for name, value in options.items() if value != getattr(DataOptions(), name)}
    held_out = validation_files(typed(DataOptions, dict(options)))
    if held_out:
        given["validation"] = ",".join(str(Path(name).absolute()) for name in held_out)
    return given


def cache_folder(plan: Plan) -> Path:
    """Where the runs of a race are kept that was told no folder: named by all that fixes them, and the version."""
    said = dumps([__version__, plan.to_json()], sort_keys=True)
    kind = (plan.task if plan.kind is None else plan.kind.name).rpartition("/")[2]
    name = f"{''.join(c if c.isalnum() else '-' for c in kind)[:40]}-{sha256(said.encode()).hexdigest()[:12]}"
    return caches() / "race" / name


def caches() -> Path:
    """The folder of what can be made again."""
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "rnn" / "cache"
    own = os.environ.get("XDG_CACHE_HOME")
    return (Path(own) if own and Path(own).is_absolute() else Path.home() / ".cache") / "rnn"
