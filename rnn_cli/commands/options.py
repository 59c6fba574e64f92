"""The options that commands share, as dataclasses, and the decorator that spreads them over a command's signature."""

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from functools import wraps
from inspect import Parameter, signature
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, TypeVar, dataclass_transform, get_args, get_type_hints

import typer

from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.output.theme_names import LIGHT, THEME_NAMES
from rnn_cli.study.wide import MOST, WIDE

if TYPE_CHECKING:
    from rnn_cli.core.state import InitialStates
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.models.foreign.choices import Choices
    from rnn_cli.models.model import Model


Group = TypeVar("Group")


@dataclass_transform(frozen_default=True, eq_default=False)
def group(options: type[Group]) -> type[Group]:
    """An options dataclass: nobody compares or prints one, and every method that is not made saves time at each start."""
    return dataclass(eq=False, repr=False)(options)


def decimals(says: str) -> Any:
    """The option of how many digits numbers have on a page."""
    return typer.Option("--precision", min=1, max=17, help=says)


def with_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Let a parameter whose type is an options dataclass stand for that dataclass's fields on the command line.

        @with_options
        def run(source: SourceOptions, plot: PlotOptions, check: Annotated[bool, typer.Option("--check")] = False)

    becomes, for Typer, a command with the fields of both groups and `check`, in this order; when it is called, each
    group is made from the values of its fields. A group may be called as one of its fields, or as a field of another
    group. Its class attribute `title` is the heading of its options in the help. TypeError where two fields, or a field and a parameter, have the same name: one of them would be lost.
    """
    original = signature(command)
    groups: dict[str, Any] = {
        name: p.annotation for name, p in original.parameters.items() if is_dataclass(p.annotation)
    }
    spread: list[Parameter] = []
    for name, parameter in original.parameters.items():
        spread += _fields(groups[name]) if name in groups else [parameter.replace(kind=Parameter.KEYWORD_ONLY)]
    names = [parameter.name for parameter in spread]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise TypeError(f"{command.__module__}: {', '.join(twice)}: two options of this name")

    @wraps(command)
    def run(**values: Any) -> Any:
        made = {name: group(**{one.name: values[one.name] for one in fields(group)}) for name, group in groups.items()}
        own = {name: values[name] for name in original.parameters if name not in groups}
        return command(**own, **made)

    run.__signature__ = original.replace(parameters=spread)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in spread}
    return run


def _fields(group: Any) -> list[Parameter]:
    """The fields of an options dataclass as parameters."""
    types = get_type_hints(group, include_extras=True)
    titles = {
        name: getattr(base, "title", None)
        for base in reversed(group.__mro__)
        for name in vars(base).get("__annotations__", ())
    }
    return [
        Parameter(
            one.name,
            Parameter.KEYWORD_ONLY,
            default=one.default_factory() if one.default_factory is not MISSING else one.default,
            annotation=_titled(types[one.name], titles[one.name]),
        )
        for one in fields(group)
    ]


def _titled(annotation: Any, title: str | None) -> Any:
    """The type of a parameter, its option in the group of this title in the help."""
    if title is None:
        return annotation
    kind, option = get_args(annotation)
    option = copy(option)  # several groups may share it
    option.rich_help_panel = title
    return Annotated[kind, option]


def finite(value: float | None) -> float | None:
    """Accept finite numbers only: `nan` and `inf` also parse as floats."""
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{value} is not a finite number")
    return value


def check_lines(lines: bool, out: "OutputOptions") -> None:
    """InputError where --lines is given and does not fit the other options of output."""
    if lines and not out.json:
        raise InputError("--lines shapes the JSON: give --json --lines")
    if lines and out.save:
        raise InputError("--lines writes to stdout alone: leave --save out, or --lines")


Theme = Annotated[
    str,
    typer.Option(
        "--theme", metavar="|".join(THEME_NAMES), help="Of a saved .svg or .html: light, for documents, or dark."
    ),
]


def worksheet_kind(
    blank: bool, answers: bool, out: "OutputOptions", arithmetic: bool | None, why: bool = False
) -> str | None:
    """The kind of worksheet that the user asked for. InputError where the options ask for several pages, or for what the
    page has none of.
    """
    given = [name for name, on in (("--why", why), ("--blank", blank), ("--answers", answers)) if on]
    if len(given) > 1:
        raise InputError(f"{' and '.join(given)} are different pages: give one")
    if given and arithmetic is not None:
        option = "--arithmetic" if arithmetic else "--no-arithmetic"
        raise InputError(f"{option} is about the usual page, and {given[0]} is another: leave one of them out")
    if out.json and (blank or answers):
        raise InputError(f"--json holds every result: {given[0]} is a page of its own, without it")
    if out.only is not None and (blank or answers):
        raise InputError(f"--only and {given[0]}: a sheet and its key are numbered from end to end; leave --only out")
    return given[0].removeprefix("--") if blank or answers else None


Ids = Annotated[
    str | None,
    typer.Option("--ids", metavar="3,1,7", help="Ids of the model's vocabulary, in place of TEXT."),
]


@group
class FileOptions:
    """A file of texts or of numbers, and how it is read."""

    title: ClassVar = "The input and how it is read"

    file: Annotated[
        str | None,
        typer.Option(
            "--file", metavar="FILE", help="Texts, one a line; only forward and predict take several. - reads stdin."
        ),
    ] = None
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            metavar="FILE",
            help="Numbers, a row a step (T×I): .csv .tsv .txt .json .npy .npz, or .gz of them. - reads stdin.",
        ),
    ] = None
    column: Annotated[
        str | None,
        typer.Option("--text", metavar="COLUMN", help="Of --file, a table: the column of the texts, or none."),
    ] = None
    encoding: Annotated[
        str | None,
        typer.Option("--encoding", metavar="NAME", help="Of the file, as latin-1.  [default: detected]"),
    ] = None
    layout: Annotated[
        str | None,
        typer.Option(
            "--layout",
            metavar="T,I|B,T,I|T,B,I",
            help="The axes of --input: B sequences of T steps of I numbers.  [default: detected where it can be sure]",
        ),
    ] = None
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether line 1 of a table names columns.  [default: detected]"),
    ] = None
    delimiter: Annotated[
        str | None,
        typer.Option("--delimiter", metavar="SIGN", help="Between the columns of a table; tab.  [default: detected]"),
    ] = None

    def report(self) -> "ReadingReport":
        """An empty report for reading with these options. InputError where one of them has nothing to decide."""
        self.check_reading()
        from rnn_cli.inputs.reading_report import ReadingReport

        return ReadingReport(encoding=self.encoding)

    def check_reading(self) -> None:
        """InputError where an option says how something is read that is not given."""
        readers = {"layout": "--input", "decimal": "--input", "column": "--file"}
        for name in ("layout", "decimal", "column", "header", "delimiter", "encoding"):
            needed = readers.get(name, "--file or --input")
            given = {option for option in ("file", "input") if getattr(self, option) is not None}
            given |= {"file"} if name == "encoding" and getattr(self, "text", None) == "-" else set()
            if getattr(self, name, None) is not None and not any(f"--{one}" in needed for one in given):
                option = "text" if name == "column" else name
                raise InputError(f"--{option} says how {needed} is read, and there is none")


@group
class SourceOptions(FileOptions):
    """Where a sequence comes from: a text, a file of sentences, numbers, or ids."""

    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="The sentence, in quotes. - reads it from stdin.")
    ] = None
    decimal: Annotated[
        str | None, typer.Option("--decimal", metavar="SIGN", help=". or , in --input.  [default: detected]")
    ] = None
    ids: Ids = None

    def check(self) -> None:
        """InputError unless exactly one of the four is given."""
        given = [value for value in (self.text, self.file, self.input, self.ids) if value is not None]
        if not given:
            raise InputError('give a sentence in quotes, as "I love NLP"; or --file FILE, --input FILE, or --ids 3,1,7')
        if len(given) > 1:
            raise InputError("give one of TEXT, --file, --input and --ids, not several")


CellOption = Annotated[
    list[str],
    typer.Option(
        "--cell-option",
        metavar="NAME=VALUE",
        help="An option of the cell, such as reset=before for gru; --reset before is short for it.",
    ),
]
ResetBefore = Annotated[bool, typer.Option("--reset-before", hidden=True, help="--cell-option reset=before.")]


def cell_options(activation: str | None, pairs: list[str], reset_before: bool) -> dict[str, str]:
    """The options of a cell by name, from the flags that set them. InputError where a flag is not a pair."""
    chosen = {} if activation is None else {"activation": activation}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not (name and sign and value):
            raise InputError(f"--cell-option {pair}: write NAME=VALUE, as in reset=before")
        chosen[name] = value
    return chosen | ({"reset": "before"} if reset_before else {})


@group
class BuiltOptions:
    """A model, or sizes from which a network is built with random weights."""

    title: ClassVar = "The network"

    model: Annotated[
        str | None,
        typer.Option("--model", "-m", metavar="NAME|FILE", help="A bundled model or a model file.  [default: nlp]"),
    ] = None
    cell: Annotated[
        str | None,
        typer.Option("--cell", metavar="NAME", help=f"Build a random network of this cell: {', '.join(CELLS)}."),
    ] = None
    input_size: Annotated[
        int | None, typer.Option("--input-size", min=1, help="Size of each input vector.  [default: 2]")
    ] = None
    hidden_size: Annotated[int | None, typer.Option("--hidden-size", min=1, help="Hidden units.  [default: 3]")] = None
    num_layers: Annotated[int | None, typer.Option("--num-layers", min=1, help="Layers.  [default: 1]")] = None
    bidirectional: Annotated[bool, typer.Option("--bidirectional", help="Run each layer in both directions.")] = False
    activation: Annotated[
        str | None,
        typer.Option(
            "--activation", metavar="NAME", help="The activation of a cell that has this option: tanh or relu for rnn."
        ),
    ] = None
    cell_option: CellOption = field(default_factory=list)
    reset_before: ResetBefore = False
    task: Annotated[
        str | None,
        typer.Option(
            "--task", metavar="SHAPE", help="Of a built network: many-to-one or many-to-many.  [default: many-to-one]"
        ),
    ] = None
    labels: Annotated[
        str | None,
        typer.Option(
            "--labels",
            metavar="A,B|FILE",
            help="Names of the readout's units, of a network that is built or read from another program's file.",
        ),
    ] = None
    seed: Annotated[int, typer.Option("--seed", min=0, help="All that is random is a function of it.")] = 0
    save_model: Annotated[
        str | None,
        typer.Option(
            "--save-model", metavar="FILE", help="Keep the network, and the vectors of these words, as .json."
        ),
    ] = None
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file of --save-model.")] = False


@group
class ForeignOptions:
    """What a model's file that another program wrote does not say itself."""

    title: ClassVar = "A model of another program"

    module: Annotated[
        str | None,
        typer.Option("--module", metavar="NAME", help="Which of its recurrent modules."),
    ] = None
    embedding: Annotated[
        str | None, typer.Option("--embedding", metavar="NAME|none", help="Its embedding.  [default: found by shape]")
    ] = None
    readout: Annotated[
        str | None, typer.Option("--readout", metavar="NAME|none", help="Its readout.  [default: found by shape]")
    ] = None
    readout_reads: Annotated[
        str | None,
        typer.Option(
            "--readout-reads",
            metavar="last-output|final-state|every-step|mean|max",
            help="What its readout reads.  [default: what the file says, or else final-state; "
            "every-step where it has a unit for each token]",
        ),
    ] = None
    vocab: Annotated[
        str | None,
        typer.Option(
            "--vocab", metavar="FILE", help="Its tokens: one a line, or .json: a list, token and id, tokenizer.json."
        ),
    ] = None
    target_vocab: Annotated[
        str | None,
        typer.Option(
            "--target-vocab", metavar="FILE", help="What its decoder writes, where that differs from --vocab."
        ),
    ] = None
    embedding_activation: Annotated[
        str | None,
        typer.Option(
            "--embedding-activation",
            metavar="relu|tanh",
            help="What follows its embedding, of two networks the decoder's.  [default: nothing]",
        ),
    ] = None
    level: Annotated[
        str | None,
        typer.Option(
            "--level",
            metavar="word|char|whitespace",
            help="How a text is cut for --vocab.  [default: word, or char where its tokens are characters]",
        ),
    ] = None

    def opened(self, model: str, labels: str | None) -> "Model":
        """The model, read with these options; pages suggest commands that read it so."""
        from rnn_cli.models.load import load_model

        choices = self.said_of(labels, None)
        loaded = load_model(model, choices)
        if not choices.given():
            return loaded
        return replace(loaded, flags=self.again(model, labels))

    def again(self, model: str, labels: str | None, vectors: str | None = None) -> str:
        """The options with which a suggested command reads the model once more."""
        from rnn_cli.study.networks import shell_flags

        return shell_flags({"model": model, **vars(self), "labels": labels, "vectors": vectors})

    def of_file(self, labels: str | None, activation: str | None) -> "Choices":
        """These options for a command that reads no text. InputError where one would say how it cuts one all the same."""
        if self.level is not None and self.vocab is None:
            raise InputError(f"--level {self.level} says how a text is cut for --vocab, and there is none")
        return self.said_of(labels, activation)

    def said_of(self, labels: str | None, activation: str | None) -> "Choices":
        """These options as one."""
        from rnn_cli.models.foreign.choices import Choices

        return Choices(
            self.module,
            self.embedding,
            self.readout,
            self.readout_reads,
            self.vocab,
            labels,
            activation,
            self.target_vocab,
            self.level,
            self.embedding_activation,
        )


Activation = Annotated[
    str | None,
    typer.Option("--activation", metavar="tanh|relu", help="Of a torch.nn.RNN, whose state dict does not say."),
]

Labels = Annotated[
    str | None,
    typer.Option("--labels", metavar="A,B|FILE", help="Of another program's model: its answers' names."),
]


Vectors = Annotated[
    str | None,
    typer.Option(
        "--vectors",
        metavar="FILE",
        help="Of a network without an embedding: words with their vectors (GloVe, word2vec).",
    ),
]


@group
class StateOptions:
    """Where the memory starts, where that is not at zeros."""

    title: ClassVar = "The input and how it is read"

    state: Annotated[
        list[str],
        typer.Option(
            "--state",
            metavar="NAME=FILE",
            help="Where a state starts: .json .csv .npy, a row of H numbers for each layer and direction.  [default: the model's own, or zeros]",
        ),
    ] = field(default_factory=list)
    h0: Annotated[str | None, typer.Option("--h0", metavar="FILE", help="--state h=FILE.")] = None
    c0: Annotated[str | None, typer.Option("--c0", metavar="FILE", help="--state c=FILE.")] = None

    @property
    def given_states(self) -> list[str]:
        """The options that were given."""
        return [f"--{name}" for name in ("state", "h0", "c0") if getattr(self, name)]

    def read(self, model: "Model") -> "InitialStates":
        """The states of their files; {} where there are none. InputError where they do not fit the model."""
        if not self.given_states:
            return {}
        from rnn_cli.study.initial_states import check_starts, named_files, read_initial

        check_starts(model, self.given_states[0])
        return read_initial(named_files(self.state, self.h0, self.c0), model.network)


@group
class NetworkOptions(StateOptions, ForeignOptions, BuiltOptions):
    """Where a network comes from."""

    title: ClassVar = "A model of another program"

    vectors: Vectors = None

    def choices(self) -> "Choices":
        """What is said of the model's file."""
        return self.said_of(self.labels, self.activation)


@group
class ShownOptions:
    """Which part of a network's run is shown, and where one of them is given, what the document holds."""

    title: ClassVar = "What is shown"

    steps: Annotated[
        str | None,
        typer.Option("--steps", metavar="2:5", help="Show these steps: 3, 2:5, 1,4 or all; JSON then has no others."),
    ] = None
    unit: Annotated[
        str | None,
        typer.Option(
            "--unit",
            metavar="1,3",
            help="Show these hidden units, counted from 1; or moved, readout, moved:20: those that moved most, or that "
            f"the readout weighs most.  [default: all, of more than {WIDE} the {MOST} that moved most]",
        ),
    ] = None
    layer: Annotated[
        str | None,
        typer.Option(
            "--layer",
            metavar="0",
            help="Show these layers, counted from 0, or all.  [default: of a deep network the last]",
        ),
    ] = None
    direction: Annotated[
        str | None, typer.Option("--direction", metavar="forward|backward", help="Show this direction.")
    ] = None


Upstream = Annotated[
    str | None,
    typer.Option(
        "--dL-dh",
        metavar="FILE",
        help="Without a readout: the error that arrives at the outputs, a row for the last step or for each: .json .csv .npy.",
    ),
]
Reduction = Annotated[
    str | None,
    typer.Option("--reduction", metavar="sum|mean", help="Of the losses of several steps.  [default: sum]"),
]

Arithmetic = Annotated[
    bool | None,
    typer.Option(
        "--arithmetic/--no-arithmetic",
        help="Write every product out, or tables only.  [default: written out, unless the network is large and no part of it chosen]",
    ),
]


@group
class RoleOptions:
    """Which network is shown of a model with an encoder and a decoder."""

    title: ClassVar = "What is shown"

    network: Annotated[
        str | None,
        typer.Option("--network", metavar="encoder|decoder", help="Show only this network of an encoder-decoder."),
    ] = None
    half: Annotated[
        str | None,
        typer.Option("--half", metavar="encoder|decoder", hidden=True, help="The name of --network in version 0.1.0."),
    ] = None

    @property
    def chosen(self) -> str | None:
        """The network that the user asked for. InputError where the user asked for two."""
        if None not in (self.network, self.half) and self.network != self.half:
            raise InputError("--half is another name of --network: give one of them")
        return self.network if self.network is not None else self.half


@group
class ForcedTextOptions:
    """Which text a model that writes is made to write."""

    title: ClassVar = "What is shown"

    target: Annotated[
        str | None,
        typer.Option(
            "--target",
            metavar="TEXT",
            help="Make a model that writes a text write this one (teacher forcing).",
        ),
    ] = None


@group
class PlotOptions:
    """Figures in files."""

    title: ClassVar = "Output"

    plot: Annotated[
        list[str],
        typer.Option(
            "--plot",
            metavar="FILE",
            help="Also draw a figure: .png, .svg or .pdf (needs matplotlib); a file there is replaced.",
        ),
    ] = field(default_factory=list)

    def check(self) -> None:
        """InputError where a file's format is unknown or matplotlib is missing: before anything is computed."""
        if self.plot:
            from rnn_cli.plots.draw import check_plot

            check_plot(self.plot)


NoColor = Annotated[bool, typer.Option("--no-color", help="No colour.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show a traceback where something fails.")]
NoPager = Annotated[
    bool, typer.Option("--no-pager", help="Write a long page straight to the terminal, without $RNN_PAGER or $PAGER.")
]


@group
class OutputOptions:
    """How and where a result is written."""

    title: ClassVar = "Output"

    json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, at full precision.")] = False
    save: Annotated[
        list[str],
        typer.Option(
            "--save",
            metavar="FILE",
            help="Also write the page (.svg .html .txt .md .tex) or the document (.json); a file there is replaced.",
        ),
    ] = field(default_factory=list)
    theme: Theme = LIGHT
    precision: Annotated[int, decimals("Decimals on the page; JSON is never rounded.")] = 4
    only: Annotated[
        str | None,
        typer.Option(
            "--only", metavar="NAME,…", help="These sections of the page alone; a name that is none lists them."
        ),
    ] = None
    no_color: NoColor = False
    no_pager: NoPager = False
    debug: Debug = False

    @property
    def sections(self) -> str | None:
        """The sections of the page that --only names."""
        return self.only

    def more_formats(self) -> Iterable[str]:
        """The endings of files that a command's own --save takes beside those of all."""
        return ()

    def check(self, page: bool = True) -> None:
        """InputError where a file's format is unknown, there is no such theme, or an option shapes what is not written:
        before anything is computed. `page`: whether stdout has a page where it has no JSON.
        """
        from rnn_cli.output.emit import PAGES, check_save, check_theme

        check_save(self.save, self.more_formats())
        check_theme(self.theme)
        page = (page and not self.json) or any(name.endswith(tuple(PAGES)) for name in self.save)
        if self.sections is not None and not page:
            raise InputError("--only chooses sections of the page, and no page is written: leave it out")


@group
class ArrayOutput(OutputOptions):
    """A document of arrays can be a file of arrays too."""

    save: Annotated[
        list[str],
        typer.Option(
            "--save",
            metavar="FILE",
            help="Also write the page (.svg .html .txt .md .tex) or the document (.json, or .npz: its arrays under flat names, "
            "as h.layer0.forward); a file there is replaced.",
        ),
    ] = field(default_factory=list)

    def more_formats(self) -> Iterable[str]:
        """That of arrays."""
        from rnn_cli.output.emit import ARRAYS

        return (ARRAYS,)


@group
class NetworkOutput(ArrayOutput):
    """The document of a network can have its weights too."""

    weights: Annotated[bool, typer.Option("--weights", help="The document also has the weights of the network.")] = (
        False
    )

    def check(self, page: bool = True) -> None:
        """See OutputOptions; the weights belong to a document."""
        super().check(page)
        if self.weights and not self.json and not any(name.endswith((".json", ".npz")) for name in self.save):
            raise InputError("--weights belong to the document: add --json, or --save FILE.json or FILE.npz")
