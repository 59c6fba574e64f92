"""Keys that take long: the screen answers, the result comes when it is there, and nobody has to wait for it."""

import asyncio
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from rnn_cli.core.kept import MOST, Kept
from rnn_cli.errors import InputError
from rnn_cli.explore import preload
from rnn_cli.explore.draw.screen import screen
from rnn_cli.explore.keys import KEYS
from rnn_cli.explore.session import Session
from rnn_cli.explore.terminal import page as program
from rnn_cli.explore.terminal.app import Explorer
from rnn_cli.explore.terminal.page import Page
from rnn_cli.explore.work import WIDE, Work, is_big
from tests.explore.test_any_keys import ACTS, ANSWERS
from tests.explore.test_app import drawn, play
from tests.support.command import environment
from tests.support.explore import built, session_of

SIZE = 80, 24
SOON = 10.0
"""Longer than anything here takes; nothing waits so long unless it fails."""


def big(text: str = "I love NLP") -> Session:
    """A session that is wide enough for a thread."""
    session = session_of(text, built("rnn", hidden_size=WIDE + 1))
    assert is_big(session)
    return session


class Gate:
    """A transition that takes until somebody opens it, and what became of it."""

    def __init__(self) -> None:
        self.open, self.begun, self.ended = threading.Event(), threading.Event(), threading.Event()

    def learn(self, session: Session) -> None:
        """In the place of the session's own."""
        self.begun.set()
        try:
            while not self.open.is_set():
                time.sleep(0.001)
            session.message = "learnt"
            session.digits += 1
        finally:
            self.ended.set()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """One in the place of what l does."""
    gate = Gate()
    monkeypatch.setattr(program, "PATIENCE", SOON)
    monkeypatch.setattr(Session, "learn", lambda session: gate.learn(session))
    yield gate
    gate.open.set()


async def until(true: Callable[[], bool]) -> None:
    """Wait for it, while the program runs."""
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def test_the_screen_answers_while_something_is_computed_and_shows_it_when_it_is_there(gate: Gate) -> None:
    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        await pilot.press("l")
        assert re.search(r"computing …( \d+ s)?: Escape", drawn(pilot))
        assert session.digits == 4, "the session stays as it was"
        await pilot.resize_terminal(100, 30)
        assert "computing …" in drawn(pilot)
        gate.open.set()
        await until(lambda: page.work is None)
        assert (session.digits, session.message) == (5, "learnt")
        assert "learnt" in drawn(pilot)
        assert {len(line) for line in drawn(pilot).splitlines()} == {100}

    play(big(), look)


def test_the_line_that_asked_stays_until_its_answer_is_taken_and_the_page_hears_the_keys(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings: list[tuple[int, int]] = []
    monkeypatch.setattr(Session, "edit_text", lambda session, text: gate.learn(session))
    monkeypatch.setattr(program, "screen", lambda *given: drawings.append(given[1:]) or screen(*given))  # type: ignore[func-returns-value]

    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        whole = len(page.shown.lines)
        await pilot.press("e", "x")
        await pilot.pause()
        assert len(page.shown.lines) == whole - 1
        drawings.clear()
        await pilot.press("enter")
        assert "computing …" in drawn(pilot)
        assert (len(page.shown.lines), drawings) == (whole - 1, []), "nothing but what it says is drawn anew"
        await pilot.press("right")
        gate.open.set()
        await until(lambda: session.cursor.t == 2)
        await pilot.pause()
        assert (len(page.shown.lines), session.digits) == (whole, 5)
        gate.open.clear()
        await pilot.press("e", "enter", "escape")
        await pilot.pause()
        assert (page.work, len(page.shown.lines)) == (None, whole)
        assert "left before it was computed" in drawn(pilot)

    play(big(), look)


def test_escape_leaves_it_and_the_thread_ends(gate: Gate) -> None:
    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        await pilot.press("l", "right", "escape")
        assert page.work is None
        assert "left before it was computed" in drawn(pilot)
        await until(gate.ended.is_set)
        assert not gate.open.is_set(), "it did not end by itself"
        await pilot.press("right")
        assert (session.key, session.digits) == ("h[2][1]", 4), "what waited was left too"

    play(big(), look)


def test_keys_typed_at_once_wait_and_later_ones_leave_it(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        await pilot.press("l", "right", "down", "p")
        assert session.key == "h[1][1]"
        gate.open.set()
        await until(lambda: page.work is None)
        assert session.key == "h[2][2]"
        assert "rnn trace" in drawn(pilot)
        gate.open.clear()
        gate.ended.clear()
        await pilot.press("l")
        monkeypatch.setattr(program, "PATIENCE", 0)
        await pilot.press("c")
        await until(gate.ended.is_set)
        await until(lambda: page.work is None)
        assert (session.world.model.network.architecture.cell, session.digits) == ("lstm", 5)

    play(big(), look)


def test_moves_wait_however_often_and_are_done_as_one(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PATIENCE", 0)
    moves: list[tuple[str, int]] = []
    for name in ("step", "down"):
        monkeypatch.setattr(Session, name, lambda session, by, name=name: moves.append((name, by)))

    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        await pilot.press("l", *["right"] * 9, "left", "left", "down", "right")
        assert "computing …" in drawn(pilot)
        gate.open.set()
        await until(lambda: page.work is None and not page._waiting and session.digits == 5)
        assert moves == [("step", 9), ("step", -2), ("down", 1), ("step", 1)]

    play(big(), look)


def test_a_result_that_is_not_wanted_any_more_is_thrown_away(gate: Gate) -> None:
    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        await pilot.press("l")
        work = page.work
        assert work is not None
        gate.open.set()
        assert work.is_done(within=SOON)  # its message is not read before this coroutine waits
        page.stop()
        await pilot.pause()
        assert (session.digits, session.message) == (4, "left before it was computed")

    play(big(), look)


def test_a_key_that_is_held_waits_once_and_one_that_takes_back_leaves(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        await pilot.press(*["l"] * 9)
        gate.open.set()
        await until(lambda: page.work is None)
        assert session.digits == 6
        gate.open.clear()
        monkeypatch.setattr(Session, "toggle_facts", lambda session: gate.learn(session))
        await pilot.press("g", "g")
        assert page.work is None
        assert session.digits == 6

    play(big(), look)


def test_a_refusal_and_a_fault_arrive_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Session) -> None:
        time.sleep(2 * program.GRACE)
        raise InputError("it cannot be")

    monkeypatch.setattr(Session, "learn", refuse)

    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        await pilot.press("l")
        await until(lambda: page.work is None)
        assert "it cannot be" in drawn(pilot)
        assert session.history == []

    play(big(), look)

    def fail(_: Session) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Session, "learn", fail)

    async def press(pilot: Pilot[None], _: Session) -> None:
        await pilot.press("l")

    with pytest.raises(ZeroDivisionError):
        play(big(), press)


def test_quitting_waits_for_nothing(gate: Gate) -> None:
    async def leave(pilot: Pilot[None], _: Session) -> None:
        await pilot.press("l", "q")

    assert play(big(), leave).return_code == 0
    assert gate.ended.wait(SOON)


def test_a_file_that_is_asked_for_is_written_whatever_key_comes(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "PATIENCE", 0)
    monkeypatch.setattr(Session, "save", lambda session, _: gate.learn(session))
    session = big()

    async def look(pilot: Pilot[None], _: Session) -> None:
        pilot.app.query_one(Page).later("save", "x.json")
        await pilot.press("right", "escape", "q")
        assert "saving …" in drawn(pilot)
        assert not gate.ended.is_set()
        gate.open.set()
        await until(lambda: pilot.app.return_code == 0)

    assert play(session, look).return_code == 0
    assert session.digits == 5


def test_every_key_does_in_a_thread_what_it_does_without() -> None:
    for key in KEYS:
        one, other = session_of(model=built("gru", num_layers=2)), session_of(model=built("gru", num_layers=2))
        for session in (one, other):
            session.step(1)
            session.unfold()
        name, _, given = key.action.rstrip(")").partition("(")
        asked = given.strip("'") if name == "prompt" else ""
        if name in ("print", "leave") or asked == "save":  # they change nothing that is shown
            continue
        arguments = (ANSWERS[asked],) if asked else (int(given),) if given else ()
        before = [line.plain for line in screen(one, *SIZE).lines]
        work = Work(one, asked or name, arguments, SIZE, lambda _: None)
        assert work.is_done(within=SOON)
        assert [line.plain for line in screen(one, *SIZE).lines] == before, key.names
        said = ""
        try:
            ACTS[key.action](other)
        except InputError as error:
            said = str(error)
        try:
            work.over(one)
            assert work.screen is not None
            assert [line.plain for line in work.screen.lines] == [line.plain for line in screen(other, *SIZE).lines]
        except InputError as error:
            assert str(error) == said
        assert (one.cursor, one.folds, one.message) == (other.cursor, other.folds, other.message)


def test_a_module_is_loaded_to_its_end_before_a_thread_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "import threading, time\nbegun.set()\nwhile not go.is_set(): time.sleep(0.001)\nwhole = True\n"
    (tmp_path / "slow_module.py").write_text("from tests.explore.test_work import begun, go\n" + lines)
    monkeypatch.syspath_prepend(tmp_path)
    ended = threading.Event()

    def load(_: Session) -> None:
        try:
            __import__("slow_module")
            while True:
                time.sleep(0.001)
        finally:
            ended.set()

    monkeypatch.setattr(Session, "learn", load)
    work = Work(session_of(), "learn", (), SIZE, lambda _: None)
    assert begun.wait(SOON)
    work.leave()
    assert not ended.wait(0.05)
    go.set()
    assert ended.wait(SOON)
    assert sys.modules["slow_module"].whole
    del sys.modules["slow_module"]


begun, go = threading.Event(), threading.Event()


def test_who_asks_in_two_threads_gets_the_same_things() -> None:
    kept: Kept[int, list[int]] = Kept()
    failed: list[BaseException] = []

    def ask(step: int) -> None:
        try:
            for k in range(0, 4_000 * step, step):
                assert kept.get(k % 200, lambda k=k: [k % 200]) == [k % 200]  # type: ignore[misc]
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=ask, args=(step,)) for step in (1, 7)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(SOON)
    assert failed == []
    assert len(kept) == MOST
    assert kept.get(1, lambda: [0]) is kept.get(1, lambda: [0])


def test_modules_are_loaded_once_the_screen_stands_and_while_no_key_is_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = list[int]()

    def pieces() -> Iterator[None]:
        for number in range(3):
            loaded.append(number)
            yield

    monkeypatch.setattr(preload, "parts", pieces)
    monkeypatch.setattr(preload, "IDLE", 0.01)

    async def wait(pilot: Pilot[None], _: Session) -> None:
        app = pilot.app
        assert isinstance(app, Explorer)
        await until(lambda: loaded == [0, 1, 2])
        now = time.monotonic()
        await pilot.press("right")
        assert app.heard > now

    play(session_of(), wait)
    loaded.clear()
    asked = list[float]()

    def heard() -> float:
        asked.append(time.monotonic() if len(asked) < 2 else 0.0)
        return asked[-1]

    preload.load(heard, stays=False)
    assert (loaded, len(asked)) == ([0, 1, 2], 5), "it waited twice after a key"


def test_no_key_waits_for_a_module(tmp_path: Path) -> None:
    program = """
import sys
from tests.explore.test_any_keys import ACTS, Session, screen, RnnError
from tests.support.explore import session_of
screen(session_of(), 80, 24)
import rnn_cli.explore.terminal.app
list(rnn_cli.explore.preload.parts())
before = set(sys.modules)
session = session_of()
for action, act in ACTS.items():
    try:
        act(session)
        screen(session, 80, 24)
    except RnnError:
        pass
print(sorted(name for name in set(sys.modules) - before if name.startswith("rnn_cli")))
"""
    assert printed(program, tmp_path) == "[]"


def test_the_first_press_of_a_key_loads_no_readers_of_files_and_no_other_kinds_of_model(tmp_path: Path) -> None:
    program = """
import sys
from tests.support.explore import screen, session_of
session = session_of("I love NLP")
for act in (session.ask, lambda: session.answer("?"), session.turn, session.leave_out, session.toggle_facts):
    act()
    screen(session, 80, 24)
print(sorted({"rnn_cli.inputs.opening", "rnn_cli.study.seq2seq", "rnn_cli.study.bptt", "rnn_cli.tasks"} & set(sys.modules)))
"""
    assert printed(program, tmp_path) == "[]"


def test_a_search_for_garbage_passes_over_what_was_loaded(tmp_path: Path) -> None:
    program = """
import gc
import rnn_cli.explore.terminal.app
from tests.support.explore import screen, session_of
rnn_cli.explore.preload.load(lambda: 0.0)
session = session_of("I love NLP")
for act in (session.ask, session.turn, session.leave_out, session.toggle_facts):
    act()
    screen(session, 80, 24)
print(gc.get_freeze_count() > 5 * len(gc.get_objects()) > 0)
"""
    assert printed(program, tmp_path) == "True"


def printed(program: str, folder: Path) -> str:
    """What a program prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment({"PYTHONPATH": str(Path(__file__).parents[2])}),
        check=False,
    )
    return done.stdout.strip() or done.stderr
