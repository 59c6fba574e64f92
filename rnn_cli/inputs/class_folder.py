"""A folder of text files named by class, an example a line."""

from collections.abc import Iterator
from pathlib import Path

from rnn_cli.errors import InputError
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.text_lines import read_data_lines


def read_class_folder(name: str, report: ReadingReport) -> Iterator[tuple[str, int, str, str]]:
    """(file, line, text, class) of each line that holds text; the class is the file's name without .txt.

    Files with another ending are left out, and the report says so. InputError where the folder has no .txt file.
    """
    files = sorted(path for path in Path(name).iterdir() if path.is_file() and not path.name.startswith("."))
    texts = [path for path in files if path.suffix == ".txt"]
    if not texts:
        raise InputError(f"{name}: the folder has no .txt file; each is a class, with an example on each line")
    others = [path.name for path in files if path.suffix != ".txt"]
    if others:
        report.note(f"{name}: left out {', '.join(others)}: only .txt files are classes")
    for path in texts:
        for line, text in read_data_lines(str(path), report):
            if text.strip():
                yield str(path), line, text.strip(), path.stem
