"""Which changes of the program do the tests not see? Mutants of `core/` and of the readers, drawn from a seed.

    python tests/mutation/run.py --seed 18 --count 500 --out survivors.jsonl

Needs `pip install cosmic-ray coverage`. Everything happens in a copy of the project. The tests are run once to see which
lines each runs; a mutant meets the quickest tests of its lines first, and then the others, up to a minute of them.
"""

import argparse
import json
import os
import py_compile
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import coverage

HERE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HERE))

from tests.mutation import covered, server  # noqa: E402  # the line above makes them known
from tests.mutation.places import SOURCES, Mutant, sample  # noqa: E402

TESTS = "tests/inputs", "tests/models", "tests/core"
QUICK, ALL = 6.0, 60.0
"""Seconds of the tests that a mutant meets first, and then at most."""


class Lines:
    """Which tests run a line, and how long they take."""

    def __init__(self, folder: Path) -> None:
        self.data: list[Any] = []
        self.seconds: dict[str, float] = {}
        for file in sorted(folder.glob("*.cov")):
            data = coverage.CoverageData(str(file))
            data.read()
            self.data.append(data)
            self.seconds |= json.loads(file.with_suffix(".json").read_text())

    @cache  # noqa: B019  # one for the run
    def of(self, path: str) -> dict[int, set[str]]:
        """line -> names of tests"""
        lines: dict[int, set[str]] = {}
        for data in self.data:
            # The names of the files are those of the tree that was measured.
            for file in (f for f in data.measured_files() if f.endswith("/" + path)):
                for line, tests in data.contexts_by_lineno(file).items():
                    lines.setdefault(line, set()).update(filter(None, tests))
        return lines

    def tests(self, mutant: Mutant) -> list[str]:
        """The tests of a mutant's lines, the quickest of its own folder and name first; all of its file where it is code of a module."""
        lines = self.of(mutant.path)
        names = set().union(*(lines.get(n, ()) for n in range(mutant.line, mutant.last + 1)))
        names = names or set().union(*lines.values())
        stem = Path(mutant.path).stem
        return sorted(names, key=lambda t: (self.seconds[t] * (1 if stem in t.split("::")[0] else 3), t))


def measured(root: Path, folder: Path, tests: tuple[str, ...]) -> None:
    """Run tests once, and write down their lines."""
    sources = [str(root / s) + ("" if s.endswith(".py") else "/*") for s in SOURCES]
    for name in tests:
        file = folder / f"{Path(name).stem}.cov"
        if not file.with_suffix(".json").exists():
            call = [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-n",
                "0",
                "-p",
                "no:cacheprovider",
                "-p",
                covered.__name__,
                name,
            ]
            told = {covered.DATA: str(file), covered.SOURCES: os.pathsep.join(sources), "PYTHONPATH": str(root)}
            subprocess.run(call, cwd=root, env=os.environ | told, check=True)


def drawn(root: Path, folder: Path, count: int, seed: int) -> list[Mutant]:
    """The sample, which is kept beside the lines: to find all places takes half a minute."""
    file = folder / f"sample-{seed}-{count}.txt"
    if not file.exists():
        file.write_text(json.dumps([asdict(mutant) for mutant in sample(root, count, seed)]))
    return [Mutant(**each) for each in json.loads(file.read_text())]


@contextmanager
def changed(root: Path, mutant: Mutant) -> Iterator[None]:
    """The copy with a mutant. What was compiled goes: Python would take it for the new file where both have one second and size."""
    file = root / mutant.path
    source = file.read_text()
    Path(py_compile.compile(str(file)) or "").unlink()
    file.write_text(mutant.applied(source))
    try:
        yield
    finally:
        file.write_text(source)
        py_compile.compile(str(file))


def judged(root: Path, lines: Lines, mutant: Mutant) -> tuple[server.Outcome, str]:
    """What becomes of a mutant, and at which stage."""
    names = lines.tests(mutant)
    spent = 0.0
    quick: list[str] = []
    rest: list[str] = []
    for name in names:
        spent += lines.seconds[name] + 0.02
        (quick if spent <= QUICK or not quick else rest if spent <= ALL else []).append(name)
    outcome = server.Outcome(server.SURVIVED, "no test runs this line", 0.0)
    with changed(root, mutant):
        for stage, chosen in (("quick", quick), ("all", rest)):
            if chosen:
                files = sorted({name.split("::")[0] for name in chosen})
                limit = 10 + 3 * sum(lines.seconds[name] for name in chosen)
                outcome = server.tested(root, files, chosen, int(limit))
                if outcome.what != server.SURVIVED:
                    return outcome, stage
    return outcome, "end"


def main() -> None:
    """Print each survivor as it is found, and a table at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=18)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--first", type=int, default=0, help="begin at this mutant of the sample")
    parser.add_argument("--only", default="", help="mutants of files whose path has this (a regular expression)")
    parser.add_argument("--lines", type=Path, help="keep here which test runs which line, or take what is there")
    parser.add_argument("--out", type=Path, help="a line of JSON for each mutant")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "rnn"
        shutil.copytree(HERE, root, ignore=shutil.ignore_patterns(".git", "__pycache__", ".*_cache", ".hypothesis"))
        kept = args.lines or Path(folder) / "lines"
        kept.mkdir(exist_ok=True)
        measured(root, kept, TESTS)
        subprocess.run([sys.executable, "-m", "compileall", "-q", "rnn_cli"], cwd=root, check=False)
        lines = Lines(kept)
        server.load()
        counts: Counter[str] = Counter()
        for n, mutant in enumerate(drawn(root, kept, args.count, args.seed)):
            if n < args.first or not re.search(args.only, mutant.path):
                continue
            outcome, stage = judged(root, lines, mutant)
            counts[outcome.what] += 1
            told = {"n": n, **asdict(mutant), **asdict(outcome), "stage": stage}
            if args.out:
                with args.out.open("a") as file:
                    file.write(json.dumps(told) + "\n")
            print(n, outcome.what, f"{mutant.path}:{mutant.line}:{mutant.column} {mutant.operator}", flush=True)
        print(dict(counts))


if __name__ == "__main__":
    main()
