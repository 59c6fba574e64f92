"""The entry point: every error is one message and one exit code, a fault of the program itself too."""

import errno
import signal
import subprocess
import sys

import pytest

import rnn_cli.__main__ as entry
from rnn_cli.errors import CheckFailed, InputError, ModelFileError, NumberError, RnnError, SystemRefused
from tests.support.command import environment

CODES: list[tuple[BaseException, int, str]] = [
    (SystemRefused("disk"), 1, "rnn: disk\n"),
    (InputError("what\nand how"), 2, "rnn: what\nand how\n"),
    (NumberError("inf"), 3, "rnn: inf\n"),
    (ModelFileError("bad"), 4, "rnn: bad\n"),
    (CheckFailed("no"), 5, "rnn: no\n"),
    (KeyboardInterrupt(), 130, ""),
    (MemoryError(), 1, "not enough memory"),
    (FileNotFoundError(2, "No such file or directory", "x.txt"), 2, "rnn: x.txt: No such file or directory\n"),
    (OSError(errno.ENAMETOOLONG, "File name too long", "x.txt"), 2, "rnn: x.txt: File name too long\n"),
    (PermissionError(13, "Permission denied", "x.txt"), 1, "rnn: x.txt: Permission denied\n"),
    (OSError(28, "No space left on device"), 1, "rnn: No space left on device\n"),
    (ZeroDivisionError("division by zero"), 1, "rnn: a fault of rnn itself: ZeroDivisionError"),
    (InputError("\x1b[31m\u202e"), 2, "rnn: \\x1b[31m\\u202e\n"),
    (InputError("a\vb\fc\u2028d\x85e\rf"), 2, "rnn: a\\x0bb\\x0cc\\u2028d\\x85e\\x0df\n"),
]


@pytest.mark.parametrize(("error", "code", "message"), CODES, ids=[f"{type(e).__name__}-{c}" for e, c, _ in CODES])
def test_exit_codes(
    error: BaseException,
    code: int,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def app(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("rnn_cli.app.app", app)
    with pytest.raises(SystemExit) as left:
        entry.main(["trace"])
    captured = capsys.readouterr()
    assert left.value.code == code
    assert captured.out == ""
    assert message in captured.err
    assert "Traceback" not in captured.err
    with pytest.raises(SystemExit) as left:
        entry.main(["trace", "--debug"])
    with_debug = capsys.readouterr().err
    assert left.value.code == code
    assert "\x1b" not in with_debug
    assert ("Traceback" in with_debug) == (not isinstance(error, KeyboardInterrupt))


def test_every_error_of_ours_has_a_code_of_the_contract() -> None:
    kinds: list[type[RnnError]] = [RnnError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert {kind.exit_code for kind in kinds} == {1, 2, 3, 4, 5}


def test_a_name_with_a_line_break_stays_in_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        entry.main(["inspect", "one\ntwo.json"])
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("rnn: one\\x0atwo.json: no such model file")


STRIKING = """if True:
    import os, signal, sys
    from rnn_cli.__main__ import main

    class Striking:  # asked for each module that is loaded from now on
        left = int(sys.argv.pop(1))

        def find_spec(self, *_):
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGINT)

    sys.meta_path.insert(0, Striking())
    main()
"""


def test_an_interrupt_at_any_module_of_the_start_shows_nothing_of_python() -> None:
    """It strikes at a place and not after a time: what a machine has reached after some milliseconds differs."""
    struck = []
    for module in (1, 2, 3, 10, 40, 120, 200):
        found = subprocess.run(
            [sys.executable, "-c", STRIKING, str(module), "trace", "I love NLP"],
            env=environment(None), capture_output=True, timeout=60,
        )  # fmt: skip
        assert found.stderr == b""
        assert found.returncode in (0, 130, -signal.SIGINT)  # a shell shows the last as 130
        struck.append(found.returncode != 0)
    assert all(struck)  # each of them is before the end of the start


def test_what_a_script_ignores_stays_ignored() -> None:
    ignored = "import signal, os, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); os.execv(sys.executable, [sys.executable, '-m', 'rnn_cli', *sys.argv[1:]])"
    process = subprocess.Popen(
        [sys.executable, "-c", ignored, "train", "--task", "parity:length=3", "--max-steps", "200"],
        env=environment(None), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    assert any(line.startswith(b"step ") for line in process.stderr)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


@pytest.mark.parametrize("moment", ["while the command tidies up", "while its message is written", "at the end"])
def test_an_interrupt_after_the_first_shows_nothing_either(moment: str) -> None:
    script = f"""if True:
        import os, signal, sys
        import rnn_cli.app, rnn_cli.program as program
        strike = lambda: os.kill(os.getpid(), signal.SIGINT)
        def app(*_, **__):
            try:
                if {moment!r} == "while its message is written":
                    raise OSError(28, "No space left on device")
                if {moment!r} != "at the end":
                    strike()
            finally:
                if {moment!r} == "while the command tidies up":
                    strike()
        def fail(*_):
            strike()
            return 1
        rnn_cli.app.app, program._fail = app, fail
        if {moment!r} == "at the end":
            sys.exit = lambda code: strike()
        sys.argv = ["rnn", "trace"]
        import rnn_cli.__main__ as entry
        entry.main()
    """
    found = subprocess.run([sys.executable, "-c", script], env=environment(None), capture_output=True, timeout=60)
    assert found.returncode in (130, -signal.SIGINT)  # a shell shows the last as 130
    assert found.stderr == b""
