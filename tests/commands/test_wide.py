"""Wide and deep networks: which units, layers and directions a page shows, recomputed from the document."""

import re
from collections.abc import Iterator
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import CELLS
from rnn_cli.output.ascii import to_ascii
from rnn_cli.study.shown import choose
from rnn_cli.study.units import MOVED, READOUT
from rnn_cli.study.wide import MOST, WIDE
from rnn_cli.views.heat import SHADES, STROKES
from tests.conftest import Command
from tests.support.command import Result
from tests.support.networks import architecture_of

TEXT = "the film was long but I loved it"
WORDS = TEXT.split()
ROW = re.compile(r"^  [hc]_\d+|^  \d+ ")


def good(result: Result) -> str:
    """The page of a run that went well."""
    assert (result.code, result.stderr) == (0, "")
    return result.stdout


def networks() -> Iterator[tuple[rnn.Model, str, dict[str, Any]]]:
    """Random networks of more than WIDE units, and how units are chosen."""
    generator = np.random.default_rng(7)
    for k in range(10):
        size = int(generator.integers(WIDE + 1, 40))
        made: dict[str, Any] = {
            "num_layers": int(generator.integers(1, 4)),
            "bidirectional": bool(generator.integers(2)),
            "seed": k,
        }
        made["task"] = ("many-to-one", "many-to-many")[k % 2]
        rule = (None, MOVED, READOUT)[k % 3]
        most = int(generator.integers(2, 10)) if rule and k % 4 else None
        asked = None if rule is None else rule if most is None else f"{rule}:{most}"
        yield (
            rnn.build(list(CELLS)[k % len(CELLS)], 2, size, **made),
            rule or MOVED,
            {"unit": asked, "most": most or MOST},
        )


def expected(model: rnn.Model, rule: str, most: int, named: list[int], layer: dict[str, Any], last: int) -> list[int]:
    """The first units by the rule that the page states and those named, alike beside alike, from a layer of the document."""
    h, back = np.array(layer["h"]), layer["direction"] == "backward"
    course = np.array([layer["h0"], *(h[::-1] if back else h)])
    score = [max(abs(b - a) for a, b in pairwise(column)) for column in course.T]
    network = model.loaded.network
    if rule == READOUT and layer["layer"] == last:
        W = network.parameters["readout.W_hy"][:, back * h.shape[1] :]
        one = network.architecture.task == "many-to-one"
        read = [h[0] if back else h[-1]] if one else h
        score = [max(abs(step[k]) for step in read) * np.sqrt((W[:, k] ** 2).sum()) for k in range(h.shape[1])]
    ranked = sorted(range(h.shape[1]), key=lambda k: -score[k])[:most]
    assert not {*named} & {k + 1 for k in ranked}
    ranked += [unit - 1 for unit in named]
    chain, left = ranked[:1], ranked[1:]
    while left:
        chain.append(min(left, key=lambda k: float(((h[:, k] - h[:, chain[-1]]) ** 2).sum())))
        left.remove(chain[-1])
    return [k + 1 for k in chain]


def mapped(part: str, count: int) -> list[int]:
    """The units of the map of h: they stand below it, a run by its ends."""
    said = re.search(r"Units from left to right: ([\d, to]+)\.", " ".join(part.split()))
    assert said
    ends = [[int(one) for one in run.split(" to ")] for run in said[1].split(", ")]
    return [unit for run in ends for unit in range(run[0], run[-1] + 1)][:count]


def numbered(part: str, count: int) -> list[int]:
    """The units of the table of h, from the headers of its blocks."""
    headers = [one for one in part.splitlines() if re.match(r" +unit( +\d+)+$|  t  ", one)]
    every = re.findall(r"(?:^ +unit|h\[| )(\d+)", "\n".join(headers), re.MULTILINE)
    return [int(one) for one in every[:count]]


def parts(page: str, title: str) -> dict[tuple[int, str], str]:
    """The part of the page for each layer and direction."""
    found = {}
    for part in re.split(rf"\n{title}", page)[1:]:
        where = part.splitlines()[0]
        layer = re.search(r"layer (\d+)", where)
        found[int(layer[1]) if layer else 0, "backward" if ", backward" in where else "forward"] = part
    return found


def test_the_units_of_a_page_are_those_of_the_rule_that_it_states() -> None:
    checked = 0
    for model, rule, chosen in networks():
        result, whole = model.forward(TEXT, unit=chosen["unit"]), model.forward(TEXT).document()
        layers = {(one["layer"], one["direction"]): one for one in whole["sequences"][0]["layers"]}
        last = max(layer for layer, _ in layers)
        pages = {
            "Memory over time": model.trace(TEXT, unit=chosen["unit"]).page(),
            "Hidden states|\nGates and states": result.page(),
        }
        if model.seed % 4 == 0:  # many-to-one; a backward pass and its checks take longest
            pages["States, in brief"] = model.bptt(TEXT, target="positive", unit=chosen["unit"]).page()
        for title, page in pages.items():
            found = parts(page, title)
            assert max(found)[0] == last
            for where, part in found.items():
                size, text = len(layers[where]["h0"]), " ".join(part.split())
                by_rule = int(text.partition(f" of {size} units: those that")[0].rpartition(" ")[2])
                named = shown_too(text)
                assert by_rule + (0 if chosen["unit"] else len(named)) == chosen["most"]
                units = expected(model, rule, by_rule, named, layers[where], last)
                assert numbered(part, len(units)) == units, (title, where)
                if title != "States, in brief":
                    assert mapped(part, len(units)) == units, (title, where)
                words = "readout weighs" if rule == READOUT and where[0] == last else "moved most"
                assert words in text
                checked += 1
    assert checked > 30


def shown_too(text: str) -> list[int]:
    """The units that a part shows because a sentence names them."""
    said = re.search(r"Named below and so shown too: ([^.]*)\.", text)
    return [int(unit) for unit in re.findall(r"unit (\d+)", said[1])] if said else []


def units_named(text: str) -> list[int]:
    """The units that sentences name, in the words of a page or as an element of h."""
    return [int(one or other) for one, other in re.findall(r"\bunit (\d+)\b|\bh\[\d+\]\[(\d+)\]", text)]


def place_named(notice: str, found: dict[tuple[int, str], str]) -> tuple[int, str] | None:
    """The part of the page that the Notice speaks of; None where it has no such part."""
    layer, back = re.search(r"layer (\d+)", notice), "backward" in notice
    where = (int(layer[1]) if layer else 0, "backward" if back else "forward")
    return where if where in found else None


PAGES = {"Memory over time": "trace", "Hidden states|\nGates and states": "forward"}
BRIEF: dict[str, dict[str, Any]] = {"trace": {"arithmetic": False}, "forward": {}}


def test_every_unit_that_a_sentence_names_stands_in_the_tables(request: pytest.FixtureRequest) -> None:
    seeds = 4 if request.config.getoption("--run-slow") else 2
    generator = np.random.default_rng(11)
    named = added = 0
    for cell, seed in product(CELLS, range(seeds)):
        size, deep = int(generator.integers(WIDE + 1, 40)), int(generator.integers(1, 5))
        model = rnn.build(cell, 2, size, num_layers=deep, bidirectional=bool(generator.integers(2)), seed=seed)
        unit = (None, None, READOUT, "moved:2", "3,7")[int(generator.integers(5))]
        for title, command in PAGES.items():
            page = getattr(model, command)(TEXT, unit=unit, steps=(None, "2")[seed % 2], **BRIEF[command]).page()
            notice = " ".join(page.partition("\nNotice")[2].partition("\nNext")[0].split())
            found = parts(page, title)
            for part in found.values():
                above, _, below = part.partition("Units from left to right")
                remarks = " ".join(re.split("\nUnrolled|\nReadout", below)[0].split())
                assert {*shown_too(" ".join(above.split())), *units_named(remarks)} <= {*mapped(part, size)}
                added += len(shown_too(" ".join(above.split())))
            where, units = place_named(notice, found), units_named(notice)
            shown = (
                mapped(found[where], size) if where else units_named(page.partition("\nOverview")[2].split("\n\n")[0])
            )
            assert {*units} <= {*shown}, (command, notice)
            assert ("of the units shown" in notice) == (unit == "3,7" and bool(units))
            named += len(units)
    assert named > 5 * seeds
    assert added > 2.5 * seeds


@pytest.mark.parametrize("command", PAGES.values())
def test_the_unit_that_left_the_finite_range_first_is_shown(command: str, tmp_path: Path, call: Command) -> None:
    path = tmp_path / "large.json"
    options = ("--cell", "rnn", "--activation", "relu", "--hidden-size", "40", "--num-layers", "4")
    good(call("trace", TEXT, *options, "--save-model", str(path)))
    path.write_text(re.sub(r"\d\.\d+(?=[,\]])", lambda said: f"{said[0]}e150", path.read_text()))
    result = call(command, TEXT, "--model", str(path))
    assert result.code == 3
    said = re.search(
        r"Notice (.*?) left the finite range at step \d+, unit (\d+), layer (\d+)", " ".join(result.stdout.split())
    )
    assert said
    title = next(title for title, one in PAGES.items() if one == command)
    assert int(said[2]) in mapped(parts(result.stdout, title)[int(said[3]), "forward"], 40)


@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_sign_of_a_map_says_sign_and_size(ascii_only: bool) -> None:
    model = rnn.build("rnn", 2, 30, seed=3)
    page = model.trace(TEXT).page()
    page = to_ascii(page) if ascii_only else page
    above, below = (to_ascii(SHADES), to_ascii(STROKES)) if ascii_only else (SHADES, STROKES)
    assert len(set(above + below)) == 8
    h: Array = model.forward(TEXT).states("h")
    part = page.split("Memory over time")[1]
    units = mapped(part, MOST)
    full = np.abs(h[:, [unit - 1 for unit in units]]).max()
    rows = [one for one in part.split("Unrolled")[0].splitlines() if re.match(r"  \d  ", one)]
    assert len(rows) == len(WORDS)
    for t, row in enumerate(rows):
        signs = row.split(WORDS[t], 1)[1].strip()
        assert len(signs) == len(units)
        for unit, sign in zip(units, signs, strict=True):
            value = h[t, unit - 1]
            assert sign == (above if value > 0 else below)[min(int(4 * abs(value) / full), 3)]


@pytest.mark.parametrize(
    ("command", "most"),
    [
        (("trace", "I love NLP"), 64),
        (("forward", TEXT), 64),
        (("trace", "I love NLP", "--cell", "lstm"), 75),
        (("trace", TEXT, "--cell", "gru", "--num-layers", "3", "--bidirectional"), 135),
    ],
)
def test_a_page_of_64_units_is_a_page(
    command: tuple[str, ...], most: int, call: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = good(call(*command, "--hidden-size", "64"))
    assert len(page.splitlines()) <= most
    maps = [one for one in page.split("\nNext")[0].splitlines() if ROW.match(one)]
    assert maps
    assert max(map(len, maps)) <= 80


def test_the_overview_of_a_large_network_is_true_and_its_options_work(call: Command) -> None:
    options = ("--cell", "lstm", "--hidden-size", "4", "--num-layers", "3", "--bidirectional")
    page = good(call("trace", TEXT, *options))
    assert "tanh(" not in page.split("Overview")[1]  # no arithmetic
    overview = page.split("\nOverview")[1].split("\n\n")[0]
    layers = call("forward", TEXT, *options, "--json").document()["sequences"][0]["layers"]
    for one in layers:
        back = one["direction"] == "backward"
        course = np.array([one["h0"], *(one["h"][::-1] if back else one["h"])])
        changes = np.diff(course, axis=0)
        step, unit = np.unravel_index(np.abs(changes).argmax(), changes.shape)
        t = len(WORDS) - int(step) if back else int(step) + 1
        row = next(line for line in overview.splitlines() if f"layer {one['layer']}, {one['direction']}" in line)
        assert f"unit {unit + 1} " in row
        assert f"{changes[step, unit]:+.4f}  {WORDS[t - 1]} ({t})" in row
        assert f"{np.abs(one['h']).max():.4f}" in row
        assert f"{np.abs(one['c']).max():.4f}" in row
    ways = re.findall(r"^  (--.*?)   ", overview, re.MULTILINE)
    assert len(ways) == 5
    for way in ways:
        assert "tanh(" in good(call("trace", TEXT, *options, *way.split())).split("Memory")[0], way
    shown = [layer for layer in range(3) if f"Memory over time, layer {layer}" in page]
    assert f"Shown: layers {', '.join(map(str, shown))} of 0 to 2" in page
    other = re.search(r"The others: (--layer \d)", " ".join(page.split()))
    assert other
    assert "Memory over time, layer 0" in good(call("trace", TEXT, *options, *other[1].split()))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--unit", "moved:0"), "moved:N with N from 1 to 16"),
        (("--unit", "readout:17"), "readout:N with N from 1 to 16"),
        (("--unit", "most"), "moved, readout or all"),
    ],
)
def test_rules_that_are_refused(options: tuple[str, ...], message: str, call: Command) -> None:
    result = call("trace", "a b", "--hidden-size", "16", *options)
    assert (result.code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_rule_looks_at_one_sequence() -> None:
    with pytest.raises(rnn.InputError, match="looks at one sequence"):
        rnn.build(hidden_size=16).forward("a b", "c d", unit="moved")
    with pytest.raises(rnn.InputError, match="no readout"):
        choose(architecture_of("lstm", hidden_size=16), 2, unit="readout")
