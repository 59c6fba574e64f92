"""A process without the names that only POSIX has, as Python is elsewhere.

What the libraries need of them they have taken before; rnn itself must not ask for one that it has not looked for.
"""

import os
import signal
import subprocess
import sys
import tempfile
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support.lines import main

MODULES = ("curses", "fcntl", "grp", "pty", "pwd", "readline", "resource", "termios", "tty")

OF_OS = [
    "O_CLOEXEC",
    "O_DIRECTORY",
    "O_NOFOLLOW",
    "O_NONBLOCK",
    "WUNTRACED",
    "WIFSTOPPED",
    "chown",
    "fchmod",
    "fchown",
    "fork",
    "forkpty",
    "fpathconf",
    "geteuid",
    "getgid",
    "getpgid",
    "getuid",
    "killpg",
    "lchown",
    "mkfifo",
    "nice",
    "openpty",
    "pathconf",
    "posix_spawn",
    "pread",
    "pwrite",
    "sched_getaffinity",
    "set_blocking",
    "setsid",
    "statvfs",
    "sync",
    "sysconf",
    "wait4",
]
"""Of the module os. Without those that Python's own modules look up while rnn runs, as WNOHANG."""

OF_SIGNAL = [
    "SIGALRM",
    "SIGCHLD",
    "SIGCONT",
    "SIGHUP",
    "SIGKILL",
    "SIGPIPE",
    "SIGQUIT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGUSR1",
    "SIGUSR2",
    "SIGWINCH",
    "alarm",
    "pause",
    "pthread_kill",
    "pthread_sigmask",
    "setitimer",
    "sigpending",
    "sigwait",
]

NAMES = {*MODULES, *OF_OS, *OF_SIGNAL}


def hide() -> None:
    """Take the names away from this process, for good. What has no name of its own refuses as it does elsewhere."""
    import asyncio.unix_events
    import multiprocessing.util
    import shutil

    import numpy
    import rich.console
    import typer.core

    taken = (asyncio.unix_events, multiprocessing.util, numpy, rich.console, shutil, tempfile, typer.core)
    assert all(taken)  # they are loaded, with what they need
    _give_msvcrt()
    subprocess.Popen.kill = subprocess.Popen.terminate  # type: ignore[method-assign]
    shutil._use_fd_functions = False  # type: ignore[attr-defined]  # a folder is cleared by names
    opened = os.open

    def open_file(path: Any, flags: int, *rest: Any, **options: Any) -> int:
        if os.path.isdir(path):  # noqa: PTH112
            raise PermissionError(13, "Permission denied", path)
        return opened(path, flags, *rest, **options)

    os.open = open_file
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    import _signal  # type: ignore[import-not-found]

    for name in OF_SIGNAL:
        if hasattr(_signal, name):
            delattr(_signal, name)
    with _named("win32"):
        import rnn_cli.locks
    assert rnn_cli.locks


def _give_msvcrt() -> None:
    """The lock of a byte that Windows has, by that of POSIX."""
    import fcntl

    def locking(descriptor: int, mode: int, count: int) -> None:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, count)

    module: Any = types.ModuleType("msvcrt")
    module.locking, module.LK_NBLCK = locking, 2
    sys.modules["msvcrt"] = module


@contextmanager
def _named(platform: str) -> Iterator[None]:
    before = sys.platform
    sys.platform = platform
    try:
        yield
    finally:
        sys.platform = before


def is_lack(error: BaseException) -> bool:
    """Whether an error says that this system has not got one of the names, and that a test asked for it, not rnn."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    asked = "" if last is None else last.tb_frame.f_code.co_filename
    found = error.name if isinstance(error, AttributeError | ImportError) else None
    return found in NAMES and "rnn_cli" not in asked.replace("\\", "/").split("/")


if __name__ == "__main__":
    main(prepare=hide)
