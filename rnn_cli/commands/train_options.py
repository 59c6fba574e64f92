"""The options of rnn train, in groups. None stands for the task's own default."""

from dataclasses import field
from typing import Annotated, ClassVar

import typer

from rnn_cli.commands.options import CellOption, Debug, NoColor, NoPager, ResetBefore, Theme, decimals, finite, group
from rnn_cli.commands.reading_options import ReadingOptions
from rnn_cli.core.attention import NONE, SCORES
from rnn_cli.core.cells import CELLS
from rnn_cli.core.forms import FORMS
from rnn_cli.output.theme_names import LIGHT
from rnn_cli.tasks.defaults import by


@group
class NetworkFlags:
    """What is trained."""

    title: ClassVar = "The network"

    cell: Annotated[
        str | None, typer.Option("--cell", metavar="NAME", help=f"The cell: {', '.join(CELLS)}.  {by('cell')}")
    ] = None
    embedding_size: Annotated[
        int | None, typer.Option("--embedding-size", min=1, help=f"Size of a token's vector.  {by('embedding_size')}")
    ] = None
    hidden_size: Annotated[
        int | None, typer.Option("--hidden-size", min=1, help="Hidden units.  [default: by task]")
    ] = None
    num_layers: Annotated[int | None, typer.Option("--num-layers", min=1, help=f"Layers.  {by('num_layers')}")] = None
    bidirectional: Annotated[
        bool | None,
        typer.Option("--bidirectional/--one-direction", help="Read in both directions.  [default: by task]"),
    ] = None
    readout_reads: Annotated[
        str | None,
        typer.Option(
            "--readout-reads",
            metavar="final-state|last-output|mean|max",
            help="What of all states the readout of a task with one answer reads.  [default: by task]",
        ),
    ] = None
    attention: Annotated[
        str | None,
        typer.Option(
            "--attention",
            metavar="NAME",
            help=f"How translate's decoder looks back at what was read: {', '.join((NONE, *SCORES))}.  [default: dot]",
        ),
    ] = None
    activation: Annotated[
        str | None,
        typer.Option(
            "--activation", metavar="NAME", help="The activation of a cell that has this option: tanh or relu for rnn."
        ),
    ] = None
    cell_option: CellOption = field(default_factory=list)
    reset_before: ResetBefore = False
    initialization: Annotated[
        str | None,
        typer.Option(
            "--initialization", metavar="SCHEME", help=f"pytorch, orthogonal or identity.  {by('initialization')}"
        ),
    ] = None
    forget_bias: Annotated[
        float | None,
        typer.Option(
            "--forget-bias",
            callback=finite,
            help="Initial bias of the gate that keeps the state, such as f of an LSTM.",
        ),
    ] = None
    embedding_scale: Annotated[
        float | None,
        typer.Option(
            "--embedding-scale",
            callback=finite,
            help="Standard deviation of the numbers that an embedding begins with.  [default: by task]",
        ),
    ] = None
    init: Annotated[str | None, typer.Option("--init", metavar="MODEL", help="Start from a model's weights.")] = None
    vectors: Annotated[
        str | None,
        typer.Option("--vectors", metavar="FILE", help="Begin with these words' vectors (GloVe, word2vec as text)."),
    ] = None
    freeze_vectors: Annotated[
        bool | None, typer.Option("--freeze-vectors/--learn-vectors", help="Keep them fixed.  [default: learnt on]")
    ] = None
    dtype: Annotated[str | None, typer.Option("--dtype", metavar="float32|float64", help=f"{by('dtype')}")] = None


@group
class OptimizationFlags:
    """How it learns."""

    title: ClassVar = "How it learns"

    batch_size: Annotated[
        int | None, typer.Option("--batch-size", min=1, help=f"Sequences of a step.  {by('batch_size')}")
    ] = None
    epochs: Annotated[
        int | None, typer.Option("--epochs", min=1, help="Rounds through the data, in all.  [default: by task]")
    ] = None
    max_steps: Annotated[int | None, typer.Option("--max-steps", min=1, help="Updates, in all.")] = None
    optimizer: Annotated[
        str | None,
        typer.Option("--optimizer", metavar="NAME", help=f"sgd, momentum, rmsprop, adam or adamw.  {by('optimizer')}"),
    ] = None
    learning_rate: Annotated[
        float | None,
        typer.Option("--learning-rate", "--lr", callback=finite, help="[default: by task, 0.003 or 0.005]"),
    ] = None
    momentum: Annotated[float | None, typer.Option("--momentum", callback=finite, help=f"{by('momentum')}")] = None
    weight_decay: Annotated[
        float | None, typer.Option("--weight-decay", callback=finite, help=f"{by('weight_decay')}")
    ] = None
    decays: Annotated[
        str | None,
        typer.Option(
            "--decays",
            metavar="all|weights|matrices",
            help=f"What weight decay acts on: all, all but biases, or those without the embedding.  {by('decays')}",
        ),
    ] = None
    schedule: Annotated[
        str | None, typer.Option("--schedule", metavar="NAME", help=f"constant, cosine or step.  {by('schedule')}")
    ] = None
    warmup: Annotated[int | None, typer.Option("--warmup", min=0, help="Steps over which the learning rate rises.")] = (
        None
    )
    schedule_steps: Annotated[
        int | None,
        typer.Option(
            "--schedule-steps",
            min=1,
            help="The step at which the schedule has run its course.  [default: where the run ends]",
        ),
    ] = None
    clip_norm: Annotated[
        float | None,
        typer.Option("--clip-norm", callback=finite, help=f"Clip by global norm; 0: never.  {by('clip_norm')}"),
    ] = None
    clip_value: Annotated[
        float | None, typer.Option("--clip-value", callback=finite, help="Clip every element instead.")
    ] = None
    dropout: Annotated[
        float | None, typer.Option("--dropout", callback=finite, help=f"Between layers.  {by('dropout')}")
    ] = None
    dropout_embedding: Annotated[
        float | None,
        typer.Option(
            "--dropout-embedding",
            callback=finite,
            help=f"Of a token's vector, the same numbers at all steps of a sequence.  {by('dropout_embedding')}",
        ),
    ] = None
    dropout_state: Annotated[
        float | None,
        typer.Option(
            "--dropout-state",
            callback=finite,
            help=f"Of h where recurrent matrices read it, the same at all steps of a sequence.  {by('dropout_state')}",
        ),
    ] = None
    teacher_forcing: Annotated[
        float | None,
        typer.Option(
            "--teacher-forcing",
            callback=finite,
            metavar="RATIO",
            help=f"Share of sequences whose decoder reads the truth.  {by('teacher_forcing')}",
        ),
    ] = None
    patience: Annotated[
        int | None,
        typer.Option("--patience", min=1, help="Stop after so many evaluations without a better one."),
    ] = None
    keep: Annotated[
        str | None,
        typer.Option(
            "--keep",
            metavar="loss|metric|f1|first|last",
            help="The weights with the smallest validation loss, the best metric (first: of equal ones the first) or macro F1, or the last.  [default: by task]",
        ),
    ] = None
    shuffle: Annotated[bool | None, typer.Option("--shuffle/--no-shuffle", help="A new order in every epoch.")] = None


@group
class OwnDataFlags:
    """What becomes of the data that are read."""

    title: ClassVar = "How the data are read"

    level: Annotated[
        str | None, typer.Option("--level", metavar="word|char|whitespace", help="What a token is.  [default: by task]")
    ] = None
    lowercase: Annotated[bool | None, typer.Option("--lowercase/--keep-case", help="Lower-case the text.")] = None
    min_count: Annotated[int | None, typer.Option("--min-count", min=1, help="A rarer token becomes <unk>.")] = None
    max_vocabulary: Annotated[
        int | None, typer.Option("--max-vocabulary", min=1, help="Keep the most frequent tokens.")
    ] = None
    word_parts: Annotated[
        str | None,
        typer.Option(
            "--word-parts",
            metavar="none|affixes",
            help="tag: beginnings and ends of words have vectors too.  [default: affixes]",
        ),
    ] = None
    sequence_length: Annotated[
        int | None, typer.Option("--sequence-length", min=1, help="lm: steps of a chunk.  [default: 50]")
    ] = None
    truncate: Annotated[
        str | None, typer.Option("--truncate", metavar="K1,K2", help="lm: an update every K1 steps, back through K2.")
    ] = None
    window: Annotated[
        int | None,
        typer.Option("--window", min=1, help="forecast: steps that are read.  [default: by the season, about 30]"),
    ] = None
    horizon: Annotated[int | None, typer.Option("--horizon", min=1, help="forecast: steps that are predicted.")] = None
    season: Annotated[
        int | None,
        typer.Option("--season", min=1, help="forecast: steps of a season, for the simple answer that repeats it."),
    ] = None
    columns: Annotated[
        str | None, typer.Option("--columns", metavar="A,B", help="forecast: columns that are read.")
    ] = None
    targets: Annotated[
        str | None, typer.Option("--targets", metavar="A,B", help="forecast: columns that are predicted.")
    ] = None
    form: Annotated[
        str | None,
        typer.Option(
            "--form",
            metavar="NAME",
            help=f"forecast: how columns are read and predicted: {', '.join(FORMS)}, or one for each.  [default: by the data]",
        ),
    ] = None
    every_step: Annotated[bool, typer.Option("--every-step", help="forecast: predict after every step.")] = False
    validation: Annotated[
        str | None, typer.Option("--validation", metavar="FRACTION|FILE", help="Held out, or a file.  [default: 0.1]")
    ] = None
    balanced: Annotated[bool, typer.Option("--balanced", help="Weigh classes so that each counts the same.")] = False


@group
class DataFlags(ReadingOptions, OwnDataFlags):
    """How the data are read, and what becomes of them."""


@group
class RunFlags:
    """What is kept and shown."""

    title: ClassVar = "Output"

    explain_defaults: Annotated[
        bool, typer.Option("--explain-defaults", help="Say what is taken for each option and why, and train nothing.")
    ] = False
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="Where the model is saved (.safetensors).")
    ] = None
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace --out, and the log of another run in --log.")
    ] = False
    resume: Annotated[str | None, typer.Option("--resume", metavar="FILE", help="Go on from a saved run.")] = None
    checkpoint_every: Annotated[
        int | None, typer.Option("--checkpoint-every", min=1, help=f"Steps.  {by('checkpoint_every')}")
    ] = None
    eval_every: Annotated[int | None, typer.Option("--eval-every", min=1, help="Steps.  [default: an epoch]")] = None
    watch: Annotated[
        int, typer.Option("--watch", min=0, help="Every so many steps, how far back the gradient reaches.")
    ] = 0
    threads: Annotated[
        int | None,
        typer.Option(
            "--threads",
            min=1,
            help=f"Of the matrix products; 2 pay from 512 hidden units on, on an idle machine.  {by('threads')}",
        ),
    ] = None
    log: Annotated[
        str | None,
        typer.Option("--log", metavar="FILE", help="Every event as a JSON line; a resumed run goes on in its own."),
    ] = None
    json: Annotated[bool, typer.Option("--json", help="Every event as a JSON line on stdout.")] = False
    plot: Annotated[
        list[str],
        typer.Option("--plot", metavar="FILE", help="The loss as a figure (.png .svg .pdf); a file there is replaced."),
    ] = field(default_factory=list)
    save: Annotated[
        list[str],
        typer.Option(
            "--save", metavar="FILE", help="The page at the end (.svg .html .txt .md .tex); a file there is replaced."
        ),
    ] = field(default_factory=list)
    theme: Theme = LIGHT
    precision: Annotated[int, decimals("Decimals of the loss; JSON is never rounded.")] = 4
    no_color: NoColor = False
    no_pager: NoPager = False
    debug: Debug = False
