"""Worksheets: each is worked out from what is printed on it alone, and gives what is printed on its key."""

import math
import re
from itertools import product
from pathlib import Path

import pytest

from tests.conftest import Command
from tests.support.networks import KINDS, each_value_once
from tests.support.toys import describer, forecaster, translator

FUNCTIONS = {
    "tanh": math.tanh,
    "exp": math.exp,
    "log": math.log,
    "max": max,
    "sigmoid": lambda a: 1 / (1 + math.exp(-a)),
    "log_sigmoid": lambda a: -math.log(1 + math.exp(-a)),
    "relu": lambda a: max(a, 0.0),
    "identity": lambda a: a,
}
BLANK = re.compile(r"\s*= \[(\d+)\] _{4,}$")


def worked_out(sheet: str, decimals: int | None = None) -> dict[int, float]:
    """Every blank of a sheet, from the numbers and the earlier blanks on it; `decimals` is what a pupil goes on with."""
    results: dict[int, float] = {}
    pieces: list[str] = []
    for text in sheet.splitlines():
        asked = BLANK.search(text)
        said = re.split(r"\s{2,}", (text[: asked.start()] if asked else text).strip())[-1]
        pieces = [*pieces, said] if re.match(r"[+\-,] ", said) else [said]
        if asked is None:
            continue
        written = " ".join(pieces)
        calls = set(re.findall(r"[A-Za-z_]+(?=\()", written))
        assert calls <= set(FUNCTIONS), written
        rest = re.sub(r"\[\d+\]|\d+(\.\d+)?(e[+-]\d+)?", "", re.sub(r"[A-Za-z_]+(?=\()", "", written))
        assert not re.search(r"[\w\[\]]", rest), f"neither a blank nor a number: {written}"
        python = re.sub(r"\[(\d+)\]", r"blank(\1)", written).replace("·", "*").replace("^", "**")
        number = int(asked[1])
        assert number == len(results) + 1, "one numbering over the sheet, in the order of work"
        results[number] = float(eval(python, {**FUNCTIONS, "blank": results.__getitem__}))
        if decimals is not None:
            results[number] = round(results[number], decimals)
        assert not re.fullmatch(r"\[\d+\]", written) or "db_y" in text, f"nothing to work out: {text}"
    return results


def printed(key: str) -> dict[int, float]:
    """The numbers on a key."""
    rows = re.findall(r"^ +\[(\d+)\] .*?([-+]?\d\S*)$", key, re.MULTILINE)
    return {int(number): float(value) for number, value in rows}


def holds(call: Command, *words: str, digits: int = 16) -> int:
    """Work a sheet out and hold it against its key; how many blanks it has."""
    sheet, key = (call(*words, kind, "--precision", str(digits)) for kind in ("--blank", "--answers"))
    assert (sheet.code, key.code) == (0, 0), sheet.stderr + key.stderr
    found, right = worked_out(sheet.stdout), printed(key.stdout)
    assert found
    assert found.keys() == right.keys()
    for number, value in found.items():
        assert value == pytest.approx(right[number], rel=1e-9, abs=1e-11 if digits > 9 else 0.05), number
    return len(found)


def flags(kind: str) -> list[str]:
    """The options that build a cell of this kind."""
    cell, options = KINDS[kind]
    return ["--cell", cell, *(word for name, value in options for word in ("--cell-option", f"{name}={value}"))]


SHAPES = {
    "part of it": ["--hidden-size", "3", "--input-size", "3", "--steps", "2", "--unit", "1,3", "--seed", "3"],
    "two layers, two directions": [
        *("--hidden-size", "2", "--input-size", "1", "--num-layers", "2", "--bidirectional", "--seed", "2")
    ],
}


@pytest.mark.parametrize(("kind", "shape"), each_value_once(product(KINDS, SHAPES)))
def test_a_sheet_gives_its_key(call: Command, kind: str, shape: str) -> None:
    network = [*flags(kind), *SHAPES[shape]]
    assert holds(call, "trace", "a b", *network) > 10
    assert holds(call, "bptt", "a b", *network, "--target", "negative") > 10


AT_EVERY_STEP = {
    "one number": ["--hidden-size", "1", "--targets", "0.5,-1;0,2", "--loss", "mse"],
    "two directions": ["--hidden-size", "2", "--bidirectional", "--targets", "positive negative"],
}


@pytest.mark.parametrize(("kind", "shape"), each_value_once(product(KINDS, AT_EVERY_STEP)))
def test_a_sheet_with_a_loss_at_every_step(call: Command, kind: str, shape: str) -> None:
    holds(call, "bptt", "a b", *flags(kind), "--task", "many-to-many", *AT_EVERY_STEP[shape])


def test_sheets_of_trained_models(call: Command, tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder in folders:
        folder.mkdir()
    numbers = tmp_path / "numbers.csv"
    numbers.write_text("temperature,wind\n10,4\n12,5\n9,3\n")
    forecast = ["--input", str(numbers), "--model", str(forecaster(folders[0]))]
    holds(call, "trace", *forecast)
    holds(call, "bptt", *forecast, "--target", "4,5")
    text = ["ab", "--model", str(translator(folders[1], bidirectional=True)), "--target", "xy"]
    for network in ("encoder", "decoder"):
        holds(call, "trace", *text, "--network", network)
        holds(call, "bptt", *text, "--network", network)
    assert "--network" in call("bptt", *text, "--blank").stderr
    holds(call, "bptt", "dog", "--model", str(describer(folders[2])), "--target", "xyx")


def test_at_four_digits_and_of_the_bundled_model(call: Command) -> None:
    for network in ([], ["--cell", "lstm", "--hidden-size", "2"]):
        for words in (["trace", "I love NLP"], ["bptt", "I love NLP", "--target", "positive"]):
            sheet, key = (call(*words, *network, kind).stdout for kind in ("--blank", "--answers"))
            assert "to 4 decimals (go on with 6)" in " ".join(sheet.split())
            found, right = worked_out(sheet, decimals=6), printed(key)
            assert found.keys() == right.keys()
            for number, value in found.items():
                assert abs(value - right[number]) < 0.6e-4, (words, number)
    long = call("trace", "I love NLP and I love NLP", "--blank").stdout
    assert "Steps 3, 4, 5, 6 are not asked" in long


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--blank", "--answers"), "--blank and --answers are different pages"),
        (("--blank", "--json"), "--json holds every result"),
        (("--answers", "--truncate", "1"), "--answers asks for the plain backward pass: leave --truncate out"),
        (("--blank", "--check"), "leave --check out"),
    ],
)
def test_what_a_backward_worksheet_refuses(call: Command, words: tuple[str, ...], says: str) -> None:
    result = call("bptt", "I love NLP", "--target", "positive", *words)
    assert result.code == 2
    assert says in result.stderr
