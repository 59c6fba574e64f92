"""rnn explore: a network stepped through in the terminal, forwards and backwards."""

from contextlib import nullcontext
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import typer

from rnn_cli.commands.options import (
    Debug,
    NetworkOptions,
    NoColor,
    SourceOptions,
    decimals,
    finite,
    group,
    with_options,
)
from rnn_cli.commands.serving import check_serving, serve_again
from rnn_cli.errors import InputError, SystemRefused
from rnn_cli.paths import check_paths

if TYPE_CHECKING:
    from rnn_cli.explore.session import Session
    from rnn_cli.explore.tour import Tour
    from rnn_cli.explore.world import World
    from rnn_cli.models.model import Model

INTERACTIVE = True
EVERYDAY = ("model", "cell", "hidden_size", "target")
EXAMPLE = "I love NLP"
"""What the tour goes through where nobody gives a text."""

EXTRA = "rnn explore needs Textual: pip install 'rnn-cli[explore]'"


def keep(name: str, world: "World") -> "Model":
    """Keep the model of a session as .json, and open it again. InputError where there can be no such file.

    SystemRefused where the system does not let it be written.
    """
    from rnn_cli.commands.common import save_model
    from rnn_cli.models.load import load_model
    from rnn_cli.output.screen import in_a_browser
    from rnn_cli.study.networks import shell_flags

    if in_a_browser() and Path(name).name != name:  # whoever reaches the page may write no further
        raise InputError(f"{name}: a browser keeps models where --serve was started: give a name without a folder")
    if not name.endswith(".json"):
        raise InputError(f"{name}: a model is kept as .json, which --model reads again")
    check_paths({"save_model": name}, {"save_model": "save as"})
    if Path(name).exists():
        raise InputError(f"{name}: exists already; give another name")
    try:
        save_model(name, replace(world.model, name=Path(name).stem), [world.sequence])
    except OSError as error:
        raise SystemRefused(f"save as {name}: {error.strerror or error}") from error
    return replace(load_model(name), flags=shell_flags({"model": name, "seed": world.seed or None}))


@group
class GoalOptions:
    """What the way back starts from, and how far a step of learning goes."""

    title: ClassVar = "The target and learning"

    target: Annotated[
        str | None,
        typer.Option(
            "--target", metavar="LABEL", help="What the network should have said.  [default: what it says itself]"
        ),
    ] = None
    lr: Annotated[
        float,
        typer.Option(
            "--lr", min=0, callback=finite, help="Learning rate of l; comma and full stop halve and double it."
        ),
    ] = 0.1


@group
class TourOptions:
    """For the first time."""

    title: ClassVar = "The first time"

    tour: Annotated[bool, typer.Option("--tour", help="Eight steps that show the keys, and go on as each is done.")] = (
        False
    )


@group
class ScreenOptions:
    """How numbers are shown."""

    title: ClassVar = "Output"

    precision: Annotated[int, decimals("Decimals of the arithmetic.")] = 4
    no_color: NoColor = False
    debug: Debug = False


def _tour(session: "Session") -> "Tour":
    from rnn_cli.explore.stops import STOPS
    from rnn_cli.explore.tour import Tour

    return Tour(session, STOPS)


@group
class BrowserOptions:
    """Where it is shown."""

    title: ClassVar = "In a browser"

    serve: Annotated[
        bool, typer.Option("--serve", help="Show it in a browser of this machine, to each visitor anew.")
    ] = False
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Of --serve, on 127.0.0.1; 0 is any.  [default: 8000]"),
    ] = None


@with_options
def run(
    ctx: typer.Context,
    source: SourceOptions,
    network: NetworkOptions,
    goal: GoalOptions,
    first: TourOptions,
    browser: BrowserOptions,
    out: ScreenOptions,
) -> None:
    """A network stepped through by hand: where each number comes from, and back from the loss, under one cursor.

    Left and Right go a step, Up and Down a unit, Tab to the next quantity, Enter into an operand, b backward; ? shows all
    keys, and --tour has you try them. --serve shows it in a browser. Off a terminal the first screen is printed.

    \b
    Examples:
      rnn explore "I love NLP"
      rnn explore "I hate NLP" --target positive
      rnn explore "I love NLP" --cell lstm --hidden-size 4
    """
    if find_spec("textual") is None:
        raise InputError(EXTRA)
    check_serving(ctx)
    from rnn_cli.commands.common import open_one, source_names
    from rnn_cli.explore.draw.screen import screen
    from rnn_cli.explore.session import Session
    from rnn_cli.explore.strangers import said_first
    from rnn_cli.explore.world import World
    from rnn_cli.output.screen import in_a_browser, on_a_terminal, print_aside, print_lines, shows_ascii_alone
    from rnn_cli.study.networks import shell_flags

    if first.tour and source.text is source.file is source.input is source.ids is None:
        source = replace(source, text=EXAMPLE)
    report = source.report()
    model, sequence = open_one(source, network, report)
    if model.has_decoder:
        raise InputError(
            f"{model.name} writes a text with a decoder, and rnn explore steps through one network that answers at its own "
            "steps: rnn trace shows both, --module looks at one of them where the file is of another program"
        )
    if goal.target is not None:
        from rnn_cli.study.targets import read_loss

        read_loss(model, sequence, goal.target)
    again = shell_flags({"ids": source.ids}) or source_names(source)[1]
    world = World(model.after(sequence.raw), sequence, network.seed, goal.target, again=again)
    session = Session(world, keep, out.precision, goal.lr)
    strange = said_first(world)
    session.message = world.left_range or " · ".join(filter(None, ["? shows the keys", strange]))
    if browser.serve:
        serve_again(ctx, f"rnn explore: {sequence.text or model.name}")
    tour = _tour(session) if first.tour else None
    if not on_a_terminal() and not in_a_browser():
        from rnn_cli.explore.draw.tour import panel

        below = [] if tour is None else panel(tour, 100)
        print_lines([*screen(session, 100, 30).lines, *below, session.farewell()], out.no_color)
        return
    from rnn_cli.explore.first import FirstScreen
    from rnn_cli.explore.offer import OFFER, first_start

    if not world.left_range and not in_a_browser() and first_start() and tour is None:
        session.message = " · ".join(filter(None, [OFFER, strange]))
    ascii_only = shows_ascii_alone() and not in_a_browser()
    early = FirstScreen(session, tour, ascii_only, out.no_color)
    with nullcontext() if in_a_browser() else early:
        from rnn_cli.explore.terminal.app import Explorer
        from rnn_cli.explore.terminal.page import INTERRUPTED

        app = Explorer(session, ascii_only, out.no_color, tour, early)
        app.run()
    if app.fault is not None:
        raise app.fault
    if app.return_code not in (None, 0, INTERRUPTED):  # the terminal may be gone
        raise typer.Exit(app.return_code)
    if in_a_browser():
        print_aside(session.farewell())
    else:
        print_lines([session.farewell()], out.no_color)
    if app.return_code:
        raise typer.Exit(app.return_code)
