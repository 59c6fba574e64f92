"""What rnn check holds against what: arrays, a program or module, or the two files of a gradient check."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from rnn_cli.commands.check_options import CheckOptions, WantedOptions
from rnn_cli.commands.common import cell_options_of, open_many, source_names
from rnn_cli.commands.options import NetworkOptions, SourceOptions
from rnn_cli.errors import CheckFailed, InputError
from rnn_cli.front.own_arrays import file_arrays
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.study.check.files import read_arrays, read_map
from rnn_cli.study.check.hints import CAUSE, CheckResult
from rnn_cli.study.networks import shell_flags
from rnn_cli.usage import command_line
from rnn_cli.views.parts import quotable

OF_A_PROGRAM = ("cell", "activation", "cell_option", "reset_before", "seed")
"""The options of a network that a program's networks have too."""

OF_A_TEMPLATE = ("activation", "cell_option", "reset_before")
"""The options of a network that change its cell's equations."""

Made = tuple[object, Callable[[], None]]
"""A result, and what raises where it is not right."""


def made(
    checked: str,
    source: SourceOptions,
    network: NetworkOptions,
    wanted: WantedOptions,
    check: CheckOptions,
    report: ReadingReport,
) -> Made:
    """The check that the options ask for. InputError where one of them has nothing to say there."""
    if check.why and check.hints < CAUSE:
        raise InputError(f"--why shows what --hints {check.hints} withholds: leave one out")
    if check.numbers is not None:
        return _numbers(checked, [*_given(source, network, wanted), *_given_to_check(check)], check.numbers)
    if _module_of(checked) or checked.endswith(".py"):
        if source.text is not None and source.text.endswith(".py"):
            raise InputError(f"{checked} and {source.text}: rnn check takes one program: check each by itself")
        return _program(checked, _given(source, network, wanted, OF_A_PROGRAM), network, check)
    if check.timeout is not None:
        raise InputError(f"--timeout is of a program, and {checked} holds arrays: leave it out")
    return _arrays(checked, source, network, wanted, check, report)


def _arrays(
    checked: str,
    source: SourceOptions,
    network: NetworkOptions,
    wanted: WantedOptions,
    check: CheckOptions,
    report: ReadingReport,
) -> Made:
    """The arrays of a file against a network's, on the sequences of the source."""
    from rnn_cli.study.check.arrays import check_arrays
    from rnn_cli.study.check.wanted import class_numbers

    source.check()
    if wanted.target is not None and wanted.targets is not None:
        raise InputError("give --target (one output) or --targets (one per step), not both")
    model, sequences = open_many(source, network, report)
    every = list(sequences)
    labels = wanted.target if wanted.targets is None else wanted.targets.split()
    found = check_arrays(
        checked,
        file_arrays(checked, model.network.cell),
        model,
        [one.inputs for one in every],
        class_numbers(model, every, [labels] * len(every)),
        None if check.map is None else read_map(check.map),
        check.tolerance,
        [one.initial for one in every] if network.given_states else [],
        rows=[one.rows for one in every],
    )
    text = (quotable(every[0]) or "") if len(every) == 1 else ""
    name, read = source_names(source)
    flags = None if model.flags is None or not (text or (name and read)) else f"{model.flags} {read}".strip()
    own = {"target": wanted.target, "targets": wanted.targets, "map": check.map, "tolerance": check.tolerance}
    again = command_line("check", [checked, text] if text else checked, *_options(own), flags=flags)
    result = CheckResult(found, check.hints, check.why, again, text, wanted.target or "")
    return result, result.hold


def _module_of(checked: str) -> tuple[str, str] | None:
    """The file and the class of module.py:Net; None of another name."""
    path, sign, name = checked.rpartition(":")
    return (path, name) if sign and path.endswith(".py") and name.isidentifier() else None


def _program(checked: str, others: list[str], network: NetworkOptions, check: CheckOptions) -> Made:
    """A program, or a module of PyTorch, against a cell, on networks or inputs that are drawn from the seed."""
    if others:
        raise InputError(f"{others[0]}: a program is called with networks and inputs that are drawn: leave it out")
    if network.cell is None:
        raise InputError(f"{checked}: name the cell that it computes: --cell lstm")
    names = None if check.map is None else read_map(check.map)
    cell, options, seed = network.cell, cell_options_of(network), network.seed
    module = _module_of(checked)
    if module is not None:
        from rnn_cli.study.check import module as of_modules

        timeout = check.timeout or of_modules.TIMEOUT
        found = of_modules.check_module(*module, cell, options, check.tolerance, seed, timeout, names)
    else:
        from rnn_cli.study.check import program as of_programs

        timeout = check.timeout or of_programs.TIMEOUT
        found = of_programs.check_program(checked, cell, options, check.tolerance, seed, timeout, names)
    own = {name: getattr(network, name) for name in OF_A_PROGRAM if getattr(network, name)}
    own |= {"map": check.map, "tolerance": check.tolerance}
    again = command_line("check", checked, flags=shell_flags(own))
    result = CheckResult(found, check.hints, check.why, again)
    return result, result.hold


def _numbers(checked: str, others: list[str], analytic: str) -> Made:
    """Gradients against differences."""
    from rnn_cli.study.check.numbers import check_numbers

    if others:
        raise InputError(f"{others[0]}: --numbers compares two files, and nothing else: leave it out")
    result = check_numbers(read_arrays(analytic), read_arrays(checked), (analytic, checked))

    def hold() -> None:
        if not result.passed:
            raise CheckFailed(f"{analytic}: not every gradient can be told to be right")

    return result, hold


def _given(
    source: SourceOptions, network: NetworkOptions, wanted: WantedOptions, but: tuple[str, ...] = ()
) -> list[str]:
    """The options and arguments that were given, without some of a network."""
    found = [one.name for part in (source, network, wanted) for one in _changed(part) if one.name not in but]
    return ["TEXT" if name == "text" else _said({"column": "text"}.get(name, name)) for name in found]


def unused_by_template(
    source: SourceOptions, network: NetworkOptions, wanted: WantedOptions, check: CheckOptions
) -> list[str]:
    """What was given that changes nothing in the program which --template prints."""
    return [*_given(source, network, wanted, OF_A_TEMPLATE), *_given_to_check(check, ("template", "blank"))]


def _given_to_check(check: CheckOptions, but: tuple[str, ...] = ("numbers",)) -> list[str]:
    return [_said(one.name) for one in _changed(check) if one.name not in but]


def _changed(options: Any) -> Iterator[Any]:
    """The fields of options that differ from their defaults."""
    for one in fields(options):
        value = getattr(options, one.name)
        default = one.default_factory() if callable(one.default_factory) else one.default
        if value != default:
            yield one


def _said(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _options(values: Mapping[str, object]) -> list[str]:
    """Options with their values, as words."""
    return [word for name, value in values.items() if value is not None for word in (f"--{name}", str(value))]
