"""The gradient's path in brief: verdict, rows that matter and flat units before everything else, and keys that scroll."""

import re

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.core.gradients.flow import LITTLE, saturation
from rnn_cli.documents.gradients import gradients_document
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.session import Session
from tests.support.explore import built, session_of

LONG = "I really do love the NLP course " * 5


def shown(session: Session, height: int = 20) -> list[str]:
    """The screen as lines, by default as high as it is above the tour."""
    return [line.plain.rstrip() for line in screen(session, 80, height).lines]


@pytest.mark.parametrize("cell", CELLS)
def test_the_verdict_the_step_and_the_row_where_it_dies_come_first(cell: str) -> None:
    session = session_of(LONG, built(cell, hidden_size=2))
    session.step(8)
    session.toggle_facts()
    lines = shown(session)
    steps = {row["to_t"]: row for row in gradients_document(session.path)["steps"]}
    assert re.match("vanishing|exploding|stable", lines[3])
    rows = {int(one[1]): one[0] for one in (re.match(r"[› ] +(\d+) \w", line) for line in lines) if one}
    assert {9, 35, 1} <= set(rows)
    assert next(line for line in lines if line.startswith("›")).split()[1] == "9"
    under = session.path.flow.signal.under
    assert under is None or session.path.to_t(under) in rows
    for t in rows:
        line = next(one for one in lines if re.match(rf"[› ] +{t} \w", one))
        assert float(line.split()[3 if line[0] == "›" else 2]) == pytest.approx(10 ** steps[t]["log10"], rel=1e-3)
    logs = [(row.k, row.log_error if session.path.flow.by_loss else row.log_norm) for row in session.path.flow.rows]
    lost = {session.path.to_t(k) for k, log in logs if log is not None and log < logs[0][1] + np.log(LITTLE)}
    assert {t for t in rows if any(re.match(rf"[› ] +{t} .*under 1%", one) for one in lines)} == lost & set(rows)


def test_why_it_is_so_stands_among_the_first_lines() -> None:
    session = session_of(LONG)
    session.toggle_facts()
    said = " ".join(shown(session, 24)[3:9])
    assert "says exploding, yet the product vanishes: saturation wins over the weights." in said
    assert re.search(r"of the -\S+ decades over 34 steps, W_hh alone accounts for \S+ and saturation for -\S+:", said)
    assert "says exploding" in " ".join(shown(session, 24)[3:7])


@pytest.mark.parametrize("cell", CELLS)
def test_a_reason_stands_there_whole_or_not_at_all(cell: str) -> None:
    session = session_of(LONG, built(cell, hidden_size=2))
    session.toggle_facts()
    for width in (48, 60, 80):
        lines = [line.plain.rstrip() for line in screen(session, width, 24).lines]
        assert [
            line for line in lines[3:20] if line.endswith("…") and not line.endswith(", …")
        ] == []  # a list may go on


def test_the_flattest_units_of_the_step_are_named() -> None:
    session = session_of("I really do love the NLP course")
    session.step(5)
    session.toggle_facts()
    h = session.world.trace.at(0, "forward", 6).state.h
    order = np.argsort(-(h**2))
    line = next(one for one in shown(session) if one.startswith("saturated at step 6"))
    assert re.findall(r"unit (\d+) ([\d.]+)%", line) == [(str(k + 1), f"{100 * h[k] ** 2:.1f}") for k in order]
    assert f"step 6: {100 * np.mean(h**2):.1f}%" in line
    session = session_of(model=built("lstm", hidden_size=40))
    session.toggle_facts()
    step = session.world.trace.at(0, "forward", 1)
    line = next(one for one in shown(session) if one.startswith("saturated"))
    assert f"step 1: {100 * saturation(step):.1f}%" in line
    unit, gate, share = re.findall(r"unit (\d+) \S+ \((\w) ([\d.]+)%", line)[0]
    slope = step.value(gate)[int(unit) - 1]
    flat = slope**2 if gate == "g" else (2 * slope - 1) ** 2
    assert float(share) == pytest.approx(100 * flat, abs=0.051)


@pytest.mark.parametrize("page", [Session.help, Session.toggle_facts])
def test_pages_and_ends_scroll_what_stands_in_place_of_the_map(page: object) -> None:
    session = session_of()
    page(session)  # type: ignore[operator]
    first = shown(session)
    session.layer(-1)
    second = shown(session)
    end = next(k for k, line in enumerate(first) if line.startswith("… "))
    assert [line for line in first[3:end] if line and line in second[3:end]] == []
    session.layer(1)
    assert shown(session) == first
    session.edge(1)
    assert "… the end; above: Up, PgUp, Home; back: Escape" in shown(session)
    session.edge(-1)
    assert (shown(session), session.cursor.t) == (first, 1)
    page(session)  # type: ignore[operator]
    session.edge(1)
    assert session.cursor.t == session.world.length


def test_a_step_without_a_row_is_told_with_the_nearest() -> None:
    session = session_of("I love " * 105)
    session.toggle_facts()
    steps = {session.path.to_t(row.k) for row in session.path.flow.rows}
    t = next(t for t in range(2, 210) if t not in steps)
    session.place(t)
    said = f"› step {t} lies between rows that were computed; the nearest is "
    line = next(one for one in shown(session) if one.startswith(said))
    assert abs(int(line.removeprefix(said)) - t) == min(abs(one - t) for one in steps)


def test_the_page_names_keys_where_the_command_has_options() -> None:
    session = session_of(model=built("lstm", num_layers=2, bidirectional=True))
    session.toggle_facts()
    lines = shown(session, 200)
    said = "\n".join(lines[: next(k for k, one in enumerate(lines) if one.startswith("Next "))])
    assert "PgDn on the map or d shows another" in said
    before = session.path.run_name
    session.other_direction()
    session.toggle_facts()
    session.layer(-1)
    session.toggle_facts()
    assert (before, session.path.run_name) == ("layer 1, forward run", "layer 0, backward run")
    for option in set(re.findall(r"--[a-z][a-z-]*", said)):
        assert re.search(rf"{option}\s+of\s+rnn\s+explore|from {option}|p with {option}", said), option
