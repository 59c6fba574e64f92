"""A file system that fails: is every file the old or the new one, and does a run go on to the bytes of an undisturbed one?

    python tests/fuzz/faults.py [--seed 0] [--count 2000] [--seconds N] [--only train] [--tell 12]

First every call of every command goes wrong in turn, in each of the ways of tests/support/faults.py, and the folder is
then brought to its end; after that come histories of up to eight commands, with faults or without. All of it runs in this process.
"""

import argparse
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.fuzz.trials import Tally
from tests.support.faults import KINDS
from tests.support.histories import ACTS, Histories, every_call

HISTORIES = "histories"
PARTS = (*ACTS, HISTORIES)
BATCH = 20
"""Histories between two looks at the clock."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all; the exit code."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--seed", type=int, default=0, help="of the histories")
    made.add_argument("--count", type=int, default=2000, help="histories (default 2000)")
    made.add_argument("--seconds", type=float, default=float("inf"), help="begin nothing after so many seconds")
    made.add_argument("--only", choices=PARTS, action="append", help="each call of this command, or histories")
    made.add_argument("--tell", type=int, default=12, help="tell so many faults one by one (default 12)")
    given = made.parse_args(arguments)
    end = time.monotonic() + given.seconds
    tally = Tally("command, its calls in turn", [], ["rule broken"], given.tell)
    parts = given.only or PARTS
    for name in (one for one in parts if one != HISTORIES):
        for kind in KINDS:
            for fault, problems in every_call(name, kind):
                tally.trial(f"{name}, {kind}", ["rule broken"] * bool(problems), f"call {fault.at}: {problems}")
                if time.monotonic() > end:
                    return tally.print()
    code = tally.print() if tally.rows else 0
    return max(code, histories(given.seed, given.count, end)) if HISTORIES in parts else code


def histories(first: int, count: int, end: float) -> int:
    """Histories in batches, each from a seed of its own, until one breaks a rule or there were enough; the exit code."""
    done = 0
    while done < count and time.monotonic() < end:
        number = first + done // BATCH
        chosen = settings(
            max_examples=BATCH, stateful_step_count=8, deadline=None, database=None, derandomize=False,
            phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        try:
            run_state_machine_as_test(seed(number)(Histories), settings=chosen)
        except Exception:  # whatever a history ends with is a finding
            traceback.print_exc()
            print(f"a history of the batch with --seed {number} broke a rule")
            return 1
        done += BATCH
    struck = {key: number for key, number in Histories.counted.items() if key[1] != "nothing"}
    for (name, kind), number in sorted(struck.items()):
        print(f"{name}, {kind}: {number}")
    print(f"{done} histories, {Histories.counted.total()} commands, {sum(struck.values())} of them struck, 0 lost")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
