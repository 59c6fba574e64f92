"""rnn race: the page, the document and the figure of a race, what is said while it runs, and how it is stopped."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rnn_cli.front.presenting import document, figure, page
from rnn_cli.jobs.engine import Engine, open_engine
from rnn_cli.output.emit import emit
from rnn_cli.output.race import follow_race
from rnn_cli.output.signals import Signals
from rnn_cli.race.left import seconds_left
from rnn_cli.race.plan import Plan
from rnn_cli.race.result import RaceResult, Why
from rnn_cli.race.run import Race
from rnn_cli.race.setup import CELLS_RACED, LONGEST, plan_for
from rnn_cli.tasks import GENERATED, raced_task, synthetic
from rnn_cli.tasks.synthetic import Synthetic
from rnn_cli.views.race import race_notice
from rnn_cli.views.race_live import duration, live_race
from tests.conftest import Command
from tests.support.executors import here
from tests.support.races import adding_race, lane_of, parity_race, recall_race
from tests.support.schemas import validate

RACES: dict[str, Callable[[], RaceResult]] = {"recall": recall_race, "parity": parity_race, "adding": adding_race}
SMALL = ("--parameters", "150", "--max-steps", "2", "--seeds", "1", "--cells", "rnn,mingru")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Runs are computed in this process; their names."""
    names: list[str] = []
    own = partial(open_engine, seats=here(names.append))
    monkeypatch.setattr("rnn_cli.jobs.engine.open_engine", lambda folder, *others: own(folder))
    monkeypatch.setattr(synthetic, "VALIDATION", 100)  # its thousand examples take most of the time of so short a run
    return names


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", RACES)
def test_page(
    name: str, width: int, golden: Callable[[str, str], None], capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    result = RACES[name]()
    emit(lambda: page(result, 4), lambda: document(result))
    golden(f"race-{name}-{width}", capsys.readouterr().out)


@pytest.mark.parametrize(("seeds", "says"), [(1, "seed 5,"), (2, "seeds 5 and 6,"), (3, "seeds 5 to 7,")])
def test_the_seeds_of_a_page_are_those_of_its_runs(seeds: int, says: str, capsys: Any) -> None:
    plan = plan_for(["recall"], options={}, cells="rnn", seeds=seeds, seed=5)
    lane = lane_of(plan, "rnn", {4: [0.25, None, 0.5][:seeds]})
    result = RaceResult(plan, (lane,), "runs")
    emit(lambda: page(result, 4), lambda: document(result))
    shown = capsys.readouterr().out
    (row,) = (line for line in shown.splitlines() if " in 100" in line)
    assert says in shown
    assert re.split(" {2,}", row.strip()) == ["rnn", "4", *["0.25 in 100", "failed", "0.50 in 100"][:seeds]]


@pytest.mark.parametrize("name", RACES)
def test_the_document_has_every_score(name: str) -> None:
    result = RACES[name]()
    found: Any = json.loads(json.dumps(document(result)))
    validate(found)
    for lane, made in zip(found["lanes"], result.lanes, strict=True):
        assert {one["length"]: tuple(one["scores"]) for one in lane["lengths"]} == {
            at: scores.values for at, scores in made.points.items()
        }
        assert [one["length"] for one in lane["lengths"]] == sorted(one["length"] for one in lane["lengths"])
        held = [one["length"] for one in lane["lengths"] if not one["held"]]
        assert lane["breaks_at"] == min(held, default=None)


def test_breaks_are_where_an_interval_reaches_below() -> None:
    rnn, gru, mingru = document(recall_race())["lanes"]
    assert (rnn["breaks_at"], rnn["holds"]) == (13, 11)  # 0.9, 0.2 and 1.0: their mean alone would hold
    assert (gru["breaks_at"], mingru["holds"]) == (None, 128)
    lstm, without = document(parity_race())["lanes"]
    assert (lstm["breaks_at"], without["breaks_at"], without["lengths"][1]["mean"]) == (None, 4, None)
    ended, still = document(adding_race())["lanes"]
    assert (ended["breaks_at"], still["ended"]) == (8, False)


def test_the_figure_has_a_curve_a_cell_and_the_lines_to_hold_it_against() -> None:
    drawn = figure(recall_race())
    curves = {one.label: one for one in drawn.panels[0].curves}
    assert list(curves) == ["rnn", "gru", "mingru", "chance", "solved"]
    assert list(curves["rnn"].x) == [4, 8, 11, 13, 16]
    assert curves["rnn"].singles[-3:] == [(16, 0.3), (16, 0.125), (16, 0.5)]
    assert all(low >= 0 and high <= 1 for low, high in filter(None, curves["rnn"].ends))
    assert set(curves["chance"].y) == {1 / 8}
    assert drawn.doubling
    by_loss = {one.label: one for one in figure(adding_race()).panels[0].curves}
    trivial = raced_task("adding").trivial()
    assert trivial is not None
    assert by_loss[trivial.says].y == pytest.approx([1 / 12, 1 / 12])


def test_figures_are_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    from rnn_cli.plots.draw import save_plots

    save_plots([str(tmp_path / "race.svg")], figure(recall_race()))
    text = (tmp_path / "race.svg").read_text(encoding="utf-8")
    assert all(name in text for name in ("mingru", "chance", "solved", "128"))


def test_signs_that_no_font_has_are_said(
    call: Command, tmp_path: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("rnn_cli.plots.draw.families", lambda words: (["DejaVu Sans"], "\u6211"))
    drawn = ("--out", str(tmp_path / "runs"), "--plot", str(tmp_path / "race.png"))
    said = call("race", "parity", "--lengths", "1", *SMALL, *drawn).stderr
    assert "--plot: no font of this machine has \u6211" in said


def test_the_command_runs_a_race_and_goes_on_with_it(call: Command, tmp_path: Path, ran: list[str]) -> None:
    folder = str(tmp_path / "runs")
    first = call("race", "parity", "--lengths", "2,3", *SMALL, "--out", folder)
    assert first.code == 0, first.stderr
    assert len(ran) == 4
    assert first.stderr.count("after 2 steps") == 4
    assert folder in first.stdout
    assert json.loads((tmp_path / "runs" / "race.json").read_text()) == {
        "format": "rnn.race-plan/1", "task": raced_task("parity").text, "parameters": 150, "max_steps": 2
    }  # fmt: skip
    said = " ".join(first.stdout.split())  # the runs of that folder have 2 steps: those of 4 are kept elsewhere
    assert "rnn race parity --cells rnn,mingru --parameters 150 --seeds 1 --lengths 2,3 --max-steps 4 more" in said
    assert "No cell held its first length, 2, in 2 steps:" in said
    assert "--from-scratch" not in said  # nothing was led: it would compute the same again
    assert "after 2 steps" not in call("race", "parity", "--lengths", "2,3", *SMALL, "--out", folder).stderr
    again = call("race", "parity", "--lengths", "2,3", *SMALL, "--out", folder, "--json")
    assert (again.stderr, len(ran)) == ("", 4)
    found = validate(again.document())
    assert [one["cell"] for one in found["lanes"]] == ["rnn", "mingru"]
    assert (found["parameters"], found["seeds"], found["max_steps"]) == (150, [0], 2)
    other = call("race", "parity", "--lengths", "2,3", *SMALL, "--parameters", "200", "--out", folder)
    assert (other.code, other.stderr.splitlines()[0].endswith("name another folder")) == (2, True)


def test_a_race_is_not_run_in_a_folder_of_something_else(
    call: Command, tmp_path: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    race = ("race", "parity", "--lengths", "2", *SMALL)
    sweep = ("sweep", "--task", "parity:length=2", "--grid", "hidden-size=2", "--seeds", "1", "--max-steps", "1")
    Path("mine").mkdir()
    Path("mine/notes.txt").write_text("of my own")
    Path("file").write_text("of my own")
    assert call(*sweep, "--out", "swept").code == 0
    for folder in ("mine", "file", "swept"):
        before = [(one, one.stat().st_mtime_ns) for one in sorted(Path(folder).rglob("*"))]
        refused = call(*race, "--out", folder)
        said = f"{folder}: is there and holds something else; name a folder of its own"
        assert (refused.code, said in refused.stderr) == (2, True)
        assert [(one, one.stat().st_mtime_ns) for one in sorted(Path(folder).rglob("*"))] == before
    done = len(ran)
    assert call(*race, "--out", "raced").code == call(*race).code == 0
    [cache] = Path("cache/rnn/race").iterdir()
    for begun in ("raced", str(cache)):
        assert call(*sweep, "--out", begun).code == 2
    Path("raced/race.json").unlink()
    Path(f"raced/.race.json.{'0a' * 8}.tmp").touch()  # killed while it wrote that
    assert (call(*race, "--out", "raced").code, len(ran) - done) == (0, 4)
    assert sorted(one.name for one in Path("raced").iterdir()) == ["race.json", "runs", "runs.jsonl", "session"]
    Path("raced/race.json").write_text("{}")
    damaged = call(*race, "--out", "raced")
    assert (damaged.code, "the plan of a race, damaged" in damaged.stderr) == (2, True)


def test_without_out_the_runs_are_kept_in_a_cache_that_is_named(
    call: Command, tmp_path: Path, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    line = ("race", "parity", "--lengths", "1", *SMALL)
    assert str(tmp_path / "rnn" / "race" / "parity-") in call(*line).stdout
    assert len(ran) == 2
    assert call(*line, "--solved", "0.9").code == 0
    assert len(ran) == 2
    call(*line, "--max-steps", "3")
    assert len(ran) == 4


def test_what_is_done_is_kept_and_shown_when_a_race_is_stopped(tmp_path: Path, capsys: Any) -> None:
    plan = plan_for(["parity"], options={}, lengths="2,3", parameters=150, max_steps=2, seeds=2, cells="rnn")
    come = Signals()

    def stopped(name: str) -> None:
        come.asked.stop = name == "rnn-2-seed1"

    with open_engine(tmp_path, seats=here(stopped)) as engine:
        race = Race(plan, engine)
        assert follow_race(race, come, quiet=False, no_color=True) == []
    assert not race.ended
    assert "rnn-2-seed0: " in capsys.readouterr().err
    assert document(race.result())["lanes"][0]["ended"] is False


def test_a_live_table_says_what_is_tried_and_about_how_long_it_takes(tmp_path: Path) -> None:
    plan = plan_for(["parity"], options={}, longest=8, parameters=150, max_steps=2, seeds=1, cells="rnn,gru")

    def drawn(race: Race) -> str:
        console = Console(width=100, record=True, file=None, quiet=False, force_terminal=False)
        with console.capture() as caught:
            console.print(live_race(race, 12.5))
        return caught.get()

    with open_engine(tmp_path, seats=here()) as engine:
        race = Race(plan, engine)
        texts = [(drawn(race), seconds_left(race, 1)) for _ in race.run()]
    assert "0 of 1" in texts[0][0]
    assert texts[0][1] is None  # no run of the gru has ended
    assert " left" in texts[2][0]
    assert seconds_left(race, 1) == 0
    assert [duration(seconds) for seconds in (0.2, 89, 91, 7200)] == ["1 s", "89 s", "2 min", "2.0 h"]


def test_engines_say_what_they_meet(tmp_path: Path, capsys: Any) -> None:
    plan = plan_for(["parity"], options={}, lengths="2", parameters=150, max_steps=2, seeds=1, cells="rnn")

    def engine_of(engine: Engine) -> Race:
        engine.said.append("a worker died")
        return Race(plan, engine)

    with open_engine(tmp_path, seats=here()) as engine:
        assert follow_race(engine_of(engine), Signals(), quiet=True, no_color=True) == ["a worker died"]
    assert capsys.readouterr().err == ""


def test_a_validation_file_is_named_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "text\tlabel\n" + "".join(f"word {k}\t{'ab'[k % 2]}\n" for k in range(12))
    for name in ("here.tsv", "held-out.tsv"):
        (tmp_path / name).write_text(rows)
    monkeypatch.chdir(tmp_path)
    plan = plan_for(["here.tsv"], task="classify", options={"validation": "held-out.tsv"}, cells="rnn", parameters=900)
    assert plan.options == {"validation": str(tmp_path / "held-out.tsv")}
    assert plan.data == (str(tmp_path / "here.tsv"),)
    shared = plan_for(["here.tsv"], task="classify", options={"validation": "0.5"}, cells="rnn", parameters=900)
    assert shared.options == {"validation": "0.5"}


def test_no_result_is_written_over_the_data(call: Command, tmp_path: Path) -> None:
    data = tmp_path / "words.txt"
    data.write_text("so many words\n" * 9)
    result = call("race", str(data), "--task", "lm", "--save", str(data))
    assert (result.code, "is what the command reads" in result.stderr) == (2, True)


@cache
def plan_of(cells: str) -> Plan:
    """A race of these cells on parity, of one seed."""
    return plan_for(["parity"], options={}, cells=cells, lengths="2,3,4", seeds=1)


@given(
    st.lists(st.lists(st.sampled_from([0.3, 0.8, 1.0]), min_size=3, max_size=3), min_size=1, max_size=3), st.booleans()
)
def test_the_notice_is_true_of_every_outcome(scores: list[list[float]], why: bool) -> None:
    """Each row has a cell's scores at lengths 2, 3 and 4, of one seed; 0.75 is solved."""
    cells = ["rnn", "lstm", "mingru"][: len(scores)]
    plan = plan_of(",".join(cells))
    measured = Why(3, 1.5, 2, 0.5, 0.1, -1.0, -0.2) if why else None
    lanes = [
        lane_of(plan, cell, dict(zip((2, 3, 4), [(one,) for one in row], strict=True)), measured)
        for cell, row in zip(cells, scores, strict=True)
    ]
    text = " ".join(race_notice(RaceResult(plan, tuple(lanes), "runs")).split())
    breaks = {one.size.cell: one.bracket.breaks_at for one in lanes}
    for cell, at in breaks.items():
        solved = [length for length, value in zip((2, 3, 4), scores[cells.index(cell)], strict=True) if value < 0.75]
        assert at == min(solved, default=None)
        assert cell in text
    broken = sorted(at for at in breaks.values() if at is not None)
    holds = [cell for cell, at in breaks.items() if at is None]
    assert ("no cell breaks" in text) == (not broken)
    assert ("4, the longest that was tried" in text) == bool(holds)
    if broken:
        assert f"at {broken[0]}" in text
        first = [cell for cell, at in breaks.items() if at == broken[0]]
        subject = text.split(" break")[0]
        assert [cell for cell in cells if cell in subject.replace("the ", "").replace(",", "").split()] == first
    assert ("error" in text) == bool(why and broken)


def notice_of(points: Mapping[int, tuple[float, ...]], why: Why | None = None) -> tuple[str, str]:
    """The Notice, and the whole page, of a race of the rnn on parity at these lengths, with 0.75 for solved."""
    lengths = ",".join(str(at) for at in points)
    plan = plan_for(["parity"], options={}, cells="rnn", lengths=lengths, seeds=len(next(iter(points.values()))))
    result = RaceResult(plan, (lane_of(plan, "rnn", dict[int | None, tuple[float, ...]](points.items()), why),), "runs")
    return race_notice(result), drawn(page(result, 4))


def test_a_break_by_the_interval_alone_is_said_to_be_one() -> None:
    text = notice_of({2: (1.0, 1.0), 3: (0.8, 1.0)})[0]
    assert "Every score of rnn at 3 is above 0.75, and so is the mean; of 2 seeds the interval is wide" in text
    assert "Every score" not in notice_of({2: (1.0, 1.0), 3: (0.7, 1.0)})[0]
    assert "Every score" not in notice_of({2: (1.0, 1.0), 3: (1.0, 1.0)})[0]


def test_what_goes_on_computes_something_new() -> None:
    led, unlearnt = "--from-scratch", "--max-steps 2000"
    for points, offers in (
        ({2: (1.0,), 3: (0.5,)}, (True, False)),
        ({2: (1.0,)}, (False, False)),
        ({2: (0.5,), 3: (0.5,)}, (False, True)),
        ({2: (0.5,), 3: (1.0,), 4: (1.0,)}, (True, True)),
    ):
        text, whole = notice_of(points)
        assert (led in whole, unlearnt in whole) == offers
        assert ("No cell held its first length, 2, in 1,000 steps" in text) == offers[1]


@pytest.mark.parametrize(
    ("steps", "reach", "whole", "said", "row"),
    [
        (1, 1, 1.0, "reaches the only step.", "1 of 1 "),
        (3, 3, 1.0, "reaches all 3 steps.", "3 of 3 "),
        (3, 2.97, 0.5, "reaches all 3 steps in some of the examples, not in all.", "3.0 of 3 "),
        (1, 1, 0.0, "goes back 1 of 1 step before it is under 1%.", "1 of 1 "),
    ],
)
def test_how_far_an_error_reaches_is_said_as_it_was_measured(
    steps: int, reach: float, whole: float, said: str, row: str
) -> None:
    text, page_of_it = notice_of({2: (1.0,), 4: (0.5,)}, Why(4, reach, steps, whole, 0.1, None, 0.1))
    assert text.endswith(f" At 4 the rnn's error {said}")
    assert row in page_of_it


def test_a_race_on_data_has_no_column_of_lengths(tmp_path: Path) -> None:
    data = tmp_path / "here.tsv"
    data.write_text("text\tlabel\n" + "".join(f"word {k}\t{'ab'[k % 2]}\n" for k in range(12)))
    plan = plan_for([str(data)], task="classify", options={}, cells="rnn", parameters=900, seeds=2)
    lane = lane_of(plan, "rnn", {None: (0.6, 0.7)}, Why(None, 2.5, 4, 0.5, 0.1, None, -0.2))
    [head] = [one.split() for one in drawn(page(RaceResult(plan, (lane,), "runs"), 4)).splitlines() if " λ_1" in one][
        :1
    ]
    assert head == ["cell", "error", "reaches", "flat", "λ_1"]


def test_a_page_says_that_each_run_trains_to_its_own_length() -> None:
    assert "Examples of training have any length from 1 to that of their run." in notice_of({2: (1.0,), 4: (1.0,)})[1]


def test_where_no_cell_breaks_the_page_goes_on_to_longer_ones() -> None:
    words = ("--cells", "rnn", "--longest", "8", "--seeds", "1")
    plan = plan_for(["parity"], options={}, cells="rnn", longest=8, seeds=1, words=words)
    held = RaceResult(plan, (lane_of(plan, "rnn", {4: (1.0,), 8: (1.0,)}),), "runs")
    text = drawn(page(held, 4))
    assert "rnn race parity --cells rnn --seeds 1 --longest 16 " in text
    assert "no cell breaks: rnn holds 8, the longest that was tried" in text
    assert "Why is not measured" in text
    assert "Why is not measured" not in drawn(page(adding_race(), 4))  # that race is not at its end


def drawn(parts: Any) -> str:
    """What a wide terminal shows."""
    console = Console(width=200)
    with console.capture() as caught:
        for part in parts:
            console.print(part)
    return caught.get()


def test_the_help_says_the_defaults_that_a_race_takes(call: Command) -> None:
    words = " ".join(call("race", "-h").stdout.split())
    assert f"The length that is not gone beyond. [default: {LONGEST}]" in words
    steps = {name: raced_task(name).raced_steps for name in GENERATED}
    usual = Synthetic.raced_steps
    others = "".join(f", {name}: {most}" for name, most in steps.items() if most != usual)
    assert f"Of a run, at most. [default: {usual}{others}; DATA: as training]" in words
    assert f"[default: {CELLS_RACED}]" in words
    one_number = raced_task("adding").solved
    assert f"[default: half-way between chance and the best, of adding {one_number:.4f}]" in words
    tasks = {name: raced_task(name) for name in GENERATED}
    half_way = {name for name, one in tasks.items() if one.solved == (one.chance + one.perfect) / 2}
    assert half_way == {*GENERATED} - {"adding"}
    plan = plan_for(["recall"], options={})
    assert ",".join(one.cell for one in plan.sizes) == CELLS_RACED
    assert (plan.search and plan.search.longest) == LONGEST
    assert {name: plan_for([name], options={}, cells="rnn").max_steps for name in GENERATED} == steps
