"""The terminal program: every key of the table does what the session does, and what a prompt asks is handed over."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from rnn_cli.commands.explore import keep
from rnn_cli.explore.draw.screen import LOWEST, NARROWEST
from rnn_cli.explore.draw.text import in_ascii
from rnn_cli.explore.keys import KEYS
from rnn_cli.explore.session import Session
from rnn_cli.explore.terminal.app import Explorer
from rnn_cli.explore.terminal.page import Page
from rnn_cli.explore.terminal.prompt import Prompt
from tests.conftest import Command
from tests.explore.test_palette import contrast
from tests.support.explore import built, session_of

Do = Callable[[Pilot[None], Session], Awaitable[None]]


def play(session: Session, do: Do, size: tuple[int, int] = (80, 24), **options: Any) -> Explorer:
    """The program on a terminal that is none, with somebody at its keys."""
    app = Explorer(session, **options)
    run(app, do, size)
    return app


def run(app: Explorer, do: Do, size: tuple[int, int] = (80, 24)) -> None:
    """The same of a program that is made."""

    async def press() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await do(pilot, app.session)

    asyncio.run(press())


def drawn(pilot: Pilot[None]) -> str:
    """What stands on the screen, as the terminal gets it."""
    page = pilot.app.query_one(Page)
    return "\n".join(page.render_line(y).text for y in range(page.size.height))


def test_every_key_is_bound_to_what_its_table_says() -> None:
    bound = {names: binding.action for names, bindings in Page(session_of(), False)._bindings for binding in [bindings]}
    for key in KEYS:
        assert bound[key.names] == key.action
        assert hasattr(Page, f"action_{key.action.partition('(')[0]}")


def test_lines_that_are_not_drawn_again_are_as_they_were() -> None:
    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        keys = "right tab enter t 9 enter escape w escape e x escape b left_square_bracket o g escape question_mark c u l p"
        for key in [*keys.split(), "pagedown", "d"]:
            await pilot.press(key)
            await pilot.pause()
            lines = [one.plain for one in page.shown.lines]
            there = [strip.text for strip in pilot.app.screen._compositor.render_strips()]
            assert there[: len(lines)] == lines, key
            assert len(there) - len(lines) == len([one for one in page.query(Prompt) if one.display])
        await pilot.resize_terminal(100, 30)
        await pilot.pause()
        assert [strip.text for strip in pilot.app.screen._compositor.render_strips()] == [
            one.plain for one in page.shown.lines
        ]

    play(session_of(), look)


def test_the_lowest_screen_shows_what_is_asked() -> None:
    async def look(pilot: Pilot[None], session: Session) -> None:
        await pilot.press("t")
        await pilot.pause()
        assert pilot.app.query_one(Prompt).display
        assert all(said in drawn(pilot) for said in ("what is h[1][1]", "tanh(…)", "step 1 of 3"))

    play(session_of(), look, (NARROWEST, LOWEST))


async def walk(pilot: Pilot[None], session: Session) -> None:
    """Over the map, into a number, and round."""
    for keys, key in {
        "right down": "h[2][2]@1.forward",
        "end": "h[3][2]@1.forward",
        "home up": "h[1][1]@1.forward",
        "tab": "c[1][1]@1.forward",
        "shift+tab": "h[1][1]@1.forward",
        "pagedown": "h[1][1]@0.forward",
        "d": "h[1][1]@0.backward",
        "d pageup": "h[1][1]@1.forward",
        "right enter tab enter": "c[2][1]@1.forward",
        "left": "c[1][1]@1.forward",
        "backspace backspace": "h[1][1]@1.forward",
        "b": "dh[1][1]@1.forward",
        "left_square_bracket": "dh[1][1]@1.forward",
    }.items():
        await pilot.press(*keys.split())
        assert session.key == key, keys
        assert session.key.partition("@")[0] in drawn(pilot)
    assert session.world.window == 2
    await pilot.press("right_square_bracket", "b")
    assert [session.world.window, session.cursor.back] == [None, False]
    for key, words in {"g": "∂L/∂s_t‖", "question_mark": "the next step", "p": "rnn trace"}.items():
        await pilot.press(key)
        assert words in drawn(pilot)
        await pilot.press(*{"g": ["g"], "question_mark": ["question_mark"]}.get(key, []))
    await pilot.press("c")
    assert session.world.model.network.architecture.cell == "gru"
    await pilot.press("l", "u", "u")
    assert session.history == []
    await pilot.press("u")
    assert "nothing was edited" in drawn(pilot)
    await pilot.click(Page, offset=(25, 1))
    assert session.cursor.t == 2
    await pilot.resize_terminal(160, 50)
    await pilot.pause()
    assert all(len(line) == 160 for line in drawn(pilot).splitlines())
    await pilot.press("q")


def test_the_keys_of_a_session() -> None:
    app = play(session_of(model=built("lstm", num_layers=2, bidirectional=True)), walk)
    assert app.return_code == 0


@pytest.mark.parametrize(("key", "code"), [("q", 0), ("ctrl+c", 130)])
def test_what_ends_it_is_its_exit_code_and_the_command_is_what_is_left(
    key: str, code: int, call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def leave(pilot: Pilot[None], _: Session) -> None:
        await pilot.press("right", key)

    monkeypatch.setattr("rnn_cli.output.screen.on_a_terminal", lambda: True)
    monkeypatch.setattr("rnn_cli.explore.offer.first_start", lambda: False)
    monkeypatch.setattr(Explorer, "run", lambda app: run(app, leave))
    result = call("explore", "I love NLP")
    assert (result.code, result.stdout) == (code, "rnn trace \"I love NLP\" --why 'h[2][1]'\n")


def test_escape_closes_the_help_before_the_tour_and_nothing_happens_unseen() -> None:
    async def look(pilot: Pilot[None], session: Session) -> None:
        await pilot.press("g", "enter")
        assert (session.folds, "Enter acts on the map" in drawn(pilot)) == ((), True)
        await pilot.press("question_mark", "enter", "right", "tab")
        assert (session.folds, session.cursor.t, session.cursor.kind, session.helping) == ((), 1, "h", True)
        assert "? or Escape goes back" in drawn(pilot)
        await pilot.press("escape")
        assert (session.helping, session.facts) == (False, True)
        await pilot.press("escape")
        assert not session.facts
        await pilot.press("question_mark", "down", "b")
        assert (session.helping, session.cursor.back) == (False, True)
        await pilot.press("b", "g", "t")
        assert (session.facts, session.question is None) == (False, False)

    play(session_of(), look)


def test_prompts_hand_over_what_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def edit(pilot: Pilot[None], session: Session) -> None:
        prompt = pilot.app.query_one(Prompt)
        await pilot.press("w")
        assert "is computed" in drawn(pilot)
        await pilot.press("enter", "enter", "w")
        assert (prompt.display, prompt.value) == (True, "0.6")
        await pilot.press("escape")
        assert (prompt.display, session.history) == (False, [])
        await pilot.press("w", *["backspace"] * 3, "minus", "1", "enter")
        assert "W_xh[1][1] was 0.6 and is -1" in drawn(pilot)
        await pilot.press("e", *["backspace"] * 8, *"hate NLP")
        assert prompt.value == "I hate NLP"
        await pilot.press("enter", "s", "enter")
        assert (tmp_path / "edited.json").exists()
        await pilot.press("p")
        assert "rnn trace" in drawn(pilot)
        assert session.farewell() == "rnn trace \"I hate NLP\" --model edited.json --why 'a[1][1]'"
        await pilot.press("t", "x", "enter")
        assert "no number" in drawn(pilot)
        await pilot.press("backspace", "question_mark", "enter")
        assert (prompt.display, session.question) == (False, None)

    play(Session(session_of().world, keep), edit)


def test_lines_that_are_pasted_become_one_and_a_screen_too_small_to_show_anything_does_nothing() -> None:
    async def paste(pilot: Pilot[None], session: Session) -> None:
        prompt = pilot.app.query_one(Prompt)
        await pilot.press("e")
        await prompt.press(Paste(" one\r\ntwo\nthree\n"))
        assert prompt.value == "I love NLP one two three"
        assert "3 lines were pasted as one" in drawn(pilot)
        await prompt.press(Paste(" more\n"))
        await pilot.press("enter")
        assert session.world.sequence.text == "I love NLP one two three more"
        await pilot.resize_terminal(20, 5)
        await pilot.press("right", "u", "l", "b")
        assert (session.key, len(session.history)) == ("h[1][1]", 1)
        await pilot.press("q")

    assert play(session_of(), paste).return_code == 0


def test_a_browser_is_light_enough_for_a_projector_and_ends_by_q_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Explorer, "is_web", True)

    async def look(pilot: Pilot[None], session: Session) -> None:
        page = pilot.app.query_one(Page)
        (answer,) = [y for y in range(24) if page.render_line(y).text.startswith("ends here")]
        style = next(iter(page.render_line(answer))).style
        assert style is not None and style.color is not None
        assert (style.dim, contrast(style.color.get_truecolor())[0] > 9) == (False, True)
        await pilot.press("ctrl+c")
        assert session.message == "q leaves the session"

    assert play(session_of(), look).return_code is None


def test_a_terminal_of_ascii_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")

    async def look(pilot: Pilot[None], session: Session) -> None:
        shown = drawn(pilot)
        assert shown.isascii()
        page = pilot.app.query_one(Page)
        assert shown.splitlines() == [in_ascii(line).plain for line in page.shown.lines]
        await pilot.press("e")
        typed = pilot.app.query_one(Prompt).render_line(0)
        assert [part.text for part in typed if part.style is not None and part.style.reverse] != []

    play(session_of("I 喜欢 NLP"), look, ascii_only=True, no_color=True)


def test_all_of_the_page_is_drawn_again_after_a_suspension(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    async def resume(pilot: Pilot[None], session: Session) -> None:
        monkeypatch.setattr(pilot.app.screen, "refresh", lambda *_, layout=False, **__: asked.append(layout))
        pilot.app.app_resume_signal.publish(pilot.app)
        await pilot.pause()
        monkeypatch.undo()

    play(session_of(), resume)
    assert True in asked


def test_the_keys_that_move_go_through_the_products_of_a_number_that_is_asked_for() -> None:
    async def act(pilot: Pilot[None], session: Session) -> None:
        await pilot.press("right", "enter", "enter", "t", "down", "down", "up", "pagedown")
        assert session.question is not None
        assert session.folds[-1].product == len(session.opened.products) - 1
        await pilot.press("pageup")
        assert session.folds[-1].product == 0

    play(session_of(), act)
