"""How long rnn explore takes from its start to the first screen, and from a key to the screen that answers it.

    python tests/benchmarks/explore_keys.py [--cells rnn,lstm,…] [--rounds 5] [--starts 25] [--quick]

The program runs in a terminal of its own, as a person's would. A key is answered when the first bytes have come that are
drawn for it, which may say that something is computed; it is done when the last have come. Every key of the program's own
table is pressed in its order; where it asks, an answer is typed, and Enter after it has a row of its own. What takes longer
than the limit is left with Escape. `own` is the time that processors were at work for the key up to its first byte, which
hardly hangs on what else the machine does; only Linux tells it.

The start is measured against a Textual program that shows nothing, in pairs: up to the first bytes of the screen, and up to
the moment from which keys are read. The explorer draws its first screen before Textual is loaded; a key that is pressed in
between is kept until then.
"""

import argparse
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rnn_cli.core.cells import CELLS
from rnn_cli.explore.keys import KEYS
from tests.benchmarks.measure import environment, machine, median_ratio, paired

WORDS = ["we", "love", "this", "small", "model", "and", "hate", "that", "long", "film", "so", "much"]
EMPTY = "from textual.app import App; App().run()"
DRAWN = b"\x1b[1;1H"
"""What Textual begins a screen with."""

READS = b"\x1b[?2026$p"
"""What Textual asks the terminal once it reads keys."""

COMPUTES = b"computing"
QUIET = 0.15
"""After so many seconds without a byte a screen is whole. A key that draws nothing is not counted."""

BYTES = {
    "left": "\x1b[D",
    "right": "\x1b[C",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "home": "\x1b[H",
    "end": "\x1b[F",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "enter": "\r",
    "backspace": "\x7f",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "comma": ",",
    "full_stop": ".",
    "question_mark": "?",
}
"""What a terminal sends for the keys that have names."""

WORD_BEFORE = "\x17"
"""What a terminal sends for Ctrl-W, by which a line of text loses its last word."""

TYPED = {
    "e": {"a word more": " too", "another word": f"{WORD_BEFORE}cat"},
    "w": {"a number": "0.5"},
    "t": {"told": "?"},
    "s": {"saved": ""},
}
"""What is typed where a key asks, each answer after a press of its own, and what that is called; Enter hands it over."""

WAY = {"w": (f"b{BYTES['enter'] * 4}", BYTES["backspace"] * 4)}
"""What is pressed before a key and after it: a weight is walked into, and out of."""

SIZES = ((3, 3), (64, 200), (512, 1000))
SCREENS = ((80, 24), (160, 50))


@dataclass(frozen=True)
class Answer:
    """The seconds to the first byte that is drawn, and to the last; `own`: what processors worked to the first; `left`: not waited for."""

    first: float
    last: float
    own: float
    left: bool = False


class Terminal:
    """A program in a terminal of its own."""

    def __init__(self, command: Sequence[str], size: tuple[int, int], home: Path) -> None:
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.chdir(home)  # what s saves goes with it
            own = {
                "TERM": "xterm-256color",
                "HOME": str(home),
                "XDG_STATE_HOME": str(home),
                "XDG_CONFIG_HOME": str(home),
            }
            os.execve(command[0], list(command), environment({**own, "COLUMNS": "", "LINES": ""}))
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))

    def read(self, within: float) -> bytes:
        """What comes next; nothing where nothing comes within so many seconds. SystemExit where the program has ended."""
        if not select.select([self.fd], [], [], within)[0]:
            return b""
        try:
            return os.read(self.fd, 1 << 16)
        except OSError:
            raise SystemExit("the program ended") from None

    def until(self, is_there: Callable[[bytes], bool], within: float = 120) -> float:
        """The seconds since the start until something has come."""
        seen = b""
        while not is_there(seen):
            got = self.read(within)
            if not got:
                raise SystemExit("nothing was drawn")
            seen += got
        return time.perf_counter() - self.started

    def settle(self) -> None:
        """Wait until nothing comes any more."""
        while self.read(QUIET):
            pass

    def type(self, text: str) -> None:
        """Press keys that are not measured, and wait until what they do is drawn."""
        if text:
            self.press(text, limit=60)

    def press(self, keys: str, limit: float) -> Answer | None:
        """Press a key and wait for what is drawn; None where it draws nothing."""
        worked, began = self.worked(), time.perf_counter()
        os.write(self.fd, keys.encode())
        first = last = own = 0.0
        computes = False
        while True:
            got = self.read(limit if computes else QUIET if first else 2)
            now = time.perf_counter() - began
            if got:
                own = own if first else self.worked() - worked
                first, last = first or now, now
                computes = COMPUTES in got
            elif not computes:
                return Answer(first, last, own) if first else None
            if computes and now > limit:
                os.write(self.fd, b"\x1b")
                self.settle()
                return Answer(first, now, own, left=True)

    def worked(self) -> float:
        """The seconds that processors worked for it so far, by all its threads; 0 where the system does not tell."""
        try:
            return time.clock_gettime(~self.pid << 3 | 2)  # how Linux names the clock of another process
        except (AttributeError, OSError):
            return 0.0

    def close(self) -> None:
        """End the program."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


@contextmanager
def terminal(command: Sequence[str], size: tuple[int, int]) -> Iterator[Terminal]:
    """A program in a terminal, ended at the end, with nothing kept of what it writes."""
    with tempfile.TemporaryDirectory() as home:
        one = Terminal([sys.executable, *command], size, Path(home))
        try:
            yield one
        finally:
            one.close()


def explore(cell: str, hidden: int, steps: int) -> list[str]:
    """The command line."""
    text = " ".join(islice(cycle(WORDS), steps))
    return ["-m", "rnn_cli", "explore", text, "--cell", cell, "--hidden-size", str(hidden)]


def start(command: Sequence[str], drawn: bytes) -> float:
    """The seconds from the start of a process to the first bytes of its screen."""
    with terminal(command, (80, 24)) as one:
        return one.until(lambda seen: drawn in seen)


def answers(command: Sequence[str], size: tuple[int, int], rounds: int, limit: float) -> dict[str, list[Answer]]:
    """How long each key takes, so many times round."""
    found: dict[str, list[Answer]] = {}

    def count(name: str, keys: str) -> None:
        answer = one.press(keys, limit)
        if answer is not None:
            found.setdefault(name, []).append(answer)

    with terminal(command, size) as one:
        one.until(lambda seen: READS in seen)
        one.settle()
        for _ in range(rounds):
            for key in KEYS:
                if key.action == "leave":
                    continue
                pressed = BYTES.get(key.names, key.names)
                before, after = WAY.get(key.names, ("", ""))
                one.type(before)
                for said, text in TYPED.get(key.names, {"": ""}).items():
                    count(key.shown, pressed)
                    if said:
                        one.type(text)
                        count(f"{key.shown} {said}", BYTES["enter"])
                one.type(after)
    return found


def scrolling(command: Sequence[str], presses: int) -> list[Answer]:
    """How long each Right takes."""
    with terminal(command, (160, 50)) as one:
        one.until(lambda seen: READS in seen)
        one.settle()
        found = (one.press(BYTES["right"], 10) for _ in range(presses))
        return [answer for answer in found if answer is not None]


def row(name: str, given: Sequence[Answer]) -> str:
    """A line of the table, in milliseconds."""
    first, last, own = zip(*((one.first * 1e3, one.last * 1e3, one.own * 1e3) for one in given), strict=True)
    left = sum(one.left for one in given)
    mark = "  over 50" if max(first) > 50 else ""
    done = "".join(f"{statistics.median(one):12.0f}{max(one):10.0f}" for one in (last, own))
    return f"{name:16}{statistics.median(first):12.0f}{max(first):10.0f}{done}{f'  left {left}' if left else ''}{mark}"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", default="lstm", help=f"of {', '.join(CELLS)}, with a comma between them")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--starts", type=int, default=25)
    parser.add_argument("--limit", type=float, default=20, help="so many seconds is a result waited for")
    parser.add_argument("--quick", action="store_true", help="one round of the smallest: only to see that it works")
    options = parser.parse_args()
    sizes, screens = (SIZES[:1], SCREENS[:1]) if options.quick else (SIZES, SCREENS)
    rounds, starts = (1, 1) if options.quick else (options.rounds, options.starts)
    print(machine())
    text = explore("lstm", 3, 3)
    for name, own, other, goal in (
        ("first screen", WORDS[0].encode(), DRAWN, "; goal at most 1.5"),
        ("keys", READS, READS, ""),
    ):
        pairs = paired(partial(start, text, own), partial(start, ["-c", EMPTY], other), starts)
        middle, low, high = median_ratio(pairs)
        ours, theirs = (statistics.median(pair[k] for pair in pairs) * 1e3 for k in (0, 1))
        print(f"start to {name} / an empty Textual program: median (middle half){goal}")
        print(f"{middle:.2f} ({low:.2f} to {high:.2f})   {ours:.0f} ms, {theirs:.0f} ms", flush=True)
    for cell in options.cells.split(","):
        for (hidden, steps), size in ((one, other) for one in sizes for other in screens):
            print(f"\n{cell}, H = {hidden}, T = {steps:,}, {size[0]}×{size[1]}; milliseconds, {rounds} rounds")
            print(f"{'key':16}{'answered':>12}{'worst':>10}{'done':>12}{'worst':>10}{'own':>12}{'worst':>10}")
            for name, given in answers(explore(cell, hidden, steps), size, rounds, options.limit).items():
                print(row(name, given), flush=True)
        if not options.quick:
            print(f"\n{cell}, H = 512, T = 10,000, 160×50: 50 times Right")
            print(row("Right", scrolling(explore(cell, 512, 10_000), 50)), flush=True)


if __name__ == "__main__":
    main()
