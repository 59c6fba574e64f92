"""Every error that the program raises on purpose, and the exit code of each.

    RnnError
    ├── SystemRefused      1    disk, permission, broken file system
    ├── InputError         2    usage, or an input the command cannot use
    │   └── Undecided      2    a model file that is whole, and an option must say how it is read
    ├── NumberError        3    numbers left the finite range
    ├── ModelFileError     4    a model file is damaged, hostile or of another kind
    └── CheckFailed        5    a check did not hold
        └── Mismatch       5    the same in Python, of rnn.check: an AssertionError too

An interrupt exits with 130 and SIGTERM with 143.
"""


class RnnError(Exception):
    """An error with one message of one or two lines: what was wrong, where, what to do."""

    exit_code = 1


class SystemRefused(RnnError):
    """The system refused: a disk is full, a permission is missing."""

    exit_code = 1


class InputError(RnnError):
    """The command line or an input cannot be used."""

    exit_code = 2


class Undecided(InputError):
    """A model file is whole, and an option must say what it does not, or says what is not in it: the message names it."""


class NumberError(RnnError):
    """Numbers left the finite range; the last good state is kept."""

    exit_code = 3


class ModelFileError(RnnError):
    """A model or checkpoint file is damaged, hostile or of another kind."""

    exit_code = 4


class CheckFailed(RnnError):
    """A check that was asked for did not hold."""

    exit_code = 5


class Mismatch(CheckFailed, AssertionError):
    """Numbers that were checked from Python are not right; the message is the page of the check."""
