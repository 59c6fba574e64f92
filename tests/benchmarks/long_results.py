"""Pages and documents of much: what they take in time and memory, as whole processes, beside an earlier version.

    python tests/benchmarks/long_results.py [--beside FOLDER] [--rounds 3] [--quick]

FOLDER is a checkout of the version to compare with: both take turns, and the median of the ratios of their processor
times is printed with both peaks. Without it, the times and peaks of this one.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.measure import ONE_THREAD, ROOT, environment, machine, median_ratio, paired

CASES = {
    "a word of 100 KB": "trace --file word.txt",
    "a page of 1,000,000 steps": "trace --cell rnn --input steps.npy",
    "its document": "trace --cell rnn --input steps.npy --json",
    "bptt, LSTM of 512 units, 200 steps": "bptt --cell lstm --hidden-size {wide} --input wide.npy --target positive",
    "a document of 10,000 steps, 256 units": "forward --cell lstm --hidden-size {units} --input long.npy --json",
}


def write_inputs(folder: Path, part: int) -> None:
    """The inputs, a `part`-th as long."""
    import numpy as np

    draw = np.random.default_rng(0).standard_normal
    (folder / "word.txt").write_text("x" * (100_000 // part) + "\n", encoding="utf-8")
    np.save(folder / "steps.npy", draw((1_000_000 // part, 1)))
    np.save(folder / "wide.npy", draw((max(200 // part, 3), 16)))
    np.save(folder / "long.npy", draw((max(10_000 // part, 3), 256)))


def run(words: str, folder: Path, tree: Path) -> tuple[float, float]:
    """The processor seconds of a command of a checkout, and its peak memory in megabytes."""
    command = [sys.executable, "-m", "rnn_cli", *words.split()]
    surroundings = environment(ONE_THREAD) | {"PYTHONPATH": str(tree)}
    with subprocess.Popen(command, cwd=folder, env=surroundings, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{tree}: rnn {words} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--beside", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", type=int, help="the case of this number, from 1")
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    part, sizes = (500, {"wide": 8, "units": 8}) if given.quick else (1, {"wide": 512, "units": 256})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_inputs(folder, part)
        print(machine())
        for number, (title, words) in enumerate(CASES.items(), start=1):
            if given.only in (None, number):
                print(f"{title:38} {measured(words.format(**sizes), folder, given.beside, given.rounds)}", flush=True)


def measured(words: str, folder: Path, beside: Path | None, rounds: int) -> str:
    """The figures of one case in words."""
    seen: dict[Path, list[tuple[float, float]]] = {}

    def of(tree: Path) -> float:
        seen.setdefault(tree, []).append(run(words, folder, tree))
        return seen[tree][-1][0]

    def least(tree: Path) -> str:
        return " ".join(
            f"{min(figures):.1f} {unit}"
            for figures, unit in zip(zip(*seen[tree], strict=True), ("s", "MB"), strict=True)
        )

    if beside is None:
        of(ROOT)
        return least(ROOT)
    middle, low, high = median_ratio(paired(lambda: of(ROOT), lambda: of(beside), rounds, warm=False))
    return f"ratio {middle:.3f} ({low:.3f} to {high:.3f}); {least(ROOT)}, before {least(beside)}"


if __name__ == "__main__":
    main()
