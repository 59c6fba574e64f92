"""Pages as Markdown and LaTeX, and the two themes: what is saved stands for itself, compiles, and fetches nothing."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from rich.text import Text

from rnn_cli.core.cells import CELLS
from rnn_cli.output import latex, markdown
from rnn_cli.output.mathematics import mathematics
from rnn_cli.output.themes import THEMES, contrast, readable
from rnn_cli.views.page import Grid, Prose, heading
from tests.conftest import Command

HOSTILE = r"a_b $x$ % # & \ {é} 中 ß <b> |x| ~^ `c` \end{document} -- *d* \\ [y](z) 1. ‖"
PAGES = {
    "trace": ["trace", "I love NLP"],
    "sheet": ["trace", HOSTILE, "--cell", "slstm", "--hidden-size", "2", "--blank", "--steps", "1"],
    "bptt": ["bptt", "I love NLP", "--target", "positive", "--cell", "gru", "--hidden-size", "2", "--truncate-sweep"],
    "back sheet": ["bptt", "I love", "--target", "positive", "--cell", "peephole", "--hidden-size", "1", "--blank"],
    "gradients": ["gradients", "I love NLP", "--cell", "lstm"],
    "wide": ["forward", "I love NLP", "--cell", "lstm", "--hidden-size", "20", "--bidirectional"],
    "shapes": ["forward", HOSTILE, "--explain-shapes"],
}


def save(call: Command, words: list[str], folder: Path, *suffixes: str) -> list[str]:
    """What a command saves under each suffix."""
    files = [folder / f"page{suffix}" for suffix in suffixes]
    result = call(*words, *(word for file in files for word in ("--save", str(file))))
    assert result.code == 0, result.stderr
    return [file.read_text(encoding="utf-8") for file in files]


@pytest.mark.parametrize("page", PAGES)
def test_markdown_has_whole_tables_and_equations(call: Command, page: str, tmp_path: Path) -> None:
    text, plain = save(call, PAGES[page], tmp_path, ".md", ".txt")
    assert text.startswith("# ")
    assert text.count("\n$$\n") % 2 == 0
    fenced = re.sub(r"^(`{3,})text\n.*?\n\1$", "", text, flags=re.MULTILINE | re.DOTALL)
    for table in re.findall(r"(?:^\|.*\|\n)+", fenced, re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}
        assert len(widths) == 1, table
        assert re.fullmatch(r"\|( (:--|--:) \|)+", table.splitlines()[1])
    unsigned = r"\d+\.\d{4}(?!\d)"
    shown = {number.replace("\\", "") for number in re.findall(unsigned, text)}
    assert shown >= set(re.findall(unsigned, plain))


@pytest.mark.parametrize("page", PAGES)
def test_latex_is_balanced_and_knows_every_sign(call: Command, page: str, tmp_path: Path) -> None:
    (text,) = save(call, PAGES[page], tmp_path, ".tex")
    opened = re.findall(r"\\(begin|end)\{(\w+)\}", text)
    waiting: list[str] = []
    for what, name in opened:
        if what == "begin":
            waiting.append(name)
        else:
            assert waiting.pop() == name
    assert waiting == []
    bare = text.replace("\\\\", "")
    assert len(re.findall(r"(?<!\\)\{", bare)) == len(re.findall(r"(?<!\\)\}", bare))
    body = text.partition("\\begin{document}")[2]
    declared = {chr(int(number, 16)) for number in re.findall(r"\\DeclareUnicodeCharacter\{(\w+)\}", text)}
    assert {letter for letter in body if not letter.isascii()} == declared
    assert not re.search(r"https?:|booktabs", text)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
@pytest.mark.parametrize("page", PAGES)
def test_latex_compiles(call: Command, page: str, tmp_path: Path) -> None:
    save(call, PAGES[page], tmp_path, ".tex")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=100)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout


def test_a_hostile_text_stands_for_itself() -> None:
    parts = [heading(HOSTILE), Prose(HOSTILE), Grid([HOSTILE, "x"], [[HOSTILE, "1"]])]
    text = markdown.page_markdown(parts)
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text)
    assert read.count(HOSTILE) == 4
    assert not re.search(r"(?<!\\)[<$`*]", text)
    assert latex.page_latex(parts).count(r"\end{document}") == 1
    assert latex.page_latex(parts).endswith("\n\\end{document}\n")
    assert markdown.page_markdown([Prose("1. a"), Prose("- b"), Prose("3) c")]).split("\n\n") == [
        *("1\\. a", "\\- b", "3\\) c\n"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "set_as"),
    [
        ("h_t = tanh(W_xh x_t + b_h)", r"h_{t} = \tanh(W_{xh} x_{t} + b_{h})"),
        ("c_t = f_t * c_{t-1}", r"c_{t} = f_{t} \odot  c_{t-1}"),
        ("W_hh^T da_n ⊗ x_2", r"W_{hh}^{\top} da_{n} \otimes  x_{2}"),
        ("log_sigmoid([3]) - exp([4])^2", r"\operatorname{log\_sigmoid}([3]) - \exp([4])^{2}"),
        ("1 - e^f_2   forget gate", r"1 - e^{f_{2}}\qquad \text{forget gate}"),
        ("= [7] ________", r"= [7] \underline{\hspace{5em}}"),
        ("0.5·(-0.25) / [2]", r"0.5\cdot (-0.25) / [2]"),
        ("g_t =         tanh(a_t)   candidate", r"g_{t} = \tanh(a_{t})\qquad \text{candidate}"),
        ("a_t =  -  b_t", "a_{t} = - b_{t}"),
        ("dW_h = sum over t of da ⊗ h_{t-1}", r"dW_{h} =\text{ sum over }t\text{ of }da \otimes  h_{t-1}"),
        ("db = sum of da", r"db =\text{ sum of }da"),
        ("dL/dlogits = p", r"dL/d\text{logits} = p"),
        ("what I do of", r"\text{what }I\text{ do of}"),
    ],
)  # fmt: skip
def test_equations_in_latex(written: str, set_as: str) -> None:
    assert mathematics(written, str) == set_as


@pytest.mark.parametrize("cell", CELLS)
def test_no_equation_of_a_cell_begins_with_a_gap_or_calls_a_gradient_a_word(
    cell: str, call: Command, tmp_path: Path
) -> None:
    for text in save(call, ["bptt", "a b", "--target", "positive", "--cell", cell], tmp_path, ".md", ".tex"):
        assert not re.search(r"[=+*(-] *\\qquad", text)
        words = {word for found in re.findall(r"\\text\{([^}]*)\}", text) for word in found.split()}
        assert not {word for word in words if re.fullmatch(r"d(?!o$)([A-Za-z]|logits)", word)}


@pytest.mark.parametrize("name", THEMES)
def test_a_saved_page_is_readable_and_fetches_nothing(call: Command, name: str, tmp_path: Path) -> None:
    theme = THEMES[name]
    words = ["bptt", "I love NLP", "--target", "positive", "--truncate", "1", "--cell", "lstm", "--theme", name]
    for text in save(call, words, tmp_path, ".svg", ".html"):
        found = set(re.findall(r"(?:fill|color): ?(#[0-9a-f]{6})", text))
        assert len(found) >= 5
        for colour in found:
            assert contrast(colour, theme.box) >= 4.5, colour
        assert theme.box in text
        assert "I&#160;love" in text or "I love" in text
        fetched = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"https?:|@font-face|@import|url\((?!#)|<script|<link|src=", fetched)


def test_a_colour_in_a_text_is_a_text() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # the guidelines' own example
    changed = readable('<style>.a { fill: #eeeeee }</style><b style="color: #eeeeee">color: #eeeeee', THEMES["light"])
    assert changed.count("#eeeeee") == 1
    assert changed.endswith(">color: #eeeeee")


def test_light_is_the_theme_of_what_is_saved(call: Command, tmp_path: Path) -> None:
    first, second = (save(call, ["inspect", "nlp", *more], tmp_path, ".svg")[0] for more in ([], ["--theme", "light"]))
    assert first == second
    refused = call("inspect", "nlp", "--theme", "blue")
    assert refused.code == 2
    assert "--theme blue: it can be light or dark" in refused.stderr


def test_a_line_with_no_equation_stays_as_it_is() -> None:
    text = markdown.page_markdown([Text("  a   b"), Text("```"), Text("c")])
    assert text == "````text\n  a   b\n```\nc\n````\n"
