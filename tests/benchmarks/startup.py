"""How long a command takes to answer, whole processes against the least that such a program must load.

    python tests/benchmarks/startup.py [--rounds 25] [--quick]

Each row runs two processes in turn and prints the median of the ratios of the pairs, and the middle half of them. The
floors: a Typer program of two commands that greets, and a Python that imports what a page needs and does nothing.
All but the last are run as `python -m MODULE`, ours and the floor's; nothing of either is compiled anew.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.measure import machine, median_ratio, paired, run_process

HELLO = '''"""Two commands."""

import typer

app = typer.Typer()


@app.command()
def hello(name: str) -> None:
    """Greet."""
    typer.echo(f"Hello {name}")


@app.command()
def goodbye(name: str) -> None:
    """Part."""
    typer.echo(f"Goodbye {name}")


if __name__ == "__main__":
    app()
'''

HELLO_FLOOR = ("Typer hello world", ("-m", "hello_world", "hello", "you"))
PAGE_FLOOR = ("import numpy, typer, rich", ("-c", "import numpy, typer, rich.console, rich.table"))

ROWS = (
    (("--version",), HELLO_FLOOR, 1.25),
    (("-h",), HELLO_FLOOR, 1.25),
    (("gradients", "--factor", "0.5", "--steps", "20", "--json"), HELLO_FLOOR, 1.3),
    (("trace", "I love NLP"), PAGE_FLOOR, 1.3),
)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--quick", action="store_true", help="one pair of two rows: only to see that it works")
    options = parser.parse_args()
    rounds = 1 if options.quick else options.rounds
    print(f"time of rnn / time of the floor, {rounds} paired runs of whole processes: median (middle half)")
    print(machine())
    print(f"{'rnn …':48}{'floor':28}{'ratio':>7}{'at most':>9}   {'middle half':15}{'rnn ms':>8}{'floor ms':>10}")
    with tempfile.TemporaryDirectory() as folder:
        cwd = Path(folder)
        (cwd / "hello_world.py").write_text(HELLO, encoding="utf-8")
        for arguments, (name, floor), goal in ROWS[:: 3 if options.quick else 1]:  # one for each floor
            ours, theirs = [sys.executable, "-m", "rnn_cli", *arguments], [sys.executable, *floor]
            pairs = paired(
                lambda ours=ours: run_process(ours, cwd),  # type: ignore[misc]
                lambda theirs=theirs: run_process(theirs, cwd),  # type: ignore[misc]
                rounds,
            )
            middle, low, high = median_ratio(pairs)
            own, other = (statistics.median(pair[k] for pair in pairs) * 1e3 for k in (0, 1))
            shown = " ".join(f'"{word}"' if " " in word else word for word in arguments)
            mark = "" if middle <= goal else "  above the goal"
            spread = f"{low:.2f} to {high:.2f}"
            print(f"{shown:48}{name:28}{middle:7.2f}{goal:9.2f}   {spread:15}{own:8.0f}{other:10.0f}{mark}", flush=True)


if __name__ == "__main__":
    main()
