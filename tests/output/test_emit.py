"""A page is made once for all that it goes to, and a document only where one is asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.text import Text

from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.output.emit import check_save, emit


class Counted:
    """A page and a document that count how often they are made."""

    def __init__(self) -> None:
        self.pages = self.documents = 0

    def page(self) -> Iterator[Text]:
        """A line."""
        self.pages += 1
        yield Text("h_1 [bold]")

    def document(self) -> dict[str, str]:
        """A document."""
        self.documents += 1
        return {"schema": "rnn.x/1"}


def test_a_page_is_made_once_for_all_its_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = Counted()
    files = [str(tmp_path / name) for name in ("a.svg", "b.html", "c.txt", "d.svg")]
    emit(made.page, made.document, title="rnn x", save=files)
    assert (made.pages, made.documents) == (1, 0)
    assert capsys.readouterr().out == Path(files[2]).read_text() == "h_1 [bold]\n"
    assert "<title>rnn x</title>" in Path(files[0]).read_text()
    assert "h_1 [bold]" in Path(files[1]).read_text()


@pytest.mark.parametrize(("save", "made_pages"), [((), 0), (("a.json",), 0), (("a.txt",), 1)])
def test_json_makes_no_page_that_no_file_asks_for(
    save: tuple[str, ...], made_pages: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = Counted()
    emit(made.page, made.document, as_json=True, save=[str(tmp_path / name) for name in save])
    assert capsys.readouterr().out == '{"schema": "rnn.x/1"}\n'
    assert made.pages == made_pages


def test_a_page_that_goes_to_stdout_alone_is_drawn_as_it_is_made(capsys: pytest.CaptureFixture[str]) -> None:
    drawn: list[str] = []

    def page() -> Iterator[Text]:
        for k in range(3):
            drawn.append(capsys.readouterr().out)
            yield Text(str(k))

    emit(page, dict)
    assert drawn == ["", "0\n", "1\n"]


def test_files_that_cannot_be_written(tmp_path: Path) -> None:
    make: Callable[[], dict[str, str]] = dict
    with pytest.raises(SystemRefused, match=r"--save .*No such file"):
        emit(list, make, save=[str(tmp_path / "none" / "a.txt")])
    with pytest.raises(InputError, match=r"--save a.doc: expected one of .svg, .html, .txt, .md, .tex, .json"):
        check_save(["a.doc"])
