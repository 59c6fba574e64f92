"""A file is written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from rnn_cli.files import write_atomically


def test_a_save_replaces_the_file_whole_or_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "f"
    write_atomically(path, b"old")
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~umask
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(TypeError):
        write_atomically(path, "no bytes")  # type: ignore[arg-type]
    assert path.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["f"]
    with pytest.raises(OSError, match="No such file"):
        write_atomically(tmp_path / "none" / "f", b"x")
