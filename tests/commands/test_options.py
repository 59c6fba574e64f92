"""Groups of options: spread over a command's signature, and gathered again."""

from dataclasses import dataclass, field, fields
from inspect import Parameter, signature
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from rnn_cli.commands.options import OutputOptions, RoleOptions, ShownOptions, with_options
from rnn_cli.errors import InputError


@dataclass(frozen=True)
class Colour:
    """A group; one of its fields has the name of the other group's parameter."""

    tone: Annotated[str, typer.Option("--tone")] = "grey"
    size: Annotated[int, typer.Option("--size-of-colour")] = 0


@dataclass(frozen=True)
class Many:
    """A group with a list."""

    file: Annotated[list[str], typer.Option("--file")] = field(default_factory=list)


@with_options
def run(
    word: Annotated[str, typer.Argument()],
    size: Many,
    colour: Colour,
    *,
    loud: Annotated[bool, typer.Option("--loud")] = False,
) -> None:
    """Print what it is given."""
    typer.echo(f"{word} {size} {colour} {loud}")


def test_fields_stand_where_their_group_stood() -> None:
    parameters = signature(run).parameters
    assert list(parameters) == ["word", "file", "tone", "size", "loud"]
    assert all(one.kind is Parameter.KEYWORD_ONLY for one in parameters.values())
    assert parameters["tone"].default == "grey"
    assert parameters["file"].default == []


def test_groups_are_made_from_what_was_given() -> None:
    app = typer.Typer()
    app.command()(run)
    shown = CliRunner().invoke(app, ["red", "--tone", "light", "--size-of-colour", "3", "--file", "a", "--file", "b"])
    assert shown.output == "red Many(file=['a', 'b']) Colour(tone='light', size=3) False\n"
    assert CliRunner().invoke(app, ["red", "--loud"]).output == "red Many(file=[]) Colour(tone='grey', size=0) True\n"


def test_two_options_of_one_name_are_refused() -> None:
    def twice(colour: Colour, tone: Annotated[str, typer.Option("--shade")] = "") -> None:
        """Which tone?"""

    with pytest.raises(TypeError, match="tone: two options of this name"):
        with_options(twice)


def test_half_and_network_are_one_choice() -> None:
    assert RoleOptions().chosen is None
    assert RoleOptions(network="encoder").chosen == RoleOptions(half="encoder").chosen == "encoder"
    assert RoleOptions("decoder", "decoder").chosen == "decoder"
    with pytest.raises(InputError, match="--half is another name of --network"):
        _ = RoleOptions("encoder", "decoder").chosen


def test_shown_options_are_the_arguments_that_study_takes() -> None:
    from rnn_cli.study.shown import Shown

    assert {one.name for one in fields(ShownOptions)} == set(Shown.__annotations__)
    assert OutputOptions().save == []
