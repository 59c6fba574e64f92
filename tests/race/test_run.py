"""A race from its plan to its result: with runs that are computed at once, in the process of the test."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.documents.race import race_document
from rnn_cli.errors import InputError
from rnn_cli.jobs.engine import open_engine
from rnn_cli.jobs.work import file_of
from rnn_cli.models.load import load_model
from rnn_cli.race.plan import Plan
from rnn_cli.race.run import Race
from rnn_cli.race.setup import cache_folder, plan_for
from rnn_cli.tasks import GENERATED, TASKS, find_task, raced_task
from rnn_cli.training.config import all_defaults
from tests.support.executors import here
from tests.support.schemas import validate
from tests.support.trained import RUNS, first_lines

SMALL: dict[str, Any] = {"options": {}, "parameters": 150, "max_steps": 4, "seeds": 2, "cells": "rnn,mingru"}


ALWAYS, NEVER = 0.0, 1.01
"""Scores that every length holds, or none: a command line is refused them."""


def raced(plan: Plan, folder: Path, ran: list[str], stop_after: int | None = None) -> Race:
    """A race that is run to its end, or stopped after so many outcomes; `ran` are the names of runs that were computed."""
    with open_engine(folder, seats=here(ran.append)) as engine:
        race = Race(plan, engine)
        for outcome in race.run():
            if outcome is not None and len(race.outcomes) == stop_after:
                engine.stop()
    return race


def document(race: Race) -> Any:
    """What --json has of it, held against the schema."""
    found = race_document(race.measured() if race.ended else race.result())
    validate(found)
    return found


def test_a_race_that_is_stopped_goes_on_and_gives_the_same(tmp_path: Path) -> None:
    plan = replace(plan_for(["parity"], lengths="2,3", **{**SMALL, "cells": "rnn"}), solved=ALWAYS)
    alone: list[str] = []
    whole = document(raced(plan, tmp_path / "whole", alone))
    first: list[str] = []
    race = raced(plan, tmp_path / "parts", first, stop_after=3)
    part = document(race)
    assert not part["ended"]
    assert all(one["why"] is None for one in part["lanes"])
    second: list[str] = []
    assert document(raced(plan, tmp_path / "parts", second)) == whole
    assert sorted({*first} | {*second}) == sorted(alone)
    assert len(alone) == 4  # two lengths, two seeds
    third: list[str] = []
    assert document(raced(plan, tmp_path / "parts", third)) == whole
    assert third == []


def test_a_longer_task_begins_with_the_weights_of_the_longest_that_was_held(tmp_path: Path) -> None:
    plan = plan_for(["parity"], lengths="2,3,4", **{**SMALL, "max_steps": 1, "cells": "rnn"})
    plan = replace(plan, solved=ALWAYS)
    race = raced(plan, tmp_path, [])
    [lane] = race.lanes
    assert lane.names[4] == {0: "rnn-4-from-3-seed0", 1: "rnn-4-from-3-seed1"}
    weights = [load_model(str(file_of(tmp_path, lane.names[at][1]))).network.parameters.flat for at in (3, 4)]
    assert 0 < np.abs(weights[0] - weights[1]).max() < 0.01  # one step of Adam away
    short = plan_for(["parity"], lengths="2,3", **{**SMALL, "max_steps": 1, "cells": "rnn"})
    never = replace(short, solved=NEVER)
    assert raced(never, tmp_path, []).lanes[0].names[3] == {0: "rnn-3-seed0", 1: "rnn-3-seed1"}
    new = replace(short, solved=ALWAYS, gentle=False)
    assert raced(new, tmp_path, []).lanes[0].names[3] == {0: "rnn-3-seed0", 1: "rnn-3-seed1"}


def test_a_run_ends_when_it_has_learnt_its_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnn_cli.race.plan.EVAL_EVERY", 10)
    given = {**SMALL, "parameters": 500, "max_steps": 60, "cells": "rnn", "seeds": 1}
    plan = plan_for(["recall:classes=2,noise=1"], lengths="1", **given)
    [lane] = document(raced(plan, tmp_path, []))["lanes"]
    assert lane["lengths"][0]["scores"][0] >= 0.99
    assert lane["lengths"][0]["steps"][0] < 60
    assert lane["breaks_at"] is None


def test_numbers_are_scored_by_their_loss(tmp_path: Path) -> None:
    plan = plan_for(["adding"], lengths="2", **{**SMALL, "cells": "rnn", "seeds": 1})
    race = raced(plan, tmp_path, [])
    [lane] = document(race)["lanes"]
    assert lane["lengths"][0]["scores"] == [race.outcomes[0].loss]
    assert (lane["lengths"][0]["chance"], lane["breaks_at"]) == (pytest.approx(1 / 6), 2)


def test_data_have_one_score_a_cell_and_seed(tmp_path: Path) -> None:
    data = tmp_path / "words.tsv"
    data.write_text("text\tlabel\n" + "".join(f"word {k % 7} is\t{'ab'[k % 7 < 3]}\n" for k in range(60)))
    plan = plan_for([str(data)], task="classify", **{**SMALL, "parameters": 900})
    found = document(raced(plan, tmp_path / "runs", []))
    assert (found["of_data"], found["metric"], found["solved"]) == ("classify", "accuracy", None)
    for lane in found["lanes"]:
        assert [one["length"] for one in lane["lengths"]] == [None]
        assert len(lane["lengths"][0]["scores"]) == 2
        assert lane["breaks_at"] is None
        assert lane["why"]["steps"] == 2
        assert lane["lengths"][0]["trivial"]["score"] == 1  # naive Bayes: the word tells the label
    folder = cache_folder(plan)
    data.write_text(data.read_text().replace("is", "was"))
    assert cache_folder(plan_for([str(data)], task="classify", **{**SMALL, "parameters": 900})) != folder


@pytest.mark.parametrize(
    ("named", "given", "says"),
    [
        (["recal"], {}, "recal: race on a generated task"),
        (["recall:length=20"], {}, "recall:length=20: length is what a race makes longer"),
        (["recall"], {"cells": "rnn,gruu"}, "--cells rnn,gruu: the cells are"),
        (["recall"], {"cells": "rnn,rnn"}, "name each cell once"),
        (["recall"], {"lengths": "10,x"}, "--lengths 10,x: give whole numbers"),
        (["recall"], {"lengths": "99999"}, "--lengths 99999: length runs from 0 to 10,000"),
        (["parity"], {"longest": 20000}, "--longest 20000: length runs from 1 to 10,000"),
        (["parity"], {"solved": 0.5}, "--solved 0.5: the accuracy runs from 0.5, which is chance, to 1"),
        (["parity"], {"solved": 1.5}, "--solved 1.5: the accuracy runs"),
        (["adding"], {"solved": 0.2}, "--solved 0.2: the loss runs from 0.1667, which is chance, to 0"),
        (["adding"], {"solved": -0.1}, "--solved -0.1: the loss runs"),
        (["parity"], {"longest": 20, "lengths": "3"}, "leave --longest out"),
        (["x.tsv"], {"task": "classify", "lengths": "3"}, "--lengths 3: data have no length"),
        (["x.tsv"], {"task": "classify"}, "x.tsv: no such file"),
        ([], {}, "name what is raced on"),
        (["-"], {"task": "classify"}, "stdin can be read once"),
        (["recall", "parity"], {}, "race on a generated task"),
    ],
)
def test_what_cannot_be_raced_is_said(named: list[str], given: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError) as refused:
        plan_for(named, options={}, **given)
    assert says in str(refused.value)


@pytest.mark.parametrize("task", GENERATED)
def test_every_generated_task_can_be_raced(task: str, tmp_path: Path) -> None:
    kind = raced_task(task)
    lengths = f"{kind.shortest + 1},{kind.shortest + 3}"
    given = {**SMALL, "parameters": 2000, "max_steps": 1, "seeds": 1, "cells": "gru"}
    always = ALWAYS if kind.more_is_better else 100.0
    plan = replace(plan_for([task], lengths=lengths, **given), solved=always)
    found = document(raced(plan, tmp_path, []))
    [lane] = found["lanes"]
    assert (lane["holds"], found["lengthened_by"]) == (kind.shortest + 3, kind.lengthened_by)
    assert lane["why"]["length"] == kind.shortest + 3
    assert lane["failures"] == []
    assert lane["why"]["follows"] == ("error" if kind.shape == MANY_TO_ONE else "product")


@pytest.mark.parametrize("task", TASKS)
def test_every_task_with_data_can_be_raced(task: str, tmp_path: Path) -> None:
    given = {**SMALL, "parameters": 9000, "max_steps": 1, "seeds": 1, "cells": "gru"}
    plan = plan_for([first_lines(str(RUNS[task][1]), tmp_path)], task=task, **given)
    [lane] = document(raced(plan, tmp_path / "runs", []))["lanes"]
    assert lane["failures"] == []
    assert lane["lengths"][0]["scores"][0] is not None
    two_ways = find_task(task).writes or all_defaults(task)["bidirectional"].value
    assert (lane["why"] is None) == two_ways  # there is no one way back
