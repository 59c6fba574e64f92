"""Outputs against inputs, and outputs of every kind: is a file lost that was only to be read, or that is nobody's output?

    python tests/fuzz/links.py [--seed 0] [--count N] [--seconds N] [--command "rnn"] [--only train]

For every command, every option that writes is given the file that another option reads, in any spelling; then the file
that another option writes; then names that are links, pipes, folders and the like (places.py). A refusal is due before
any work, with exit code 2, and nothing that was there may change. --count draws so many of all trials. Without a
--command the runs are copies of this process, which take a tenth of the time; Ctrl-C ends with the table so far.
"""

import os
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout, suppress
from importlib.util import find_spec
from io import StringIO
from itertools import combinations_with_replacement
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from rnn_cli.__main__ import main as rnn
from rnn_cli.app import COMMANDS
from tests.fuzz.command_lines import KINDS, PLAIN, Parameter, Read, Write, content, parameters
from tests.fuzz.folders import DONE, FACTS, FAULTS, REFUSED, Line, Trial, attempt, case_matters, filled
from tests.fuzz.places import places
from tests.fuzz.trials import Starter, Tally, numbers, parser

NAMED = ("same", "absolute", "dotted", "through a folder's link", "other case")
NONE = "another file"
"""Not the file that is read: the line must work, or what is refused with it would say nothing."""
LINKED = ("symbolic link", "link to a link", "input is a link", "hard link")


def respelled(folder: Path, name: str, spelling: str) -> str:
    """Another name of the same file."""
    (folder / "alias").symlink_to(".")
    (folder / "sub").mkdir()
    ways = {
        "same": name,
        "absolute": str(folder / name),
        "dotted": f"sub/../{name}",
        "through a folder's link": f"alias/{name}",
        "other case": name.upper(),
    }
    return ways[spelling]


def on_an_input(out: Parameter, read: Parameter, reads: Read, spelling: str, templates: Path) -> Trial:
    """The output is a file that another parameter of the command leads to."""
    writes = out.writes
    assert writes is not None

    def prepare(folder: Path) -> Line:
        other, suffix = f"alias{writes.suffixes[0] or '.log'}", _suffix(reads, writes, spelling)
        words = filled(folder, templates, reads.line)
        given = name = reads.at or f"kept{suffix}"
        (folder / name).write_bytes(content(templates, reads.kind, suffix))
        target = respelled(folder, name, spelling) if spelling in NAMED else other
        if spelling == "stdin":
            given, target = "-", name
        elif spelling == "input is a link":
            (folder / name).rename(folder / other)
            (folder / name).symlink_to(folder / other)
            name = other
        elif spelling == "hard link":
            os.link(folder / name, folder / target)
        elif spelling == "link to a link":
            (folder / "between").symlink_to(name)
            (folder / target).symlink_to("between")
        elif spelling == "symbolic link":
            (folder / target).symlink_to(name)
        due = DONE if spelling == NONE else REFUSED
        line = [out.command, *(word.replace("{}", given) for word in words), out.name, target, *writes.replaces]
        return Line(line, due, (out.name,), input=name, stdin=name if spelling == "stdin" else "")

    row = "any output, nothing in the way" if spelling == NONE else f"{out.command} {out.name} on what it reads"
    return Trial(row, f"{out.command} {read.name} {reads.at}".strip() + f", {spelling}", prepare)


def _suffix(reads: Read, writes: Write, spelling: str) -> str:
    """The suffix of the file: one that both take, where it is named twice; "" where there is none."""
    own = (Path(reads.at).suffix,) if reads.at else KINDS[reads.kind]
    if spelling in (*LINKED, NONE):
        return own[0] or ".txt"
    if "" in own or "" in writes.suffixes:
        return next((one for one in (*writes.suffixes, *own) if one), ".txt")
    return next((one for one in own if one in writes.suffixes), "")


def on_an_output(first: Parameter, second: Parameter, spelling: str, templates: Path) -> Trial:
    """Two outputs of the command are one file, which is not there yet."""
    assert first.writes is not None
    assert second.writes is not None
    writes = first.writes, second.writes

    def prepare(folder: Path) -> Line:
        suffixes = [set(one.suffixes) - {""} for one in writes]
        both = [
            one
            for one in (*writes[0].suffixes, *writes[1].suffixes, ".log")
            if all(one in own or not own for own in suffixes) and one
        ]
        words = filled(folder, templates, PLAIN[first.command])
        names = [f"new{one.suffixes[0] or '.log'}" for one in writes]
        if spelling in NAMED:
            name = f"new{both[0]}" if both else names[0]
            names = [name, respelled(folder, name, spelling)]
        else:
            names[1] = f"alias{writes[1].suffixes[0] or '.log'}"
            (folder / names[1]).symlink_to(names[0])
        return Line(
            [first.command, *words, first.name, names[0], second.name, names[1]], REFUSED, (first.name, second.name)
        )

    return Trial(f"{first.command} {first.name} on {second.name}", spelling, prepare)


def pairs(command: list[Parameter], templates: Path) -> Iterator[Trial]:
    """Every output of a command on each of its inputs and on each of its outputs."""
    outputs = [one for one in command if one.writes is not None]
    always = [one for one in outputs if one.writes is not None and not one.writes.some_lines]
    spellings = [one for one in NAMED if one != "other case" or not case_matters()]
    for out in outputs:
        assert out.writes is not None
        for read, reads in ((one, each) for one in command for each in one.reads):
            if (out.name, read.name) == ("--out", "--resume"):  # never given together
                continue
            ways = [] if read.name.startswith("TEXT") else [NONE, *spellings, *LINKED]
            for spelling in [*ways, *(["stdin"] if read.stdin and not reads.at else [])]:
                if spelling == NONE and out is not always[-1]:
                    continue
                if _suffix(reads, out.writes, spelling):
                    yield on_an_input(out, read, reads, spelling, templates)
    for first, second in combinations_with_replacement(outputs, 2):
        if first is not second or first.multiple:
            for spelling in [*spellings, "symbolic link"]:
                yield on_an_output(first, second, spelling, templates)


def all_trials(starter: Starter, templates: Path, only: str | None) -> Iterator[Trial]:
    """The trials of every command, or of one."""
    for name in COMMANDS if only is None else [only]:
        command = [one for one in parameters() if one.command == name]
        yield from pairs(command, templates)
        for out in command:
            if out.writes is not None:
                yield from places(out, starter, templates)


def unknown(only: str | None) -> list[str]:
    """What the tables of command_lines.py do not know yet."""
    strange = [f"{one.command} {one.name}" for one in parameters() if not one.known]
    return [one for one in (*strange, *(set(COMMANDS) - set(PLAIN))) if only in (None, one.split()[0])]


def load_everything(templates: Path) -> None:
    """Do once in this process what most of its copies will do."""
    content(templates, "run", ".safetensors")
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()), suppress(SystemExit):
        files = [f"{templates}/page.txt", f"{templates}/figure.png"]
        rnn(["trace", "words", "--save", files[0], *(["--plot", files[1]] if find_spec("matplotlib") else [])])


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 1 where anything was lost."""
    made = parser(__doc__, 10**6, "trials, drawn from all")
    made.add_argument("--only", choices=list(COMMANDS), help="this command alone")
    options = made.parse_args(arguments)
    starter = Starter(options.command, forked=True)
    tally = Tally("output", FACTS, FAULTS, options.tell)
    slowest = (0.0, "")
    with tempfile.TemporaryDirectory() as name:
        templates = Path(name) / "templates"
        templates.mkdir()
        if starter.forked:
            load_everything(templates)
        trials = list(all_trials(starter, templates, options.only))
        if options.count < len(trials):
            drawn = random.Random(options.seed).sample(range(len(trials)), options.count)
            trials = [trials[k] for k in sorted(drawn)]
        with suppress(KeyboardInterrupt):
            for number in numbers(len(trials), options.seconds):
                found, story, process = attempt(trials[number], Path(name) / f"{number}", starter)
                tally.trial(trials[number].row, found, story)
                if "refused" in found:
                    slowest = max(slowest, (process.seconds, trials[number].row))
    print(f"slowest refusal: {slowest[0]:.2f} s ({slowest[1]})")
    code = tally.print()
    for one in unknown(options.only):
        print(f"not tried: {one}: command_lines.py does not say what it reads or writes")
        code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
