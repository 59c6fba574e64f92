"""A folder of files named by class."""

from pathlib import Path

import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.class_folder import read_class_folder
from rnn_cli.inputs.reading_report import ReadingReport


def test_each_file_is_a_class(tmp_path: Path) -> None:
    (tmp_path / "Irish.txt").write_bytes(b"Aodh\r\n\nO'Neal")
    (tmp_path / "Greek.txt").write_bytes("\ufeff Γιάννης \n".encode())
    (tmp_path / "LICENSE").write_text("MIT\n")
    (tmp_path / ".hidden.txt").write_text("no\n")
    report = ReadingReport()
    found = [(line, text, kind) for _, line, text, kind in read_class_folder(str(tmp_path), report)]
    assert found == [(1, "Γιάννης", "Greek"), (1, "Aodh", "Irish"), (3, "O'Neal", "Irish")]
    assert report.notes == [f"{tmp_path}: left out LICENSE: only .txt files are read"]


def test_a_folder_without_texts(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no \.txt file"):
        list(read_class_folder(str(tmp_path), ReadingReport()))
