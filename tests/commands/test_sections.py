"""--only: the sections of a page are those that it has, each alone shows what the whole page shows of it."""

import re

import pytest

from rnn_cli.core.cells import CELLS
from tests.conftest import Command

PAGES = (
    ("trace", "a b c", "--cell", next(reversed(CELLS))),
    ("forward", "a b", "--cell", "lstm", "--num-layers", "2", "--bidirectional", "--explain-shapes"),
    ("bptt", "a b c", "--target", "positive", "--truncate", "1", "--clip-norm", "0.1", "--truncate-sweep"),
    ("gradients", "a b c"),
    ("gradients", "a b c", "--compare", "rnn,lstm"),
    ("gradients", "--factor", "0.5"),
    ("predict", "nlp", "a b"),
    ("inspect", "imdb"),
    ("samples",),
    ("schema",),
    ("trace", "a b", "--why", "h[2][1]"),
)


@pytest.mark.parametrize("page", PAGES, ids=" ".join)
def test_each_section_alone(page: tuple[str, ...], call: Command) -> None:
    whole = call(*page).stdout
    refused = call(*page, "--only", "no such section")
    assert (refused.code, refused.stdout) == (2, "")
    names = refused.stderr.partition("has the sections ")[2].strip().split(", ")
    assert len(names) == len(set(names)) >= 2
    assert call(*page, "--only", ",".join(names)).stdout == whole
    for name in names:
        shown = call(*page, "--only", name.upper()).stdout.splitlines()
        assert len(shown) < len(whole.splitlines())
        left = iter(whole.splitlines())
        assert all(line in left for line in shown)  # in their order
        assert any(line.lower().lstrip("0123456789 ").startswith(name) for line in shown)


def test_names_are_given_as_people_say_them(call: Command) -> None:
    page = ("bptt", "a b c", "--target", "positive", "--truncate", "1", "--clip-norm", "0.1")
    shown = call(*page, "--only", "truncation, clipping").stdout
    titles = re.findall(r"^(Truncated|Clipped|Loss|Notice|Next|Is it)", shown, re.MULTILINE)
    assert titles == ["Truncated", "Clipped"]
    assert "Loss" in call(*page, "--only", "loss").stdout
    assert call(*page, "--only", "").code == 2
    assert call("trace", "a b", "--blank", "--only", "memory").code == 2


def test_forward_also_takes_the_number_of_a_sequence(call: Command, tmp_path: object) -> None:
    path = f"{tmp_path}/two.txt"
    with open(path, "w", encoding="utf-8") as file:  # noqa: PTH123
        file.write("I love NLP\nI hate NLP\n")
    assert call("forward", "--file", path, "--only", "2").stdout == call("forward", "I hate NLP").stdout
    alone = call("forward", "--file", path, "--only", "notice")
    assert (alone.code, alone.stdout.count("Notice"), alone.stdout.count("Next")) == (0, 1, 0)
    assert [call("forward", "--file", path, "--only", wrong).code for wrong in ("0", "-1", "3")] == [2, 2, 2]
