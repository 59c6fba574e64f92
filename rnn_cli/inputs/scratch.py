"""Files without a name, for what is too long to be held in memory."""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

ON_DISK = Path("/var/tmp")
"""Folder for scratch files. /tmp is often held in memory, and a scratch file is meant to save memory."""


def scratch_file() -> BinaryIO:
    """An empty file without a name, gone when it is closed or the program ends, however it ends.

    It lies in TMPDIR where that is set, else in ON_DISK where that can be written to.
    """
    folder = None if os.environ.get("TMPDIR") or not os.access(ON_DISK, os.W_OK) else ON_DISK
    return cast(BinaryIO, tempfile.TemporaryFile(dir=folder))
