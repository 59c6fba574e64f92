"""Follows a race: a live table on a terminal, a line for each finished run elsewhere, nothing beside --json."""

from time import monotonic

from rnn_cli.jobs.job import FAILED, INTERRUPTED
from rnn_cli.output.progress import live, say
from rnn_cli.output.signals import Signals
from rnn_cli.race.run import Race
from rnn_cli.views.race_live import live_race, run_line


def follow_race(race: Race, come: Signals, *, quiet: bool, no_color: bool) -> list[str]:
    """Run to the end or until a signal comes; what a person should know of the machines and workers, in lines."""
    said: list[str] = []
    began = monotonic()
    with live(lambda: live_race(race, monotonic() - began), not quiet, no_color) as on_screen:
        for outcome in race.run():
            if come.asked.stop:
                race.engine.stop()
            while race.engine.said:
                said.append(race.engine.said.pop(0))
                if not quiet and not on_screen:
                    say(said[-1])
            known = outcome is not None and outcome.name in race.engine.recalled
            if outcome is None or outcome.state == INTERRUPTED or known or quiet or on_screen:
                continue
            say(run_line(race, outcome) if outcome.state != FAILED else f"{outcome.name}: {outcome.message}")
    return said
