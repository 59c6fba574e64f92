"""rnn forward --file over many sentences: what JSON Lines cost beside the computing, and whether memory is flat.

    python tests/benchmarks/json_lines.py [--rounds 7] [--quick]

Speed: the sentences are read, computed and, every other time, written to a file that nobody reads; the figure is the
time without printing over the time with it. "floats" is how many numbers a line holds: each takes about half a
microsecond to print so that it reads back the same, and that bounds the figure. Memory: the whole command as a process of
its own, with `--json --lines`, its peak beside that of ten times fewer sentences.
"""

import argparse
import contextlib
import io
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.measure import machine, median_ratio, paired, peak_memory

GOAL = 0.6
NETWORKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("the bundled nlp model", {}),
    ("--cell lstm --hidden-size 4", {"cell": "lstm", "hidden_size": 4}),
    ("--cell lstm --hidden-size 16", {"cell": "lstm", "hidden_size": 16}),
)


def write_sentences(path: Path, count: int) -> None:
    """Sentences of twelve words, some of them unknown to the model."""
    lines = (f"I love NLP and the long film number {k % 50} was good\n" for k in range(count))
    with path.open("w", encoding="utf-8") as file:  # not whole in memory: a child counts what its parent held
        file.writelines(lines)


def seconds(path: Path, network: dict[str, Any], printing: bool) -> float:
    """Read and compute every sentence; with `printing`, write its line too."""
    from rnn_cli.commands.common import open_many
    from rnn_cli.commands.options import NetworkOptions, SourceOptions
    from rnn_cli.front.presenting import emit_each
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.study.forward import forward_each

    model, sequences = open_many(SourceOptions(file=str(path)), NetworkOptions(**network), ReadingReport())
    results = forward_each(model, sequences)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        started = time.perf_counter()
        if printing:
            emit_each(results)
        else:
            for _ in results:
                pass
        return time.perf_counter() - started


def floats_of_a_line(path: Path, network: dict[str, Any]) -> int:
    """How many numbers with a point one line holds."""
    from rnn_cli.commands.common import open_many
    from rnn_cli.commands.options import NetworkOptions, SourceOptions
    from rnn_cli.front.presenting import emit_each
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.study.forward import forward_each

    model, sequences = open_many(SourceOptions(file=str(path)), NetworkOptions(**network), ReadingReport())
    with contextlib.redirect_stdout(io.StringIO()) as text:
        emit_each([next(forward_each(model, sequences))])
    return text.getvalue().count(".")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a few sentences: only to see that it works")
    options = parser.parse_args()
    rounds, count = (1, 20) if options.quick else (options.rounds, 2000)
    lengths = (20, 200) if options.quick else (10_000, 100_000)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sentences.txt"
        print(machine())
        print("peak memory of the whole process")
        print(f"{'sentences':>12}{'peak MB':>10}")
        for length in lengths:
            write_sentences(path, length)
            # The lines go to nobody: the process turns its own stdout away.
            command = [sys.executable, "-c", QUIET, str(path)]
            _, peak = peak_memory(command)
            print(f"{length:12,}{peak / 1e6:10.1f}", flush=True)
        print()
        write_sentences(path, count)
        print(f"rnn forward --file, {count:,} sentences: computing alone / with --json --lines, {rounds} paired runs")
        print(f"{'network':32}{'floats':>8}{'ratio':>8}{'at least':>10}   {'middle half':15}")
        for name, network in NETWORKS:
            pairs = paired(
                lambda network=network: seconds(path, network, False),  # type: ignore[misc]
                lambda network=network: seconds(path, network, True),  # type: ignore[misc]
                rounds,
            )
            middle, low, high = median_ratio(pairs)
            mark = "" if middle >= GOAL else "  below the goal"
            print(
                f"{name:32}{floats_of_a_line(path, network):8,}{middle:8.2f}{GOAL:10.2f}   {f'{low:.2f} to {high:.2f}':15}{mark}",
                flush=True,
            )


QUIET = """
import os, sys
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
from rnn_cli.__main__ import main
main(["forward", "--file", sys.argv[1], "--json", "--lines"])
"""


if __name__ == "__main__":
    main()
