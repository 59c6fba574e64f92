"""Many commands in one process of their own: python -m tests.support.lines, lines of JSON in and out."""

import contextlib
import io
import json
import sys
from collections.abc import Callable


def main(prepare: Callable[[], None] = lambda: None) -> None:
    """Prepare, and run the commands that come as lines of JSON; write (exit code, stdout, stderr) of each."""
    commands = [json.loads(line) for line in sys.stdin]
    prepare()
    from rnn_cli.__main__ import main as rnn

    for words in commands:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                rnn(words)
                code: object = 0
            except SystemExit as left:
                code = left.code or 0
        print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)


if __name__ == "__main__":
    main()
