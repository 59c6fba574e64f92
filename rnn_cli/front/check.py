"""rnn.check: numbers from somebody's own program held against those of a model."""

from collections.abc import Mapping, Sequence
from numbers import Real
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from rnn_cli.core.arrays import from_lists
from rnn_cli.errors import InputError, Mismatch
from rnn_cli.front.door import in_python, words_of_python
from rnn_cli.front.model import Model
from rnn_cli.front.quiet import quiet
from rnn_cli.front.reading import Inputs, is_several, read_all, starting_at
from rnn_cli.front.result import Result
from rnn_cli.study.check.arrays import check_arrays
from rnn_cli.study.check.files import read_arrays
from rnn_cli.study.check.hints import CAUSE, CheckResult
from rnn_cli.study.check.report import Report
from rnn_cli.study.check.wanted import class_numbers

if TYPE_CHECKING:
    from rnn_cli.core.arrays import Array

SOURCE = "your arrays"


class CheckReport(Result):
    """What a check found out. `document()` and `page()` are those of `rnn check`; print() shows the page."""

    record: CheckResult

    @property
    def passed(self) -> bool:
        """Whether all that was compared is right."""
        return self.record.report.passed

    def raise_for_mistakes(self) -> None:
        """Mismatch, an AssertionError that says what the page says, unless all that was compared is right."""
        __tracebackhide__ = True
        if not self.passed:
            raise Mismatch(f"{self.page().strip()}\n")


@quiet
@in_python
def check(
    model: Model,
    x: Inputs,
    target: Any = None,
    *,
    arrays: "Mapping[str, Any] | str | PathLike[str] | None" = None,
    names: "Mapping[str, str] | None" = None,
    state: "Mapping[str, Any] | None" = None,
    tolerance: float | None = None,
    hints: int = CAUSE,
    why: bool = False,
    module: Any = None,
    **numbers: Any,
) -> CheckReport:
    """Your own numbers held against the right ones, and the mistake that explains a difference.

    x          a text, a list of tokens, an array (T, I), or a list of such sequences
    target     what the network should have said, for a loss and gradients: a label, a list of labels where every step
               answers, and of several sequences a list with one for each
    numbers    your arrays, under the names that documents use or common ones: h=hs, dW_hh=g, weight_hh_l0=…
    arrays     the same in a dict, for names that are none in Python, or a file: .npz, .safetensors, .json
    names      what your names mean, where they are not understood: {"my_grad": "dW_hh"}
    state      where the memory starts: {"h": (L*D, H), …}, what it leaves out as the model has it
    tolerance  how far two numbers may be apart, of the largest of their array; None: by the type of your arrays
    hints      how much is told: 0 right or wrong, 1 also where, 2 also what kind of mistake, 3 also its cause and the line
    why        unfold the first wrong number
    module     in place of arrays a torch.nn.Module of your own, a cell or one of sequences: it is run on x with its own
               weights, its states and the gradients that autograd takes are compared with those of the model's cell, and
               `names` says what its parameters are where that is not understood, as {"proj.weight": "W_x"}

    InputError where nothing can be compared.

    >>> import rnn_cli as rnn
    >>> model = rnn.load("nlp")
    >>> report = rnn.check(model, "I love NLP", h=model.trace("I love NLP").states("h"))
    >>> report.passed
    True
    """
    _check_asked(model, names, tolerance, hints, why)
    given = _given(arrays) | {name: _array(name, value) for name, value in numbers.items()}
    several = is_several(x)
    sequences = [starting_at(one, model.loaded, state) for one in read_all([x], model.loaded, model.seed)]
    if module is not None:
        if given or target is not None or state is not None:
            raise InputError("module: its gradients are taken of a loss behind it: leave arrays, target and state out")
        report = _of_module(model, module, [one.inputs for one in sequences], names, tolerance)
        return CheckReport(CheckResult(words_of_python(report), hints, why))
    if not given:
        raise InputError("give the arrays to check, as in rnn.check(model, x, h=hs, dW_hh=gradient)")
    wanted = list(target) if several and target is not None and not isinstance(target, str) else [target]
    report = check_arrays(
        SOURCE if not isinstance(arrays, str | PathLike) else fspath(arrays),
        given,
        model.loaded,
        [one.inputs for one in sequences],
        class_numbers(model.loaded, sequences, [_labels(one) for one in wanted]),
        names,
        tolerance,
        [one.initial for one in sequences] if state is not None else (),
        rows=[one.rows for one in sequences],
    )
    text = x if isinstance(x, str) else ""
    result = CheckResult(
        words_of_python(report), hints, why, text=text, target=target if isinstance(target, str) else ""
    )
    return CheckReport(result)


def _check_asked(model: Any, names: Any, tolerance: Any, hints: Any, why: bool) -> None:
    """InputError where an argument is none that a check can have; the command's options are checked where they are read."""
    if not isinstance(model, Model):
        raise InputError(f"model: {model!r:.40} is no model: give one of rnn.load or rnn.build")
    if names is not None and not (isinstance(names, Mapping) and all(isinstance(one, str) for one in names.values())):
        raise InputError(
            'names: give what your names mean, as in {"my_grad": "dW_hh"}, and "none" for what is not compared'
        )
    if tolerance is not None and not (isinstance(tolerance, Real) and 0 <= float(tolerance) < float("inf")):
        raise InputError(f"tolerance: {tolerance!r} is none: give a number from 0 up, or None")
    if hints not in range(CAUSE + 1):
        raise InputError(f"hints: {hints!r} is no degree of them: give 0 to {CAUSE}")
    if why and hints < CAUSE:
        raise InputError(f"why shows what hints={hints} withholds: leave one out")


def _of_module(
    model: Model, module: Any, inputs: "Sequence[Array]", names: "Mapping[str, str] | None", tolerance: float | None
) -> Report:
    """The report on a module, of the cell and options that the model has."""
    from rnn_cli.study.check.module import check_torch

    a = model.loaded.network.architecture
    return check_torch(module, a.cell, dict(a.options), inputs, names, tolerance, model.seed)


def _labels(target: Any) -> str | list[str] | None:
    """A label, or those of the steps, as text: classes without names are numbers."""
    if target is None or isinstance(target, str):
        return target
    target = target.tolist() if hasattr(target, "tolist") else target
    return [str(one) for one in target] if isinstance(target, Sequence) and not isinstance(target, str) else str(target)


def _given(arrays: "Mapping[str, Any] | str | PathLike[str] | None") -> "dict[str, Array]":
    if isinstance(arrays, str | PathLike):
        return read_arrays(fspath(arrays))
    if arrays is not None and not isinstance(arrays, Mapping):
        raise InputError("arrays: give a dict of arrays by name, or a file: .npz, .safetensors, .json")
    return {str(name): _array(str(name), value) for name, value in (arrays or {}).items()}


def _array(name: str, value: Any) -> "Array":
    """Numbers, nested lists of them, or a tensor. InputError where it is none of these."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        array: Array = value if hasattr(value, "dtype") else from_lists(_listed(value))
    except (ValueError, TypeError) as error:
        raise InputError(f"{name}: {error}: give an array of numbers") from error
    return array


def _listed(value: Any) -> Any:
    """Lists of lists, where tuples, arrays and tensors may stand in them."""
    if isinstance(value, list | tuple):
        return [_listed(one) for one in value]
    return value.tolist() if hasattr(value, "tolist") else value
