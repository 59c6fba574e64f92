"""Files that exist only while the program runs."""

import os
import tempfile
from pathlib import Path
from typing import BinaryIO, cast

ON_DISK = Path("/var/tmp")


def scratch_file() -> BinaryIO:
    """An empty file without a name, gone when it is closed or the program ends, however it ends.

    It lies in TMPDIR where that is set, else in /var/tmp: /tmp is often held in memory, which is what a scratch file
    is there to save.
    """
    folder = None if os.environ.get("TMPDIR") or not os.access(ON_DISK, os.W_OK) else ON_DISK
    return cast(BinaryIO, tempfile.TemporaryFile(dir=folder))
