"""Several texts, or a folder of them, read one after the other as one."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from rnn_cli.errors import InputError
from rnn_cli.inputs.opening import open_text, suffix_of
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.scratch import scratch_file
from rnn_cli.reading import FOLDER, stands_at

TEXTS = (".txt", ".text", ".md", "")
"""The endings of the files of a folder that are read."""


def text_files(data: Sequence[str], report: ReadingReport) -> list[str]:
    """The files that `data` name, in their order; those of a folder in the order of their names, which is said.

    InputError where a folder holds no text.
    """
    files: list[str] = []
    for name in data:
        if name == "-" or stands_at(name) != FOLDER:
            files.append(name)
            continue
        inside = [str(one) for one in sorted(Path(name).iterdir()) if one.is_file() and one.name[0] != "."]
        texts = [one for one in inside if suffix_of(one) in TEXTS]
        if not texts:
            raise InputError(f"{name}: no text in the folder: its files are to end in .txt")
        left_out = f", and {len(inside) - len(texts):,} others left out" if len(inside) > len(texts) else ""
        words = f"{len(texts):,} files in the order of their names, {Path(texts[0]).name} first{left_out}"
        report.decide(name, "files", len(texts), words)
        files += texts
    return files


def open_texts(files: Sequence[str], report: ReadingReport) -> BinaryIO:
    """The texts one after the other, each ending with a line end. A single one is handed out as it is."""
    if len(files) == 1:
        return open_text(files[0], report, as_it_is=True)
    joined = scratch_file()
    try:
        for name in files:
            with open_text(name, report) as stream:
                shutil.copyfileobj(stream, joined)
                stream.seek(max(0, stream.seek(0, 2) - 1))
                joined.write(b"" if stream.read(1) == b"\n" else b"\n")
    except BaseException:
        joined.close()
        raise
    return joined
