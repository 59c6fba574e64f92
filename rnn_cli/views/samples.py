"""The page of rnn samples: what is bundled, or where it was copied to."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType

from rnn_cli.inputs.samples import Sample
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Prose, blank, following, heading, line, notice


def samples_page(samples: Sequence[Sample]) -> list[RenderableType]:
    """Every bundled file with its description."""
    models = [sample for sample in samples if sample.kind == "model"]
    data = [sample for sample in samples if sample.kind != "model"]
    page: list[RenderableType] = [line((f"{count(len(samples), 'bundled file')}", style.TITLE)), blank()]
    page += [heading("Models", "--model takes the name"), *_listed([(str(one.name), one) for one in models]), blank()]
    if data:
        page += [heading("Data", "copy them out to use them"), *_listed([(one.path, one) for one in data]), blank()]
    return [
        *page,
        notice("The files travel inside the program; a copy is yours to edit, and --model or --file takes its path."),
        *following(
            ("rnn samples copy my-samples", "write them all to a folder"),
            (f"rnn inspect {models[-1].name}", "what a model is made of"),
        ),
    ]


def _listed(named: Sequence[tuple[str, Sample]]) -> list[RenderableType]:
    width = max(len(name) for name, _ in named)
    return [Prose(clean(sample.description), f"  {name:<{width}}") for name, sample in named]


def copied_page(samples: Sequence[Sample], folder: Path) -> list[RenderableType]:
    """The files that were written."""
    page: list[RenderableType] = [
        line((f"{count(len(samples), 'file')} written to {clean(str(folder))}", style.TITLE)),
        blank(),
        *(line(clean(str(folder / sample.path)), indent=2) for sample in samples),
        blank(),
        notice("A model is a JSON file: change a weight or a vector in an editor, run it again, and see what moves."),
    ]
    models = [sample for sample in samples if sample.kind == "model"]
    path = str(folder / models[-1].path)
    return [
        *page,
        *following(
            (command_line("trace", "I love NLP", "--model", path), "your copy at work"),
            (command_line("inspect", path), "its parameters"),
        ),
    ]
