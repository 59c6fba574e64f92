"""What the page of rnn gradients suggests next."""

from collections.abc import Collection
from dataclasses import replace

from rich.console import RenderableType

from rnn_cli.core.cells import CELLS
from rnn_cli.core.network import BACKWARD, MANY_TO_ONE
from rnn_cli.models.answers import is_language_model
from rnn_cli.study.gradient_path import Drawn, GradientPath
from rnn_cli.study.networks import LABELS, flags_of_any_cell
from rnn_cli.usage import command_line
from rnn_cli.views.page import following
from rnn_cli.views.parts import quotable


def what_next(path: GradientPath) -> list[RenderableType]:
    """The commands that go on from the page."""
    if path.drawn is not None:
        return _next_matrices(path.drawn, path.cell)
    text = quotable(path.sequence)
    if text is None:
        return following(("rnn gradients -h", "targets, layers, directions, figures"))
    flags = flags_of_any_cell(path.model)
    back = ("--direction", BACKWARD) if path.direction == BACKWARD else ()
    wide = ("--bidirectional",) if back and flags is None else ()
    target = asked_target(path, LABELS if flags is None else path.model.labels)
    cells = list(CELLS)[:3] if path.cell in list(CELLS)[:3] or flags is None else [path.cell, *list(CELLS)[:2]]
    other = command_line("gradients", text, "--compare", ",".join(cells), *wide, *back, *target, flags=flags or "")
    return following(
        (_backward(path, text), "the same backward pass, every product written out"),
        (other, "three cells on this sentence"),
    )


def drawn_again(drawn: Drawn, *more: str) -> str:
    """The command that draws and drives a random matrix in the same way, with more options."""
    return command_line("gradients", (), *drawn.options, *more)


def _next_matrices(drawn: Drawn, cell: str) -> list[RenderableType]:
    """The same radius drawn in another way, and cells beside this one, all else being the same."""
    init, kind = (
        ("gaussian", "a matrix that is not normal") if drawn.init == "orthogonal" else ("orthogonal", "a normal matrix")
    )
    if drawn.init == "identity":
        kind = "a normal matrix that turns"
    cells = list(CELLS)[:2]
    cells = cells if cell in cells else [cell, *cells]
    own = () if cell == "rnn" else ("--cell", cell)
    return following(
        (drawn_again(replace(drawn, init=init), *own), f"the same radius, {kind}"),
        (drawn_again(drawn, "--compare", ",".join(cells)), "what gates change"),
    )


def asked_target(path: GradientPath, labels: Collection[str]) -> tuple[str, ...]:
    """The option of the target that was asked for, where it is one of these labels."""
    return ("--target", path.target) if path.target in labels and not path.predicted and path.target else ()


def _backward(path: GradientPath, text: str) -> str:
    """rnn bptt with the loss of this page; "" where there is none, or no line could name its targets."""
    model, target = path.model, path.target
    if is_language_model(model) and not model.has_decoder:
        return command_line("bptt", text, flags=model.flags)  # its targets are its next words
    one = model.network.architecture.task == MANY_TO_ONE or model.has_decoder or model.numeric
    if (
        not target
        or not model.network.architecture.output_size
        or not (one or len(target.split()) == len(path.sequence.inputs))
    ):
        return ""
    return command_line("bptt", text, "--target", target, flags=model.flags)
