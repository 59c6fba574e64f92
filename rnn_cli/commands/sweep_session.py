"""Begin or go on with a sweep, show it while it runs, and turn its end into an exit code."""

from dataclasses import asdict, fields
from pathlib import Path

import typer

from rnn_cli.commands.options import OutputOptions
from rnn_cli.commands.sweep import SweepFlags
from rnn_cli.commands.sweep_settings import Meant
from rnn_cli.commands.train_session import CommandLine
from rnn_cli.commands.worker_options import WorkerOptions
from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.files import is_leftover
from rnn_cli.front.presenting import emit
from rnn_cli.inputs.samples import require_data
from rnn_cli.jobs.job import FAILED
from rnn_cli.jobs.session import FILE as SESSION
from rnn_cli.output.progress import live, say
from rnn_cli.output.signals import signals
from rnn_cli.sweep.plan import FILE, Plan, read_plan, write_plan
from rnn_cli.sweep.results import Results, SweepResult
from rnn_cli.sweep.run import sweep_runs
from rnn_cli.sweep.space import read_space, settings_of
from rnn_cli.tasks import find_task
from rnn_cli.views.sweep import LiveSweep, run_line

OURS = ("runs", "runs.jsonl", "runs.jsonl.lock", ".runs.jsonl.lock", "session")
"""What a sweep that was killed before it wrote its plan may have left."""


def sweep_session(
    context: typer.Context, fixed: CommandLine, flags: SweepFlags, worker: WorkerOptions, shown: OutputOptions
) -> None:
    """Run what there is to run, and leave with the contract's exit code."""
    plan, folder = _plan(context, fixed, flags)
    results = Results(plan)
    with signals() as come, worker.engine(Path(folder)) as engine:
        if not (Path(folder) / FILE).exists():
            write_plan(plan, Path(folder))
        come.running = True
        view = LiveSweep(results, engine)
        with live(lambda: view, not shown.json, shown.no_color) as on_screen:
            for outcome in sweep_runs(plan, engine, results):
                if come.asked.stop:
                    engine.stop()
                while engine.said:
                    say(engine.said.pop(0))
                if outcome is not None and outcome.name not in engine.recalled and not on_screen and not shown.json:
                    say(run_line(results, outcome))
    emit(SweepResult(results, folder, flags.rows), shown)
    if come.number is not None:
        raise typer.Exit(128 + come.number)
    if results.count(FAILED) == len(plan.settings) * len(plan.seeds):
        refused = all(one.again for one in results.runs.values())  # by the system, for no reason of their own
        raise (SystemRefused if refused else InputError)(f"every run failed; the first: {results.failures()[0][0]}")


def _plan(context: typer.Context, fixed: CommandLine, flags: SweepFlags) -> tuple[Plan, str]:
    """What is to be run, and the folder. InputError where the folder holds another sweep, or anything else."""
    if flags.resume is not None:
        _check_resumed(context, flags.resume)
        return read_plan(Path(flags.resume)), flags.resume
    if flags.folder is None:
        raise InputError("give the folder of the sweep: --out DIR")
    if fixed.task is None:
        raise InputError(
            "give the --task, as in: rnn sweep reviews.tsv --task classify --grid hidden-size=16,64 --out DIR"
        )
    kind = find_task(fixed.task)
    if kind.needs_data != bool(fixed.files):
        raise InputError(
            f"--task {fixed.task} needs DATA"
            if kind.needs_data
            else f"--task {fixed.task} makes its own examples: no DATA"
        )
    require_data(fixed.files)
    if "-" in fixed.files:
        raise InputError("DATA -: every run of a sweep reads the data, and stdin can be read once; name a file")
    axes = read_space(flags.grid)
    said = settings_of(axes, flags.random, flags.seed)
    meant = Meant(context, fixed)
    meant.check_said_once(axis.name for axis in axes)
    settings = meant.settings(said)
    plan = Plan(
        fixed.task,
        tuple(str(Path(name).resolve()) for name in fixed.files),
        tuple(axis.name for axis in axes),
        tuple(range(flags.seed, flags.seed + flags.seeds)),
        flags.halving,
        tuple(asdict(one) for one in settings),
    )
    _check_folder(Path(flags.folder), plan)
    return plan, flags.folder


def _check_resumed(context: typer.Context, folder: str) -> None:
    """InputError where something is given beside --resume that would make it another sweep."""
    beside = {"resume", "rows", *(one.name for group in (WorkerOptions, OutputOptions) for one in fields(group))}
    for one in context.command.params:
        given = context.get_parameter_source(str(one.name))
        if one.name not in beside and given is not None and given.name == "COMMANDLINE":
            said = one.opts[0] if one.param_type_name == "option" else "DATA"
            raise InputError(
                f"--resume {folder} goes on with the plan of that folder, and {said} would make it another one: leave it "
                "out, or begin a sweep of its own with --out DIR"
            )


def _is_ours(path: Path) -> bool:
    return path.name in OURS or any(is_leftover(path.name, path.with_name(name)) for name in (FILE, SESSION))


def _check_folder(folder: Path, plan: Plan) -> None:
    """InputError where the plan cannot be run in this folder."""
    if (folder / FILE).exists():
        if read_plan(folder) != plan:
            raise InputError(
                f"--out {folder}: holds another sweep; --resume {folder} goes on with that one, or name another folder"
            )
    elif folder.exists() and (not folder.is_dir() or any(not _is_ours(one) for one in folder.iterdir())):
        raise InputError(f"--out {folder}: is there and holds something else; name a folder of its own")
    elif not folder.absolute().parent.is_dir():
        raise InputError(f"--out {folder}: there is no folder {folder.parent}")
