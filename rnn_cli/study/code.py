"""A model as a short program: in NumPy, or in a framework that has its cell. It reads the very file and runs a sample."""

from dataclasses import dataclass
from importlib import import_module

from rnn_cli.errors import InputError
from rnn_cli.models.bundled import bundled_models
from rnn_cli.models.files import held_in
from rnn_cli.models.model import Model
from rnn_cli.study.code_parts import Subject
from rnn_cli.study.code_sample import Sample, sample_of
from rnn_cli.study.inspect import InspectResult

PROGRAMS = {
    "numpy": "rnn_cli.study.code_numpy",
    "pytorch": "rnn_cli.study.code_pytorch",
    "keras": "rnn_cli.study.code_keras",
}
"""For each kind of program the module with program(subject: Subject) -> list[str], its lines."""

WRITERS = {
    "numpy": "rnn_cli.study.code_writer_numpy",
    "pytorch": "rnn_cli.study.code_writer_pytorch",
    "keras": "rnn_cli.study.code_writer_keras",
}
"""The same of models that write a text of their own length."""


@dataclass(frozen=True, eq=False)
class CodeResult:
    """A model and the program that builds it."""

    inspected: InspectResult
    framework: str
    lines: tuple[str, ...]
    sample: Sample

    @property
    def alone(self) -> Model:
        """The network that is shown."""
        return self.inspected.model


def code_of(inspected: InspectResult, framework: str) -> CodeResult:
    """The program of a model that was inspected. InputError where there is none, with the reason."""
    if framework not in PROGRAMS:
        raise InputError(f"--code {framework}: it can be {', '.join(PROGRAMS)}")
    model = inspected.model
    if framework != "numpy":
        model.refuse_parts(f"a program of --code {framework}")
    path = str(bundled_models().get(inspected.name, inspected.name))
    subject = Subject(model, path, held_in(path), sample_of(model))
    programs = WRITERS if model.has_decoder else PROGRAMS
    lines = _spaced(import_module(programs[framework]).program(subject))
    return CodeResult(inspected, framework, tuple(lines), subject.sample)


def _spaced(lines: list[str]) -> list[str]:
    """Lines whose parts may begin and end with empty ones: never more than two on end."""
    return [line for k, line in enumerate(lines) if line or any(lines[max(k - 2, 0) : k])]
