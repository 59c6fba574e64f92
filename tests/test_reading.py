"""What every reader shares: refusals instead of a parser's own errors, paths that hold no file, whole numbers."""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import rnn_cli
from rnn_cli.errors import InputError, ModelFileError, RnnError, SystemRefused
from rnn_cli.reading import FILE, FOLDER, OTHER, open_file, parsing, read_json, stands_at, whole_number
from tests.conftest import Command


@pytest.mark.parametrize(
    "error", [KeyError("x"), AssertionError(), SyntaxError("a\nb"), InputError("flag"), StopIteration(), OSError("a library's own"), OSError(errno.EINVAL, "Invalid argument")],
)  # fmt: skip
def test_whatever_a_parser_raises_is_one_refusal(error: Exception) -> None:
    with pytest.raises(ModelFileError) as raised, parsing("a.file", "no model", ModelFileError):
        raise error
    assert str(raised.value).startswith("a.file: no model")
    assert len(str(raised.value).splitlines()) == 1


@pytest.mark.parametrize("error", [MemoryError(), PermissionError(13, "no"), SystemRefused("no"), KeyboardInterrupt()])
def test_what_is_no_fault_of_the_file_goes_on(error: BaseException) -> None:
    with pytest.raises(type(error)), parsing("a.file", "no model", ModelFileError):
        raise error


@pytest.mark.parametrize("refusal", [InputError, ModelFileError])
def test_json_says_where(refusal: type[RnnError]) -> None:
    for text, says in (
        (b"[1,\n2,,]", "a:2:3: not JSON"),
        (b"[\xff]", "byte 1"),
        ("[" * 10**5, "nested too deeply"),
        ("9" * 5000, "a: not JSON that can be read (a whole number of too many digits)"),
    ):
        with pytest.raises(refusal) as raised:
            read_json("a", text, refusal)
        assert says in str(raised.value)
    assert read_json("a", b'{"x": [1.5]}') == {"x": [1.5]}


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), (" 7 ", 7), ("0", 0), ("²", None), ("٣", None), ("-1", None), ("+1", None), ("1_0", None), ("1.0", None),
     ("", None), ("9" * 18, 10**18 - 1), ("9" * 5000, None)],
)  # fmt: skip
def test_whole_numbers(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_nobody_else_asks_whether_a_text_is_a_number() -> None:
    """str.isdigit takes "²", and int() refuses it, as it does 5,000 digits."""
    root = Path(rnn_cli.__file__).parent
    for path in {*root.rglob("*.py")} - {root / "reading.py", root / "inputs" / "tokens.py"}:
        assert not re.search(r"\.is(digit|decimal|numeric)\b", path.read_text(encoding="utf-8")), path


def test_a_page_has_a_width_whatever_the_environment_says(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    pages = []
    for columns in ("²", "9" * 5000, "-3", "0", ""):
        monkeypatch.setenv("COLUMNS", columns)
        result = call("forward", "I love NLP")
        assert result.code == 0, result.stderr
        pages.append(result.stdout)
    assert len(set(pages)) == 1


Nowhere = Callable[[Path], str]


def loop(folder: Path) -> str:
    (folder / "a.json").symlink_to("b.json")
    (folder / "b.json").symlink_to("a.json")
    return "a.json"


def dangling(folder: Path) -> str:
    (folder / "d.json").symlink_to("nowhere")
    return "d.json"


NOWHERE: dict[str, Nowhere] = {
    "a loop of links": loop,
    "a link to nowhere": dangling,
    "a name too long": lambda folder: "n" * 300 + ".json",
    "a name with a NUL": lambda folder: "a\0b.json",
    "a file as a folder": lambda folder: f"{Path(__file__)}/x.json",
    "no name": lambda folder: "",
}

READERS: dict[str, tuple[str, ...]] = {
    "a model": ("inspect",),
    "a run": ("train", "--task", "classify", "--resume"),
    "data": ("train", "--task", "classify", "--max-steps", "1"),
    "a text": ("train", "--task", "lm", "--max-steps", "1"),
    "sentences": ("forward", "--file"),
    "numbers": ("forward", "--input"),
}


@pytest.mark.parametrize("name", list(NOWHERE))
def test_what_does_not_exist_is_said(name: str, call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = NOWHERE[name](tmp_path)
    assert stands_at(path) is None
    for arguments in READERS.values():
        result = call(*arguments, path)
        assert (result.code, result.stdout) == (2, ""), (arguments, result.stderr)
        assert len(result.stderr.splitlines()) == 1
        assert len(result.stderr) < 400


@pytest.mark.parametrize("reader", list(READERS))
def test_what_the_system_refuses_is_said(
    reader: str, call: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that may not be read, then one in a folder that may not be looked into."""
    path = tmp_path / f"secret.{'safetensors' if reader == 'a run' else 'json'}"
    path.write_text("{}")

    def refusing(function: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(what: Any, *arguments: Any, **more: Any) -> Any:
            if str(what) == str(path):
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return function(what, *arguments, **more)

        return refuse

    arguments = [*READERS[reader], str(path)]
    for place, name in ((Path, "open"), (os, "stat")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, refusing(getattr(place, name)))
            result = call(*arguments)
        assert (result.code, result.stdout) == (1, ""), (name, result.stderr)
        assert f"{path}: Permission denied" in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_what_stands_at_a_path(tmp_path: Path, call: Command) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "file.txt").write_bytes(b"x")
    kinds = {name: stands_at(str(tmp_path / name)) for name in ("pipe.json", "file.txt", ".")}
    assert kinds == {"pipe.json": OTHER, "file.txt": FILE, ".": FOLDER}
    with open_file(str(tmp_path / "file.txt")) as file:
        assert file.read() == b"x"
    with pytest.raises(InputError, match="is a folder"):
        open_file(str(tmp_path))
    assert call("inspect", str(tmp_path / "pipe.json")).code == 2  # it would wait for whoever writes
