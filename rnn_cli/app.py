"""The Typer application: one line per command. A command's module is imported when the command is called, not before."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Annotated, Any

import typer
from typer._click.exceptions import UsageError
from typer.core import TyperCommand, TyperGroup

from rnn_cli.choices import respell
from rnn_cli.errors import InputError
from rnn_cli.help import name_values, write_options
from rnn_cli.paths import OUTPUTS, check_paths

GROUPS = {
    "Look into a network": {
        "explore": "A network stepped through by hand, forwards and backwards, under one cursor.",
        "trace": "A sentence through the network, every product and sum of its cells written out.",
        "forward": "Hidden states, cell states and gates of one sentence or many, as tables.",
        "bptt": "Backpropagation through time, number by number.",
        "gradients": "What becomes of a gradient back through time: vanishing, stable or exploding, and why.",
        "check": "Your own numbers or program held against the right ones: which mistake explains a difference.",
        "quiz": "A worksheet asked in the terminal, one number at a time, with hints.",
        "inspect": "What a model is made of: sizes, parameters, conventions.",
    },
    "Train": {
        "data": "What train would read of a file: examples, classes, tokens, a baseline. Nothing is trained.",
        "train": "A network learns a task from data, or on generated examples.",
        "race": "Cells of the same size on a task that grows longer: which breaks where, and why.",
        "sweep": "One run of train for each setting and seed; the settings in the order of their scores.",
    },
    "Use and judge": {
        "predict": "A model's answer: a label, tags, a translation, a forecast, the next token.",
        "generate": "A language model, or one that describes, writes on its own.",
        "evaluate": "How good a trained model is, with intervals and a baseline.",
    },
    "Files and formats": {
        "convert": "A model in the conventions of another program, proved before it is written.",
        "diff": "Where two models differ, and the convention that explains it.",
        "samples": "The bundled models, sentences and data sets.",
        "schema": "The JSON Schema of a command's document.",
    },
}
"""Every command with what it does, in the groups and in the order in which rnn -h shows them."""

COMMANDS = {name: says for commands in GROUPS.values() for name, says in commands.items()}

COMPLETION = ("--install-completion", "--show-completion")


class Command(TyperCommand):
    """A command whose files are held against each other before it runs, and on which an option of a cell may stand as a
    flag of its own: --reset before for --cell-option reset=before. Its help begins with the `everyday` options."""

    everyday: tuple[str, ...] = ()
    hint: Callable[[list[str]], str | None] = staticmethod(lambda args: None)
    """What a person will have meant by arguments that cannot be read."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        write_options(self.get_params(ctx), self.everyday, ctx, formatter)

    def invoke(self, ctx: Any) -> Any:
        if any(ctx.params.get(name) for name in OUTPUTS):
            check_paths(ctx.params, {str(one.name): _said(one) for one in self.params})
        return super().invoke(ctx)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        own = {name for parameter in self.params for name in (*parameter.opts, *parameter.secondary_opts)}
        strange = [
            word for word in args if word.startswith("--") and word.partition("=")[0] not in own and word != "--"
        ]
        if "--cell-option" in own and strange:
            from rnn_cli.core.cells import option_names  # loads the cells: only for a flag that is none of ours

            names = [f"--{name}" for name in option_names()]
            args = _rewritten(args, [word for word in strange if word.partition("=")[0] in names])
        given = list(args)  # parsing empties it
        try:
            left = super().parse_args(ctx, args)
        except UsageError:
            meant = self.hint(given)
            if meant:
                ctx.fail(meant)
            self._ask_for_quotes(ctx, given)
            raise
        respell(str(ctx.info_name), ctx.params)
        if "no_pager" in ctx.params and ctx.parent is not None:
            ctx.params["no_pager"] |= ctx.parent.params.get("no_pager", False)
        return left

    def _ask_for_quotes(self, ctx: Any, args: list[str]) -> None:
        """Fail with the right command where a text without quotes is taken for several arguments."""
        text = next((one for one in self.params if one.param_type_name == "argument" and one.metavar == "TEXT"), None)
        values, extra, _ = self.make_parser(ctx).parse_args(args=list(args))
        first = values.get(str(text.name)) if text is not None else None
        if text is None or not extra or not isinstance(first, str):
            return
        from rnn_cli.usage import shell_words, with_quotes

        takes_value = [name for one in self.params if not getattr(one, "is_flag", True) for name in one.opts]
        command = shell_words(["rnn", str(ctx.info_name), *with_quotes(args, [first, *extra], takes_value)])
        ctx.fail(f"a text of several words needs quotes: {command}")


def _said(parameter: Any) -> str:
    """What a person calls a parameter: --save, DATA."""
    return str(parameter.metavar if parameter.param_type_name == "argument" else parameter.opts[0])


def _rewritten(args: list[str], flags: list[str]) -> list[str]:
    """The words of a command line with --NAME VALUE and --NAME=VALUE, for these flags, as --cell-option NAME=VALUE."""
    words: list[str] = []
    rest = iter(args)
    for word in rest:
        if word in flags:
            name, sign, value = word[2:].partition("=")
            words += ["--cell-option", f"{name}={value if sign else next(rest, '')}"]
        else:
            words.append(word)
    return words


@cache
def _built(name: str) -> Any:
    """A command by its name. Where one process runs it again and again, as notebooks and tests do, it is built once."""
    module = import_module(f"rnn_cli.commands.{name}")
    single = typer.Typer(add_completion=False, rich_markup_mode=None, context_settings=CONTEXT)
    single.command(name, cls=Command)(module.run)
    command: Any = typer.main.get_command(single)
    command.everyday = getattr(module, "EVERYDAY", ())
    command.hint = getattr(module, "hint", Command.hint)
    name_values(command.params)
    return command


def _completes(word: str) -> bool:
    return word.partition("=")[0] in COMPLETION


class LazyGroup(TyperGroup):
    """A group that knows its commands' names and summaries, and imports a command only to run it."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return _built(cmd_name) if cmd_name in COMMANDS else None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            close = get_close_matches(args[0], COMMANDS)
            hint = f"did you mean {close[0]}?" if close else f"the commands are {', '.join(COMMANDS)}"
            ctx.fail(f"no command {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.meta["shell"] = None
        first = next((k for k, word in enumerate(args) if not word.startswith("-")), len(args))
        own = [part for word in args[:first] for part in (word.split("=", 1) if _completes(word) else [word])]
        words, first = [*own, *args[first:]], next((k for k, word in enumerate(own) if word[:1] != "-"), len(own))
        if words[first : first + 1] == ["help"]:
            command = next((word for word in words[first + 1 :] if not word.startswith("-")), None)
            words[first:] = ["-h"] if command is None else [command, "-h"]
        elif first < len(words) and words[first - 1] in COMPLETION:  # their value may be left out
            ctx.meta["shell"] = words.pop(first)
        args[:] = words
        return super().parse_args(ctx, args)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.format_commands(ctx, formatter)
        with formatter.section("Options"):
            rows = filter(None, (one.get_help_record(ctx) for one in self.get_params(ctx)))
            formatter.write_dl([(f"{name} [SHELL]" if name in COMPLETION else name, says) for name, says in rows])

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        width = max(map(len, COMMANDS))
        for title, commands in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), says) for name, says in commands.items()])


CONTEXT = {"help_option_names": ["-h", "--help"]}

app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
    epilog='Example: rnn trace "I love NLP"\n\nrnn help COMMAND, or rnn COMMAND -h, shows the options of a command.',
)


@app.callback(invoke_without_command=True, no_args_is_help=True)
def root(
    ctx: typer.Context,
    no_pager: Annotated[
        bool, typer.Option("--no-pager", help="Before a command: no pager, whatever its page.")
    ] = False,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="With --version: also Python, NumPy, BLAS and the platform.")
    ] = False,
    install_completion: Annotated[
        bool,
        typer.Option("--install-completion", help="Let bash, zsh or fish complete commands.  [default: your $SHELL]"),
    ] = False,
    show_completion: Annotated[
        bool, typer.Option("--show-completion", help="Print the script that does so, to read or to keep elsewhere.")
    ] = False,
) -> None:
    """A microscope for recurrent neural networks, in the terminal."""
    if install_completion or show_completion:
        from rnn_cli.completion import install, script_for

        typer.echo((install if install_completion else script_for)(ctx.meta["shell"]))
        raise typer.Exit()
    if version:
        from rnn_cli.version import __version__

        typer.echo(f"rnn {__version__}")
        if verbose:
            from rnn_cli.output.environment import environment

            for name, value in environment().items():
                typer.echo(f"{name:<8}  {value}")
        raise typer.Exit()
    if verbose:
        raise InputError("--verbose goes with --version: rnn --version --verbose")
