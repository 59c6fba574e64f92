"""What a race trains: the cells at their sizes, the seeds, the lengths, and each run as a job.

All cells have the same seeds, and so the same examples in the same order, and what rnn train takes for the task where
nothing is said: learning rate, first bias of the gate that keeps, and the rest. Where `gentle`, a run on a longer task begins with the weights that its cell learnt
from the same seed at the longest length that it held, else with new ones. Hardly any cell learns the parity of twenty
bits from nothing: what then breaks is the search for weights, and not what the cell can do with good ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rnn_cli.jobs.job import Job, Outcome, contents
from rnn_cli.jobs.work import file_of
from rnn_cli.race.scores import Scores
from rnn_cli.race.search import Search
from rnn_cli.race.sizes import Size
from rnn_cli.tasks.synthetic import Synthetic, Trivial
from rnn_cli.training.measure import ACCURACY

EVAL_EVERY = 100
"""Steps between two looks at whether a run has learnt its task."""

ENOUGH = 0.98
"""A run ends early once its score has come so far from chance to the best."""


@dataclass(frozen=True, eq=False)
class Plan:
    """A race.

    task      as the person named it
    kind      the generated task; None where DATA are raced on, which have no length
    data      the files, as absolute paths, and `options`: how they are read
    wanted    the parameters that each network should have
    sizes     each cell with its hidden units, in the order in which they were asked for
    search    which lengths are tried; None of DATA
    of_data   the task of DATA
    metric    the name of the scores
    simple    of DATA the best simple answer, on the examples that the first seed holds out; None where there is none
    named     the task or all files as they were named
    words     the options as they were given, but for the files that are written
    solved    the score from which on the task counts as done; None of DATA
    """

    task: str
    kind: Synthetic | None
    data: tuple[str, ...]
    options: Mapping[str, Any]
    wanted: int
    sizes: tuple[Size, ...]
    seeds: tuple[int, ...]
    max_steps: int | None
    search: Search | None
    solved: float | None
    gentle: bool
    metric: str = ACCURACY
    of_data: str = ""
    simple: Trivial | None = None
    named: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def job(
        self, size: Size, length: int | None, seed: int, start: int | None, folder: Path, parent: str | None
    ) -> Job:
        """The run of a cell at a length from a seed. `start` is the length whose weights it begins with, those of the run
        `parent`; None: new ones."""
        given: dict[str, Any] = {"cell": size.cell, "hidden_size": size.hidden_size, "seed": seed}
        if self.max_steps is not None:
            given["max_steps"] = self.max_steps
        name = name_of(size.cell, length, start, seed)
        if self.kind is None or length is None:
            return Job(name, self.of_data, given, self.data, dict(self.options))
        given["eval_every"] = EVAL_EVERY
        if parent is not None:
            given["init"] = str(file_of(folder, parent))
        return Job(name, self.kind.of_length(length).text, given, **self.enough(length))

    def enough(self, length: int) -> dict[str, Any]:
        """The score with which a run ends early, as a job has it."""
        assert self.kind is not None
        one = self.kind.of_length(length)
        score = one.chance + ENOUGH * (one.perfect - one.chance)
        return {"enough_loss" if one.scored == "loss" else "enough": score}

    @property
    def more_is_better(self) -> bool:
        """Whether a larger score is a better one."""
        return self.metric == ACCURACY if self.kind is None else self.kind.more_is_better

    def chance(self, length: int | None) -> float | None:
        """What the best answer scores at a length that reads nothing; None of DATA."""
        return None if self.kind is None or length is None else self.kind.of_length(length).chance

    def trivial(self, length: int | None) -> Trivial | None:
        """The simple answer at a length, or to DATA."""
        return self.simple if self.kind is None or length is None else self.kind.of_length(length).trivial()

    def scores(self, outcomes: Sequence[Outcome]) -> Scores:
        """Those of one length, by seed."""
        by_loss = self.kind is not None and self.kind.scored == "loss"
        values = tuple(one.loss if by_loss else one.value for one in outcomes)
        return Scores(values, tuple(one.step for one in outcomes), self.more_is_better)

    def to_json(self) -> dict[str, Any]:
        """All that fixes what each run computes: the cache folder has its name from this. Which lengths are tried does not,
        so that a race goes on in the folder of one that tried fewer."""
        return {
            "task": self.of_data if self.kind is None else self.kind.text,
            "data": {name: contents(name) for name in self.data},
            "options": dict(self.options),
            "parameters": self.wanted,
            "max_steps": self.max_steps,
        }


def name_of(cell: str, length: int | None, start: int | None, seed: int) -> str:
    """The name of a run and of its files."""
    led = "" if start is None else f"-from-{start}"
    return f"{cell}-seed{seed}" if length is None else f"{cell}-{length}{led}-seed{seed}"
