"""Tables as people have them: which texts arrive under which label, what is said, and what is refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.tasks import find_task
from rnn_cli.tasks.options import DataOptions

PLACES = ("boat", "hill", "lake", "road", "wood", "town", "moon", "rain", "snow", "wind", "fire", "gate")
ROWS = tuple((f"the {place} is {'calm' if k % 2 else 'wild'}", "ab"[k % 2]) for k, place in enumerate(PLACES))
"""Twelve texts, no two alike, under two labels."""

COMMAS = tuple((f"{text}, and {'old, ' * (k % 3)}{PLACES[-k]}", label) for k, (text, label) in enumerate(ROWS))
NAMES = tuple((f"{text.split()[1].title()}", label) for text, label in ROWS)


def lines(template: str, rows: tuple[tuple[str, str], ...] = ROWS, head: str = "", tail: str = "") -> str:
    """A line for each row, from a template with {text}, {label}, {k} and {day}."""
    body = "".join(
        template.format(text=text, label=label, k=k, day=f"2021-03-{k + 1:02}") + "\n"
        for k, (text, label) in enumerate(rows)
    )
    return head + body + tail


@dataclass(frozen=True)
class Form:
    """Files by name, the options, and what is right: the rows that arrive and words that are said, or the error."""

    files: Mapping[str, str]
    rows: tuple[tuple[str, str], ...] | None = ROWS
    says: str = ""
    error: str = ""
    task: str = "classify"
    options: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[str, ...] | None = None
    left_out: Mapping[str, int] = field(default_factory=dict)


def one(name: str, text: str, rows: tuple[tuple[str, str], ...] = ROWS, **rest: Any) -> Form:
    """A form of one file."""
    return Form({name: text}, rows, **rest)


def refused(name: str, text: str, error: str, **rest: Any) -> Form:
    """A form of one file that is not read."""
    return Form({name: text}, None, error=error, **rest)


TSV = lines("{text}\t{label}")
JSON_ROWS = ", ".join(f'{{"text": "{text}", "label": "{label}"}}' for text, label in ROWS)
TEXTS = ", ".join(f'"{text}"' for text, _ in ROWS)
LABELS = ", ".join(f'"{label}"' for _, label in ROWS)
KEYS = ", ".join(f'"k{k}": 0' for k in range(9))
FIRST = ", ".join(f'"{k}": "{text}"' for k, (text, _) in enumerate(ROWS))
SECOND = ", ".join(f'"{k}": "{label}"' for k, (_, label) in enumerate(ROWS))
QUOTED = tuple((f'"{text}" he said', label) for text, label in ROWS)
LONG = tuple((f"{text}\n\nand {label} is, so it seems, right", label) for text, label in ROWS)

FORMS = {
    # Which column is what.
    "label first, no header": one("a.tsv", lines("{label}\t{text}"), says='label in column 1 (2 different)'),
    "label first, .txt": one("a.txt", lines("{label}\t{text}"), says="label in column 1"),
    "label first, chosen alone": one("a.tsv", lines("{label}\t{text}"), options={"label": "1"}),
    "text chosen alone": one("a.tsv", lines("{label}\t{text}"), options={"text": "2"}),
    "label last, no header": one("a.tsv", TSV, says="no header"),
    "header with known names": one("a.csv", lines("{label},{text}", head="label,text\n"), says="line 1 names the columns"),
    "header, one known name": one("a.csv", lines("{label},{text}", head="stars,utter\n")),
    "header without known names": one("a.tsv", lines("{label}\t{text}", head="v1\tv2\n"), says='label in "v1"'),
    "header of other words, long texts": one("a.tsv", lines("{text}\t{label}", (*ROWS, ("it is", "c")), "body\tmood\n"), (*ROWS, ("it is", "c"))),
    "header with a hash": one("a.tsv", lines("{text}\t{label}", head="# text\tlabel\n")),
    "index column of pandas": one("a.csv", lines("{k},{text},{label}", head=",text,label\n"), says='text in "text"'),
    "index column, no header": one("a.csv", lines("{k},{text},{label}"), says="text in column 2, label in column 3"),
    "row names of R": one("a.csv", lines('"{k}","{text}","{label}"', head='"text","label"\n')),
    "id, date, text, label": one("a.csv", lines("u{k},{day},{text},{label}", head="user,posted,said,mood\n"), says='text in "said", label in "mood"'),
    "label is a number": one("a.csv", lines("{text},{label}", tuple((t, str(ord(y) % 5)) for t, y in ROWS)), tuple((t, str(ord(y) % 5)) for t, y in ROWS)),
    "names, one word": one("a.csv", lines("{label},{text}", NAMES), NAMES, says="label in column 1"),
    "two texts": refused("a.tsv", lines("{text}\t{text} too\t{label}"), "does not show which are meant: choose with --text and --label"),
    "two texts, chosen": one("a.tsv", lines("{text} too\t{text}\t{label}"), options={"text": "2"}),
    "two texts by name": refused("a.csv", lines("{text},no {text},{label}", head="title,body,label\n"), r"several columns may be the text \(title, body\)"),
    "two labels by name": refused("a.csv", lines("{text},{label},{label}", head="text,class,sentiment\n"), r"several columns may be the label"),
    "two columns that repeat": refused("a.tsv", "cat\tdog\nhen\tcow\ncat\tcow\nhen\tdog\n" * 3, "each of two columns repeats.*\n1: 'cat', 2: 'dog'"),
    "no column repeats": refused("a.tsv", lines("{text}\tL{k}"), "neither column repeats as labels do"),
    "labels that are scores": refused("a.csv", lines("{text},0.{k}71", head="text,label\n"), "'label', but its values hardly ever repeat"),
    "texts where labels should be": refused("a.csv", lines("{text},{label}", head="label,text\n"), "hardly ever repeat"),
    # Delimiters and quotes.
    "semicolons": one("a.csv", lines("{text}, too;{label}"), tuple((f"{t}, too", y) for t, y in ROWS), says="a semicolon between"),
    "bars": one("a.psv", lines("{text}|{label}"), says="a vertical bar between"),
    "bars, .txt": one("a.txt", lines("{text}|{label}"), says="a vertical bar between"),
    "tabs in a .csv": one("a.csv", lines("{text}, too\t{label}"), tuple((f"{t}, too", y) for t, y in ROWS), says="a tab between"),
    "commas in a .tsv": one("a.tsv", lines("{text},{label}"), says="a comma between"),
    "no ending": one("data", TSV),
    "runs of spaces": one("a.txt", lines("{text}     {label}"), says="a run of spaces between"),
    "a sign of its own": one("a.txt", lines("{text}::{label}"), options={"delimiter": "::"}),
    "label and a space": refused("a.txt", lines("{label} {text}"), "lines begin with a, b.*--delimiter space"),
    "label and a space, chosen": one("a.txt", lines("{label} {text}", COMMAS), COMMAS, options={"delimiter": "space"}),
    "label and a space, quotes in the text": one("a.txt", lines('{label} "so {text}', tuple((t.replace("is", '"is"'), y) for t, y in COMMAS)), tuple((f'"so {t}'.replace("is", '"is"'), y) for t, y in COMMAS), options={"delimiter": "space"}),
    "label and a colon": refused("a.txt", lines("{label}: {text}"), "lines begin with a:, b:.*--delimiter :"),
    "label and a colon, chosen": one("a.txt", lines("{label}: {text}"), options={"delimiter": ":"}),
    "sep= of a spreadsheet": one("a.csv", lines("{text};{label}", head="sep=;\n"), says="line 1 names the delimiter"),
    "commas in the text, label last": one("a.csv", lines("{text},{label}", COMMAS), COMMAS, says="cut at its last comma"),
    "commas in the text, label first": one("a.csv", lines("{label},{text}", COMMAS), COMMAS, says="cut at its first comma"),
    "commas in the text, header": one("a.csv", lines("{text},{label}", COMMAS, "text,label\n"), COMMAS),
    "one comma in each text, header": one("a.csv", lines("{text}, too,{label}", head="text,label\n"), tuple((f"{t}, too", y) for t, y in ROWS)),
    "commas in a few texts": one("a.csv", lines("{text},{label}", (*ROWS, ("yes, indeed", "a")), "text,label\n"), (*ROWS, ("yes, indeed", "a")), says="cut beside the label: 1"),
    "blank before the quote": one("a.csv", lines('"{text}", {label}', COMMAS, "text, label\n"), COMMAS),
    "blank before the quote, second": one("a.csv", lines('{label}, "{text}" ', COMMAS), COMMAS),
    "quotes with a backslash": one("a.csv", lines('"\\"{text}\\" he said",{label}'), QUOTED),
    "quotes in a .tsv, as pandas writes": one("a.tsv", lines('"""{text}"" he said"\t{label}'), QUOTED, says="quotes enclose cells"),
    "quotes around all of a .tsv": one("a.tsv", lines('"{text}"\t"{label}"'), says="quotes enclose cells"),
    "quotes as a spreadsheet saves tabs": one("a.txt", lines('"{text}"\t{label}', COMMAS), COMMAS, says="quotes enclose cells"),
    "quotes are characters of a .tsv": one("a.tsv", lines("{text}\t{label}", QUOTED), QUOTED),
    "a few texts in quotes, .tsv": one("a.tsv", lines("{text}\t{label}", tuple((f'"{t}"' if k % 4 == 0 else t, y) for k, (t, y) in enumerate(ROWS))), tuple((f'"{t}"' if k % 4 == 0 else t, y) for k, (t, y) in enumerate(ROWS))),
    "quotes are characters of a .csv": one("a.csv", lines("{text},{label}", QUOTED), QUOTED, says="quotes are characters"),
    "quotes are characters, chosen": one("a.csv", lines('"{text}",{label}'), tuple((f'"{t}"', y) for t, y in ROWS), options={"quotes": False}),
    "line breaks in quotes": one("a.csv", lines('"{text}",{label}', LONG, "text,label\n"), LONG),
    "line breaks in quotes, .tsv": one("a.tsv", lines('"{text}"\t{label}', LONG), LONG, says="quotes enclose cells"),
    "an open quote among quoted texts": one(
        "a.csv", lines('"{text}",{label}', COMMAS * 2, tail='"it is open,a\n') + lines('"{text}",{label}', COMMAS * 2), COMMAS * 4,
        says="opens in line 25 would swallow 1 more line;", left_out={"the quote that opens here is not closed where a cell ends": 1},
    ),
    "an open quote, no other": one("a.csv", lines("{text},{label}", tail='"it is open,a\n') + lines("{text},{label}"), (*ROWS, ('"it is open', "a"), *ROWS), says="quotes are characters: one opens in line 13 and would swallow 12 more lines"),
    # What is no row.
    "a title": one("a.csv", lines("{text},{label}", head="A survey\n\ntext,label\n"), says="line 1 skipped"),
    "comments": one("a.tsv", "# made in 2021\n# by hand\n" + TSV, says="lines 1, 2 skipped"),
    "a sum at the end": one("a.csv", lines("{text},{label}", tail="Total: 12 rows,\n"), says="line 13 skipped"),
    "empty columns at the end": one("a.csv", lines("{label},{text},,,", head="v1,v2,,,\n"), says="empty columns at the end left out: 3"),
    "empty columns in the rows alone": one("a.csv", lines("{label},{text},", head="label,text\n")),
    "too many rows of another width": refused("a.csv", lines("{text},{label}", head="text,label\n", tail="only text\n" * 3), "3 of 15 rows cannot be read.*--allow-left-out"),
    # Other formats.
    "JSON lines": one("a.jsonl", lines('{{"label": "{label}", "text": "{text}"}}')),
    "JSON lines called .json": one("a.json", lines('{{"label": "{label}", "text": "{text}"}}'), says="JSON lines"),
    "JSON lines called .txt": one("a.txt", lines('{{"label": "{label}", "text": "{text}"}}'), says="JSON lines"),
    "JSON list": one("a.json", f"[{JSON_ROWS}]", says="a JSON list"),
    "JSON list called .jsonl": one("a.jsonl", "[\n" + JSON_ROWS.replace("}, ", "},\n") + "\n]\n", says="a JSON list"),
    "JSON under a key": one("a.json", f'{{"version": 1, "data": [{JSON_ROWS}]}}', says='the JSON list under "data", without "version"'),
    "JSON with a list of another length beside the rows": one("a.json", f'{{"data": [{JSON_ROWS}], "names": ["a", "b"]}}', says='without "names"'),
    "JSON with lists beside the texts": one("a.jsonl", lines('{{"text": "{text}", "tokens": ["{k}"], "label": "{label}"}}'), says='without "tokens", as lists are no cells'),
    "JSON of lists of words": refused("a.jsonl", lines('{{"text": ["{text}"], "label": "{label}"}}'), "a.jsonl:1: 'text' holds lists, which are no cells"),
"JSON with a list beside the rows": one("a.json", f'{{"data": [{JSON_ROWS}], "score": [{", ".join("1" * len(ROWS))}]}}', says='the JSON list under "data", without "score"'),
    "JSON of columns beside other keys": one("a.json", f'{{"text": [{TEXTS}], "label": [{LABELS}], "n": 12, "no\\"te": []}}', says='a JSON object of columns, without "n", "no\\"te"'),
    "JSON with names apart and an index": one("a.json", '{"columns": ["label", "text"], "index": [0], "data": [' + ", ".join(f'["{y}", "{t}"]' for t, y in ROWS) + "]}", says='without "index"'),
    "JSON with lists within": one("a.jsonl", lines('{{"m": {{"t": [1]}}, "text": "{text}", "label": "{label}"}}'), says='without "m.t", as lists are no cells'),
    "JSON of many keys beside the rows": one("a.json", f'{{"data": [{JSON_ROWS}], {KEYS}}}', says='"k0", "k1", "k2", "k3", "k4" and 4 more'),
    "JSON with one list among its labels": one("a.jsonl", lines('{{"text": "{text}", "label": "{label}"}}', ROWS * 2, tail='{"text": "a", "label": ["b"]}\n'), ROWS * 2, left_out={"no text under 'label'": 1}),
    "JSON of columns": one("a.json", f'{{"text": [{TEXTS}], "label": [{LABELS}]}}', says="a JSON object of columns"),
    "JSON of columns, as pandas writes": one("a.json", f'{{"text": {{{FIRST}}}, "label": {{{SECOND}}}}}', says="a JSON object of columns"),
    "JSON with names apart": one("a.json", '{"columns": ["label", "text"], "data": [' + ", ".join(f'["{y}", "{t}"]' for t, y in ROWS) + "]}"),
    "JSON list of lists": one("a.json", "[" + ", ".join(f'["{t}", "{y}"]' for t, y in ROWS) + "]"),
    "JSON lines of lists": one("a.jsonl", lines('["{label}", "{text}"]')),
    "JSON with keys inside": one("a.jsonl", lines('{{"data": {{"text": "{text}"}}, "gold": "{label}"}}'), says='text in "data.text", label in "gold"'),
    "JSON with keys inside, chosen": one("a.jsonl", lines('{{"data": {{"text": "{text}"}}, "gold": "{label}"}}'), options={"text": "data.text"}),
    "JSON of several tables": refused("a.json", f'{{"train": [{JSON_ROWS}], "test": [{JSON_ROWS}]}}', r"several tables \(train, test\)"),
    "JSON that breaks off": refused("a.json", '[\n{"text": "a", "label": "b"},\n{"text": ', r"a\.json:3:\d+: not JSON"),
    "fastText": one("a.txt", lines("__label__{label} {text}"), says="fastText"),
    "fastText, label last": one("train.ft", lines("{text} __label__{label}")),
    "fastText, several labels": refused("a.txt", lines("__label__{label} __label__z {text}"), "no row"),
    # Files and folders named by class.
    "two files": Form({"a": lines("{text}", ROWS[::2]), "b": lines("{text}", ROWS[1::2])}, ROWS[::2] + ROWS[1::2], says="a class a file"),
    "two files with commas": Form({"a.txt": lines("{text}", COMMAS[::2]), "b.txt": lines("{text}", COMMAS[1::2])}, COMMAS[::2] + COMMAS[1::2], says="a class a file"),
    "two files that differ by their ending": Form({"talk.a": lines("{text}", ROWS[::2]), "talk.b": lines("{text}", ROWS[1::2])}, ROWS[::2] + ROWS[1::2]),
    "two tables": Form({"x.txt": TSV, "y.txt": TSV}, ROWS + ROWS),
    "two parts of a split": Form({"train.txt": lines("{text}"), "test.txt": lines("{text}")}, None, error="train and test are parts of a data set"),
    "a folder of files": Form({"d/a.txt": lines("{text}", ROWS[::2]), "d/b.txt": lines("{text}", ROWS[1::2]), "d/README.txt": "About.\n"}, ROWS[::2] + ROWS[1::2], data=("d",), says="left out README.txt"),
    "a folder of folders": Form({f"d/{y}/{k}.txt": t.replace(" is ", "\nis ") for k, (t, y) in enumerate(sorted(ROWS, key=lambda row: row[1]), start=10)}, ROWS[::2] + ROWS[1::2], data=("d",), says="a class a folder, an example a file"),
    "a folder of folders of a file": Form({"d/a/all.txt": lines("{text}", ROWS[::2]), "d/b/all.txt": lines("{text}", ROWS[1::2])}, ROWS[::2] + ROWS[1::2], data=("d",), says="a class a folder, an example a line"),
    "a folder of folders without endings": Form({f"d/{y}/{k}": t for k, (t, y) in enumerate(sorted(ROWS, key=lambda row: row[1]), start=10)}, ROWS[::2] + ROWS[1::2], data=("d",)),
    "a folder of parts": Form({"d/train/a/1.txt": "x", "d/test/a/1.txt": "y"}, None, data=("d",), error="test and train are parts of a data set"),
    "a folder of tables": Form({"d/x.txt": TSV, "d/y.txt": TSV}, None, data=("d",), error=r"x\.txt: holds columns.*give the files themselves"),
    "the examples of one class": Form({f"d/{k}.txt": f"a text {k}\n" for k in range(20)}, None, data=("d",), error="20 files with a line each.*give the folder above"),
    # Other tasks.
    "describe, condition last": one("a.tsv", lines("{text}\t{label}"), tuple((y, t) for t, y in ROWS), task="describe", says="condition in column 2"),
    "translate, languages in line 1": one("a.tsv", "en\tde\nthe dog\tder Hund\na cat\teine Katze\none\teins\n", (("the dog", "der Hund"), ("a cat", "eine Katze"), ("one", "eins")), task="translate", says="line 1 names the columns"),
    "translate, a third column": refused("a.tsv", "Go.\tGeh.\tCC-BY 2 (x)\nHi.\tHallo.\tCC-BY 2 (y)\nRun!\tLauf!\tCC-BY 2 (z)\n", "3 columns, of which 2 are wanted: choose with --text and --label", task="translate"),
    "translate, bars of three": one("a.txt", "one ||| eins\ntwo ||| zwei\n", (("one", "eins"), ("two", "zwei")), task="translate", options={"separator": "|||"}),
    "translate, side by side": Form({"a.en": "one\n\ntwo\n", "a.de": "eins\n\nzwei\n\n"}, (("one", "eins"), ("two", "zwei")), task="translate", options={"parallel": True}, says="line by line beside"),
    "translate, empty lines at the end of the source": Form({"a.en": "one\ntwo\n\n\n", "a.de": "eins\nzwei\n"}, (("one", "eins"), ("two", "zwei")), task="translate", options={"parallel": True}),
    "translate, another number of lines": Form({"a.en": "one\ntwo\n", "a.de": "eins\n"}, None, task="translate", options={"parallel": True}, error=r"a\.en has 2 lines and .*a\.de 1"),
    "translate, empty on one side": Form({"a.en": "one\n\ntwo\n", "a.de": "eins\ndrei\nzwei\n"}, (("one", "eins"), ("two", "zwei")), task="translate", options={"parallel": True, "allow_left_out": 0.5}, left_out={"no source, but a target": 1}),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_form(tmp_path: Path, name: str) -> None:
    form = FORMS[name]
    for file, text in form.files.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    data = [str(tmp_path / file) for file in form.data or form.files]
    report = ReadingReport(allow=form.options.get("allow_left_out", 0.05))
    task: Any = find_task(form.task)
    if form.rows is None:
        with pytest.raises(InputError, match=f"(?s){form.error}"):
            task.read(data, DataOptions(**form.options), report, None)
        return
    rows = task.read(data, DataOptions(**form.options), report, None)
    assert rows == list(form.rows)
    said = [word for words in report.said.values() for word in words] + report.notes
    assert not form.says or any(form.says in word for word in said), said
    assert {one.reason: one.count for one in report.left_out.values()} == form.left_out
