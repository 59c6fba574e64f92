"""--only: the sections of a page are those that it has, each alone shows what the whole page shows of it."""

import re
from itertools import takewhile
from pathlib import Path

import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.views.sections import fits
from tests.conftest import Command
from tests.support.trained import TrainedModels

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
    wrong = {
        "0": "count from 1",
        "-1": "count from 1",
        "3": "there are 2",
        "9" * 400: "not so many",
        "1,hidden": "both",
    }
    for only, said in wrong.items():
        refused = call("forward", "--file", path, "--only", only)
        assert (refused.code, refused.stdout) == (2, "")
        assert said in refused.stderr, only
    one = call("forward", "--file", path, "--only", "2", "--json").document()
    assert [sequence["text"] for sequence in one["sequences"]] == ["I hate NLP"]


def test_what_would_shape_nothing_is_refused(call: Command, trained: TrainedModels, tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text("a\nb\n", encoding="utf-8")
    lm, file, saved = str(trained.path("lm")), str(tmp_path / "two.txt"), str(tmp_path / "saved.txt")
    bptt = ("bptt", "a b", "--target", "positive")
    for words, option in (
        (("trace", "a b", "--json", "--only", "readout"), "--only"),
        (("forward", "--file", file, "--json", "--lines", "--only", "hidden"), "--only"),
        (("predict", "nlp", "a", "--json", "--only", "next"), "--only"),
        (("inspect", "nlp", "--json", "--only", "next", "--save", f"{saved}.json"), "--only"),
        (("generate", lm, "--length", "3", "--only", "each"), "--only"),
        (("trace", "a b", "--weights"), "--weights"),
        (("inspect", "nlp", "--weights", "--save", saved), "--weights"),
        ((*bptt, "--blank", "--lr", "3"), "--lr"),
        ((*bptt, "--answers", "--arithmetic"), "--arithmetic"),
        (("trace", "a b", "--blank", "--no-arithmetic"), "--no-arithmetic"),
        (("trace", "a b", "--why", "h[1][1]", "--arithmetic"), "--arithmetic"),
        (("forward", "--file", file, "--explain-padding", "--target", "a"), "--target"),
        (("forward", "--file", file, "--explain-padding", "--network", "decoder"), "--network"),
    ):
        refused = call(*words)
        assert (refused.code, refused.stdout) == (2, ""), words
        assert option in refused.stderr
    assert not list(tmp_path.glob("saved*"))
    assert call("trace", "a b", "--json", "--only", "readout", "--save", saved).code == 0
    assert Path(saved).read_text(encoding="utf-8").startswith(call("trace", "a b", "--only", "readout").stdout[:40])
    assert call("trace", "a b", "--json", "--only", "none", "--save", saved).code == 2
    assert call("generate", lm, "--length", "3", "--explain", "--only", "each").stdout.count("Each token") == 1
    assert call("generate", lm, "--length", "3", "--explain", "--only", "none").code == 2
    assert call(*bptt, "--blank", "--lr", "0.1").stdout == call(*bptt, "--blank").stdout
    assert call("trace", "a b", "--weights", "--save", f"{saved}.json").code == 0


def test_an_exact_name_is_that_section_alone(call: Command) -> None:
    page = ("bptt", "a b c", "--target", "positive")
    names = call(*page, "--only", "no such section").stderr.partition("has the sections ")[2].strip().split(", ")
    assert any(fits(name, other) for name in names for other in names if name != other)
    found = [call(*page, "--only", name).stdout for name in names]
    together = zip(*(one.splitlines(keepends=True) for one in found), strict=False)
    head = "".join(lines[0] for lines in takewhile(lambda lines: len(set(lines)) == 1, together))
    assert head + "".join(one.removeprefix(head) for one in found) == call(*page).stdout
