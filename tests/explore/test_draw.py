"""What is drawn: the numbers of the documents, in lines that keep to their width, in any terminal."""

import re
import subprocess
from collections.abc import Callable
from io import StringIO
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from rnn_cli.core.activations import softmax
from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE, Network
from rnn_cli.documents.trace import trace_document
from rnn_cli.explore.cursor import Fold, entered
from rnn_cli.explore.draw.screen import LOWEST, NARROWEST, screen
from rnn_cli.explore.draw.signs import SIGNS
from rnn_cli.explore.draw.strip import MARGIN
from rnn_cli.explore.draw.sums import arithmetic
from rnn_cli.explore.draw.table import brief, the_map
from rnn_cli.explore.draw.text import continued, fitted, in_ascii, runs, steady, window, wrapped
from rnn_cli.explore.keys import KEYS
from rnn_cli.explore.leaves import with_number
from rnn_cli.explore.palette import ON_TEXT
from rnn_cli.explore.predict import copied
from rnn_cli.explore.session import Session
from rnn_cli.models.model import Model
from rnn_cli.study.trace import TraceResult, trace_sequence
from rnn_cli.views import style
from rnn_cli.views.gradients import gradients_page
from rnn_cli.views.numbers import placed, signed
from tests.explore.test_numbers import numbers_of_trace
from tests.support.explore import built, session_of, text_of, world_of
from tests.support.networks import architecture_of, each_value_once, networks, random_network


@settings(max_examples=10)
@given(networks(max_size=4), st.integers(1, 4), st.data())
def test_the_numbers_on_the_screen_are_those_of_the_document(network: Network, T: int, data: st.DataObject) -> None:
    world = world_of(network, T)
    session, result = Session(world), trace_sequence(world.model, world.sequence)
    assert isinstance(result, TraceResult)
    numbers = numbers_of_trace(trace_document(result))
    kind, layer, direction, t = data.draw(st.sampled_from(sorted(numbers)))
    session.layer(layer - session.cursor.layer)
    if session.cursor.direction != direction:
        session.other_direction()
    while session.cursor.kind != kind:
        session.next_kind()
    session.place(t, data.draw(st.integers(1, network.architecture.hidden_size)))
    table = the_map(session, data.draw(st.sampled_from([60, 121])), 14)
    assert kind in [block.kind for block in table.blocks]
    for block, row, (k, time) in product(table.blocks, range(9), enumerate(table.times)):
        if row >= len(block.units):
            continue
        start, unit = block.left + table.label + k * table.size, block.units[row]
        cell = table.lines[block.top + row].plain[start : start + table.size]
        assert table.at(start, block.top + row) == (time, unit, block.kind)
        assert cell[1:-2].strip() == brief(float(numbers[block.kind, layer, direction, time][unit - 1]))
    value = float(numbers[kind, layer, direction, t][session.cursor.unit - 1])
    assert f" = {signed(value, 4)}" in text_of(session, 100, 30)


STATES: dict[str, list[Callable[[Session], None]]] = {
    "forward": [lambda session: session.step(1)],
    "unfolded": [Session.unfold] * 3,
    "backward": [Session.turn],
    "truncated": [lambda session: session.truncate(-1)],
    "facts": [Session.toggle_facts],
    "help": [Session.help],
    "edited": [lambda session: session.edit_text("I hate all of NLP")],
    "asked": [Session.ask],
    "logits": [lambda session: session.next_kind(-1)],
}


@pytest.mark.parametrize(("state", "cell"), each_value_once(product(STATES, ("lstm", "rnn"))))
def test_every_line_keeps_to_its_width(state: str, cell: str) -> None:
    deep = {"num_layers": 2, "bidirectional": True} if cell == "lstm" else {}
    session = session_of("I 喜欢 👩‍🔬 مرحبا \x1b[31m NLP " + "love " * 30, built(cell, **deep))
    for act in STATES[state]:
        act(session)
    for width, height in ((80, 24), (160, 50), (NARROWEST, LOWEST), (NARROWEST - 1, LOWEST)):
        drawn = screen(session, width, height)
        assert len(drawn.lines) <= height
        assert {line.cell_len for line in drawn.lines} == {width}
        assert ["".join(part for part, _ in runs(line)) for line in drawn.lines] == [line.plain for line in drawn.lines]
        facts = "👩‍🔬" if state == "facts" else None  # the page of rnn gradients, as it is printed
        assert all(line.plain.isprintable() or (facts and facts in line.plain) for line in drawn.lines)
        ascii_lines = [in_ascii(line) for line in drawn.lines]
        assert {(line.cell_len, line.plain.isascii()) for line in ascii_lines} == {(width, True)}


@pytest.mark.parametrize("width", [40, 61, 80, 97, 160])
def test_no_command_of_the_gradients_page_is_cut(width: int) -> None:
    session = session_of('I love NLP and "all" of it, so very much', built("lstm"), "positive")
    session.toggle_facts()
    facts = [one.plain.strip() for one in screen(session, width, 400).lines]
    joined = " ".join(one.removesuffix("\\").strip() for one in facts)
    commands = [line for line in shown_facts(session) if line.startswith("rnn ")]
    assert len(commands) == 2
    for one in commands:
        assert " ".join(one.split()) in " ".join(joined.split()), width


def shown_facts(session: Session) -> list[str]:
    """The lines of the page of rnn gradients where no line is too long."""
    page = StringIO()
    Console(width=1000, file=page, color_system=None).print(*gradients_page(session.path, 4), sep="\n")
    return [one.removeprefix("Next").strip().partition("   ")[0] for one in page.getvalue().splitlines()]


def test_a_text_that_is_too_long_ends_in_three_dots() -> None:
    assert [fitted("NLP", 5), fitted("喜欢NLP", 4), fitted("喜欢", 3), fitted("x", 0)] == ["NLP  ", "喜 …", "喜…", ""]
    assert wrapped('rnn trace "I 喜欢 NLP" --why x', 12, 4) == ['rnn trace "I', '喜欢 NLP"', "--why x"]
    assert wrapped("喜欢NLP and more", 6, 2) == ["喜欢NL", "P and…"]
    assert wrapped("", 6, 2) == [""]
    assert [list(window(at, 9, 3)) for at in (1, 5, 9)] == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]


def test_a_word_is_drawn_as_wide_everywhere_and_something_is_seen_of_it() -> None:
    words = {
        "👩\u200d🔬": "👩🔬",
        "❤\ufe0f": "❤",
        "👍🏽": "👍\\U0001f3fd",
        "\u0301a": "◌\u0301a",
        "e\u0301": "e\u0301",
        " ": "␣",
    }
    words |= {
        "\u3000": "\\u3000",
        "\xa0\xa0": "\\xa0\\xa0",
        "\u2800": "\\u2800",
        "\u200d": "\\u200d",
        "\u200b": "\\u200b",
    }
    words |= {word: word for word in ("喜欢", "مرحبا", "naïve", "กำลัง", "🇩🇪", "I", "a b")}
    assert {one: steady(one) for one in words} == words


def test_what_moved_is_marked_with_what_it_was() -> None:
    session = session_of()
    session.unfold()
    session.unfold()
    before = session.numbers.open("h[3][1]")
    assert before is not None
    session.edit_number("0")
    session.fold()
    session.fold()
    session.step(2)
    assert f"* was {before.value:+.4f}" in text_of(session)
    starred = [line for line in text_of(session).splitlines() if re.match(r"\d", line) and "*" in line.split("│")[0]]
    assert len(starred) == 6  # the hidden states, and what tanh is taken of
    assert "before:" in text_of(session)


@pytest.mark.parametrize(("cell", "back"), each_value_once(product(CELLS, (True, False))))
def test_no_product_tells_the_number_that_is_asked_for(cell: str, back: bool) -> None:
    session = session_of(model=built(cell, hidden_size=3), target="positive")
    if back:
        session.turn()
    for kind in session.numbers.kinds(back):
        session.folds = ()
        while session.cursor.kind != kind:
            session.next_kind()
        session.place(2, 2)
        for _ in range(2 * copied(session.opened.function, session.opened.products)):
            session.unfold()
        value, products = session.opened.value, session.opened.products
        session.ask()
        shown = text_of(session, 160, 50)
        # an operand that happens to be the number, as in a max, stands there to be read off
        read_off = any(len(one) == 1 and abs(one[0].value - value) < 1e-4 for one in session.opened.operands)
        assert read_off or f"= {signed(value, 4)}" not in " ".join(shown.split()), session.key
        work = [one for one in session.opened.operands if len(one) > 1]
        assert shown.count(" ?") >= 1 + len(work), session.key
        session.answer("?")
        assert len(products) == 1 or f"= {signed(products[0].value, 4)}" in " ".join(text_of(session, 160, 50).split())


def test_a_number_that_is_asked_for_stands_nowhere() -> None:
    session = session_of()
    session.step(1)
    value = session.opened.value
    session.ask()
    shown = text_of(session)
    assert f"{value:+.4f}" not in shown
    assert f"{value:+.2f}" not in shown
    assert shown.count("?") >= 3
    drawn = [line for line in screen(session, 80, 24).lines if "?" in line.plain]
    hues = {str(span.style) for line in drawn for span in line.spans if "?" in line.plain[span.start : span.end]}
    assert hues & {style.POSITIVE, style.NEGATIVE, *ON_TEXT.values()} == set()  # they would tell the sign
    session.answer("?")
    assert f"h[2][1] is {value:+.4f}" in text_of(session)


@pytest.mark.parametrize("walks", [1, 2])
def test_a_number_that_was_walked_into_stands_on_no_map_while_it_is_asked_for(walks: int) -> None:
    session = session_of(model=built("rnn", hidden_size=1))
    session.step(1)
    for _ in range(walks):
        session.unfold()
    value, shown_before = brief(session.opened.value), text_of(session)
    assert f"{value}" in shown_before.replace(f" = {session.opened.value:+.4f}", "")
    session.ask()
    (row,) = [line.plain for line in the_map(session, 36, 3).lines if "›" in line.plain]
    assert ("?" in row) == (walks == 1)  # the map is of h, and tanh is taken of the number below it
    assert value not in " ".join(line.plain for line in screen(session, 80, 24).lines)


@pytest.mark.parametrize(("cell", "width"), each_value_once(product(CELLS, (40, 60, 80))))
def test_no_value_of_the_arithmetic_is_cut(cell: str, width: int) -> None:
    session = session_of(model=built(cell, num_layers=2, bidirectional=True), target="positive")
    session.truncate(-1)
    for kind in session.numbers.kinds(back=True):
        while session.cursor.kind != kind:
            session.next_kind()
        for t in (1, 2):
            session.place(t)
            lines = [one.plain.rstrip() for one in arithmetic(session, width * 11 // 20 - 1, 99)]
            said = " ".join(one for one in lines[1:] if "more product" not in one)
            assert "…" not in said.replace("(…)", ""), said
            assert all(placed(one.value, 4).strip() in said for one in session.opened.products)


def test_products_fill_the_lines_that_there_are() -> None:
    session = session_of(model=built("lstm"), target="positive")
    session.turn()
    while session.cursor.kind != "dc":
        session.next_kind()
    full = arithmetic(session, 39, 99)
    for height in range(4, len(full) + 1):
        lines = [one.plain for one in arithmetic(session, 39, height)]
        assert len(lines) <= height
        text = " ".join(lines)
        whole = all(placed(one.value, 4).strip() in text for one in session.opened.products)
        assert any("more product" in one for one in lines) != whole
        assert whole or height < len(full)


@pytest.mark.parametrize("undo", [False, True])
def test_sums_and_the_path_are_seen_with_all_that_can_stand_around_them(undo: bool) -> None:
    session = session_of("I really love this long film so much", built("lstm", hidden_size=8), "positive")
    if undo:
        session.next_cell()
    session.turn()
    for _ in range(3):
        session.truncate(-1)
    session.leave_out()
    session.step(5)
    session.unfold()
    while len(session.opened.products) < 3:
        session.unfold()
    lines = [line.partition("│")[2] for line in text_of(session).splitlines()]
    assert sum(bool(re.search(r"[·\]] .* = +[+-]\d|·.* = +[+-]\d", line)) for line in lines) >= 3
    session.toggle_facts()
    rows = [line for line in text_of(session).splitlines() if re.match(r"[› ]\s+\d \w+ .* \d", line)]
    assert len(rows) >= 3


def test_many_products_stand_largest_first_and_the_screen_says_so() -> None:
    for size, ordered in ((6, False), (24, True)):
        session = session_of(model=built("rnn", hidden_size=size))
        session.step(1)
        session.unfold()
        session.unfold()
        assert ("largest first" in text_of(session)) == ordered
        values = [abs(one.value) for one in session.opened.products]
        assert (values == sorted(values, reverse=True)) == ordered


@pytest.mark.parametrize("cell", CELLS)
def test_many_products_are_added_up_by_matrix_as_the_document_has_them(cell: str) -> None:
    session = session_of(model=built(cell, hidden_size=15, num_layers=2, bidirectional=True))
    result = trace_sequence(session.world.model, session.world.sequence)
    assert isinstance(result, TraceResult)
    steps = trace_document(result)["steps"]
    (step,) = [one for one in steps if (one["t"], one["layer"], one["direction"]) == (2, 1, "forward")]
    for gate in step["gates"]:
        key = "a" if len(step["gates"]) == 1 else f"a_{gate['name']}"
        session.folds = (entered(session.numbers, f"{key}[2][3]@1.forward"),)
        said = " ".join(" ".join(one.plain for one in arithmetic(session, 39, 16)).split()).partition("sums: ")[2]
        found = {name: float(value) for name, value in re.findall(r"(\S+) ([+-]\d\S+)", said)}
        terms = {name: values[2] for name, values in gate["terms"].items()}
        assert sum(found.values()) == pytest.approx(gate["pre_activation"][2], abs=4e-4)
        assert found[f"W_x{gate['name']}·h"] == pytest.approx(
            terms["input"], abs=1e-4
        )  # layer 1 reads the h of layer 0
        assert found[f"b_{gate['name']}"] == pytest.approx(terms["bias"], abs=1e-4)
        session.ask()
        assert "sums:" not in " ".join(one.plain for one in arithmetic(session, 39, 16))
        session.answer("?")


@pytest.mark.parametrize("width", [30, 39, 60])
def test_sums_by_matrix_leave_room_for_products_and_mark_what_has_none(width: int) -> None:
    session = session_of(model=built("lstm", hidden_size=8), target="positive")
    session.folds = (entered(session.numbers, "dh.future[2][3]"),)
    whole = [one.plain.rstrip() for one in arithmetic(session, width, 99)]
    for height in range(10, 24):
        lines = [one.plain.rstrip() for one in arithmetic(session, width, height)]
        assert len(lines) <= height
        assert any("more products" in one for one in lines)
        sums = lines[next(k for k, one in enumerate(lines) if "sums:" in one) :]
        assert sums == whole[-len(sums) :] or sums[-1].endswith("…")
        assert len(lines) - len(sums) >= 6


def test_the_first_screen_says_that_weights_are_random_until_they_are_changed() -> None:
    session = session_of(model=built("gru"))
    assert "unit 1 of 3 │ random weights" in text_of(session)
    session.learn()
    assert "unit 1 of 3 │ edited" in text_of(session)
    assert "random" not in text_of(session_of())


@pytest.mark.parametrize("height", range(14, 26))
def test_products_without_room_are_counted(height: int) -> None:
    session = session_of(model=built("rnn", hidden_size=9, input_size=2))
    session.unfold()
    session.unfold()
    count = len(session.opened.products)
    assert count == 12
    session.down(5)
    lines = [line.partition("│")[2] for line in text_of(session, 80, height).splitlines()]
    shown = sum((" · " in line and "largest" not in line) or line.startswith("  b_h") for line in lines)
    said = [int(found[1]) for line in lines if (found := re.search(r"… (\d+) more product", line))]
    assert said == [count - shown] * (shown < count)
    assert any(line.startswith("› ") for line in lines)


@pytest.mark.parametrize("cell", CELLS)
def test_a_sum_that_is_0_on_paper_is_no_small_number(cell: str) -> None:
    session = session_of(model=built(cell, hidden_size=3))
    kind = next((one for one in session.numbers.kinds(back=False) if one.startswith("a_")), "")
    session.place(1, 1, kind)
    terms = [one.value for one in session.opened.products]
    bias = next(one.factors[0].name for one in session.opened.products if one.term == "bias")
    leaf = session.numbers.open(bias)
    assert leaf is not None
    assert leaf.leaf is not None
    for off, shown in ((2e-17, "~0"), (1e-9, "1e-09")):
        world = with_number(session.world, leaf.leaf, leaf.value - sum(terms) + off)
        other = Session(world)
        other.place(1, 1, kind)
        value = other.opened.value
        row = next(one for one in text_of(other).splitlines() if one.startswith("1    ›"))
        assert (shown in row) == (value != 0), (value, row)


def test_the_help_names_every_key_and_sign() -> None:
    session = session_of()
    session.help()
    shown = text_of(session, 160, 50)
    assert [name for name, says in SIGNS if says not in shown or name not in shown] == []
    assert [key.shown for key in KEYS if key.says not in shown] == []
    assert "…" not in text_of(session, 80, 100)


@pytest.mark.parametrize("page", [Session.help, Session.toggle_facts])
def test_what_is_longer_than_the_screen_says_so(page: Callable[[Session], None]) -> None:
    session = session_of()
    page(session)
    whole = [line for line in text_of(session, 80, 200).splitlines()[3:] if line]
    whole = whole[: next(k for k, line in enumerate(whole) if line.startswith("ends here:"))]
    seen: set[str] = set()
    counts = []
    while True:
        shown = text_of(session).splitlines()
        end = next(k for k, line in enumerate(shown) if line.startswith("… "))
        seen |= {line for line in shown[3:end] if line}
        below = re.fullmatch(r"… (\d+) more below: Down, PgDn, End; back: Escape", shown[end])
        if below is None:
            break
        counts.append(int(below[1]))
        session.down(1)
    assert (counts[-1], shown[end]) == (1, "… the end; above: Up, PgUp, Home; back: Escape")
    assert counts == sorted(counts, reverse=True)
    assert seen == set(whole)


@pytest.mark.parametrize("text", ["I 'love' \"NLP\" $HOME `x` \\ and it", "I love  NLP"])
def test_a_command_that_is_copied_from_its_lines_is_the_command(text: str) -> None:
    session = session_of(text, built("lstm", num_layers=2, bidirectional=True))
    session.turn()
    session.message = session.command()
    shown = text_of(session)
    copied = shown[shown.index("rnn bptt") :].rstrip()
    assert [line[-1] for line in copied.splitlines()[:-1]] == ["\\"] * copied.count("\n") != []
    asked = [["sh", "-c", f"rnn() {{ printf '%s\\n' \"$@\"; }}; {one}"] for one in (copied, session.command())]
    one, other = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for command in asked)
    assert one == other
    assert text in one.splitlines()
    assert continued("rnn trace " + "x" * 90, 80, 4) == wrapped("rnn trace " + "x" * 90, 80, 4)


def test_the_words_that_have_no_room_are_counted() -> None:
    session = session_of("love " * 1234)
    assert text_of(session).splitlines()[1].startswith("1,228 after│ love")
    session.step(617)
    shown = text_of(session).splitlines()
    before, after = (int(line[:MARGIN].split()[0].replace(",", "")) for line in shown[:2])
    assert before + after + shown[1].count("love") == 1234


@pytest.mark.parametrize("cell", CELLS)
def test_no_title_is_cut_where_the_terminal_has_80_columns(cell: str) -> None:
    session = session_of(model=built(cell, num_layers=2, bidirectional=True))
    for back in (False, True):
        for _ in session.numbers.kinds(back):
            table = the_map(session, 36, 12)
            assert [line.plain for line in table.lines[:-1] if "…" in line.plain] == []
            assert "…" not in "".join(line.plain for line in the_map(session, 120, 12).lines[:-1])
            session.next_kind()
        session.turn()


def test_a_click_finds_the_word_and_the_number() -> None:
    session = session_of()
    drawn = screen(session, 80, 24)
    x = drawn.lines[1].plain.index("love")
    assert drawn.at(x, 1) == (2, None, None)
    row = next(k for k, line in enumerate(drawn.lines) if line.plain.startswith("2 "))
    assert drawn.at(drawn.lines[row].plain.index("+0.13"), row) == (1, 2, "h")
    assert drawn.at(drawn.lines[row + 4].plain.index("+0.17"), row + 4) == (3, 2, "a_h")
    assert drawn.at(79, row) is None


def test_few_units_leave_room_for_the_other_quantities_which_tab_walks_through() -> None:
    session = session_of(model=built("lstm"))
    assert [block.kind for block in the_map(session, 36, 13).blocks] == ["h", "c"]
    for kind in session.numbers.kinds(back=False):
        table = the_map(session, 36, 13)
        (marked,) = [y for y, line in enumerate(table.lines) if "›" in line.plain]
        assert table.at(table.label, marked) == (1, 1, kind)
        assert len(table.lines) <= 13
        assert (kind == "logits") == (len(table.blocks) == 1)
        session.next_kind()
    session.ask()  # a quantity beside it could have the number that is asked for
    assert [block.kind for block in the_map(session, 36, 13).blocks] == ["h"]
    wide = session_of(model=built("lstm", hidden_size=9))
    assert [block.kind for block in the_map(wide, 36, 13).blocks] == ["h"]


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize(("width", "height"), [(80, 24), (160, 50), (120, 30)])
def test_every_quantity_is_on_the_map_or_named_below_it_and_the_width_is_used(
    cell: str, width: int, height: int
) -> None:
    session = session_of("I do not love it", built(cell, hidden_size=8))
    for back in (False, True):
        drawn = screen(session, width, height)
        table = drawn.table
        assert table is not None
        named = next((line.plain for line in table.lines if line.plain.startswith("Tab:")), "Tab:")
        shown = list(dict.fromkeys(block.kind for block in table.blocks))
        every = session.numbers.kinds(back)
        apart = [kind for kind in every if any(re.search(rf"(^|  ){kind}  \S", one.plain) for one in table.lines)]
        others = " ".join(["Tab:", *(kind for kind in every if kind not in [*shown, *apart])])
        assert others.startswith(named.strip().rstrip("…"))
        assert (named.strip() == others) == (len(others) <= table.width)
        assert {line.cell_len for line in drawn.lines} == {width}
        assert len(table.times) == (4 if width == 80 else 5)
        assert len(shown) >= (min(8, len(every) - 1) if width == 160 else 1)
        session.turn()
    session.unfold()
    assert [line for line in screen(session, width, height).lines if "Tab:" in line.plain] == []


@pytest.mark.parametrize("task", [MANY_TO_ONE, MANY_TO_MANY])
def test_rows_that_are_left_have_quantities_of_other_sizes_and_steps(task: str) -> None:
    session = Session(world_of(random_network(architecture_of("lstm", 2, 3, 1, False, task, 4)), 3))
    lines = [line.plain for line in the_map(session, 60, 60).lines]
    at = next(k for k, one in enumerate(lines) if one.startswith("logits  "))
    assert lines[at + 1].split() == (["the", "end"] if task == MANY_TO_ONE else ["x_1", "x_2", "x_3"])
    for unit in range(4):
        columns = [session.numbers.column("logits", 0, "forward", t)[unit] for t in range(1, 4)]
        wanted = [brief(float(one)) for one in columns[: 1 if task == MANY_TO_ONE else 3]]
        assert re.findall(r"[+-][\d.e-]*\d", lines[at + 2 + unit]) == wanted
    assert not any(one.startswith("Tab:") for one in lines)
    session.ask()
    assert not any(one.startswith("logits  ") for one in (line.plain for line in the_map(session, 60, 60).lines))
    session.question = None
    session.turn()
    lines = [line.plain for line in the_map(session, 60, 60).lines]
    assert [one.split()[0] for one in lines[-3:]] == ["x_1", "1", "2"]


def test_the_first_screen_as_a_reader_sees_it(golden: Callable[[str, str], None]) -> None:
    session = session_of(target="positive")
    session.step(1)
    session.unfold()
    session.unfold()
    session.down(2)
    parts = [text_of(session)]
    session.turn()
    session.truncate(-1)
    parts.append(text_of(session))
    golden("explore", f"\n{'=' * 80}\n".join(parts) + "\n")


def test_a_tagger_that_reads_both_ways_shows_what_it_says_once_all_is_read() -> None:
    network = random_network(architecture_of("lstm", 4, 3, 1, True, MANY_TO_MANY, 3), 1)
    session = Session(world_of(network, 4))
    rows = text_of(session).splitlines()
    at = next(k for k, row in enumerate(rows) if row.startswith("all read:"))
    logits = session.world.trace.logits
    assert logits is not None
    assert rows[at].split()[2:] == [f"label{k}" for k in logits.argmax(axis=-1)]
    assert rows[at + 1].split() == [f"{one.max():.4f}" for one in softmax(logits)]
    assert rows[at - 1] != rows[at + 1]
    assert "all read:" not in text_of(Session(world_of(random_network(architecture_of("lstm", 4, 3)), 4)))


def test_an_answer_in_numbers_is_hidden_while_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model, "numeric", True)
    session = session_of(model=built("rnn", hidden_size=2))
    while session.cursor.kind != "logits":
        session.next_kind()
    session.ask()
    said = text_of(session).split("ends here:")[1].splitlines()[:2]
    assert [one.split() for one in said] == [["?"] * 3] * 2
    session.answer("?")
    assert "?" not in text_of(session).split("ends here:")[1]


@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_marks_stand_where_the_number_is_that_was_walked_into(bidirectional: bool) -> None:
    session = session_of("I do love NLP", built("lstm", hidden_size=2, bidirectional=bidirectional))
    session.edge(1)
    session.down(1)
    where = "@0.forward" if bidirectional else ""
    session.folds = (Fold(f"h[4][2]{where}"), Fold(f"a_o[4][2]{where}"), Fold(f"h[3][1]{where}"))
    lines = text_of(session, 80, 24).splitlines()
    footer = next(line for line in lines if line.startswith("forward"))
    assert "step 3 of 4 love │ unit 1 of 2" in footer
    boxes = next(line for line in lines if "▲" in line)
    assert boxes.index("▲") // 11 == 3
    assert [line[0] for line in lines if "›" in line.partition("│")[0] and line[0] in "12"] == ["1"]
    session.folds = (*session.folds[:2], Fold("x[4][1]"))
    assert "step 4 of 4 NLP │ random" in text_of(session, 80, 24)
    session.folds = (*session.folds[:2], Fold(f"W_ho[2][1]{where}"))
    assert "step 4 of 4 NLP │ unit 2 of 2" in text_of(session, 80, 24)
