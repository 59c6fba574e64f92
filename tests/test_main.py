"""The entry point: every error is one message and one exit code, a fault of the program itself too."""

import pytest

import rnn_cli.__main__ as entry
from rnn_cli.errors import CheckFailed, InputError, ModelFileError, NumberError, RnnError, SystemRefused

CODES: list[tuple[BaseException, int, str]] = [
    (SystemRefused("disk"), 1, "rnn: disk\n"),
    (InputError("what\nand how"), 2, "rnn: what\nand how\n"),
    (NumberError("inf"), 3, "rnn: inf\n"),
    (ModelFileError("bad"), 4, "rnn: bad\n"),
    (CheckFailed("no"), 5, "rnn: no\n"),
    (KeyboardInterrupt(), 130, ""),
    (MemoryError(), 1, "not enough memory"),
    (FileNotFoundError(2, "No such file or directory", "x.txt"), 2, "rnn: x.txt: No such file or directory\n"),
    (PermissionError(13, "Permission denied", "x.txt"), 1, "rnn: x.txt: Permission denied\n"),
    (OSError(28, "No space left on device"), 1, "rnn: No space left on device\n"),
    (ZeroDivisionError("division by zero"), 1, "rnn: a fault of rnn itself: ZeroDivisionError"),
    (InputError("\x1b[31m\u202e"), 2, "rnn: \\x1b[31m\\u202e\n"),
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
