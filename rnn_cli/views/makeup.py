"""The block that says what a data set is made of, before a network learns it."""

from rich.console import RenderableType

from rnn_cli.core.metrics.spans import NAMES as SPANS
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.study.examples import streams_of
from rnn_cli.study.makeup import ClassCount, MakeUp
from rnn_cli.study.scores import Baseline
from rnn_cli.study.tally import Lengths
from rnn_cli.tasks import task_class
from rnn_cli.tasks.base import Examples
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import change_words, count, percent, points, short, unsigned
from rnn_cli.views.page import Prose, heading
from rnn_cli.views.reading_report import lost_lines

MOST_CLASSES = 8
MOST_NAMED = 5
MOST_GROUPS = 3
NAMES = {"accuracy": "accuracy", "perplexity": "perplexity", "mae": "mean absolute error", "loss": "loss"}
SHARES = (
    *("accuracy", "macro_f1", "sequences", "unknown_accuracy", "exact_match", "token_accuracy"),
    *SPANS,
)
BESIDE = {"exact_match": "exact match", "bleu": "BLEU", "span_f1": "span F1", "bits_per_token": "bits per character"}


def makeup_block(made: MakeUp, level: str, *reports: ReadingReport | None) -> list[RenderableType]:
    """Some ten lines, a label before each."""
    lines = makeup_lines(made, level)
    lines += [("rows", text) for report in reports if report is not None for text in lost_lines(report)]
    parts: list[RenderableType] = [heading("The data", f"as {clean(made.task)} has them")]
    before = ""
    for label, text in lines:
        parts.append(Prose(text, f"  {'' if label == before else label:<10}"))
        before = label
    return parts


def makeup_lines(made: MakeUp, level: str) -> list[tuple[str, str]]:
    """(label, text) of each line that the data have something for."""
    kind = task_class(made.task)
    noun = kind.example or token_of(level)
    rest = "nothing" if made.validation is None else f"{made.validation:,}"
    rest, why = ("none", f": {made.unheld}") if made.unheld else (rest, "")
    lines = [("examples", f"{count(made.train, noun)} for training, {rest} held out for validation{why}")]
    if made.classes:
        number = len(made.classes)
        named = ", ".join(f"{clean(one.label)} {one.count:,}" for one in made.classes[:MOST_CLASSES])
        more = f" and {number - MOST_CLASSES:,} more" if number > MOST_CLASSES else ""
        lines.append(("classes", f"{number:,} {kind.labels if number != 1 else kind.label}: {named}{more}"))
        lines += [("classes", text) for text in _rare(made.classes)]
        lines += [("classes", text) for text in _alike(made.alike)]
    for label, lengths in (("lengths", made.lengths), ("written", made.target_lengths)):
        if lengths is not None:
            lines.append((label, _lengths(lengths, "step" if kind.reads_numbers else token_of(level))))
    for label, size, shares in (
        ("vocabulary", made.vocabulary, made.unknown),
        ("can write", made.target_vocabulary, made.target_unknown),
    ):
        if size:
            unknown = ", ".join(
                f"{percent(share)} in {part}"
                for share, part in zip(shares, ("training", "validation"), strict=True)
                if share is not None
            )
            lines.append((label, count(size, token_of(level)) + (f"; unknown {unknown}" if unknown else "")))
    if made.parts:
        more = ", …" if len(made.parts) > MOST_CLASSES else ""
        named = ", ".join(map(clean, made.parts[:MOST_CLASSES]))
        lines.append(("parts", f"{len(made.parts):,} beginnings and ends of words: {named}{more} (--word-parts)"))
    lines += [("baseline", baseline_words(one)) for one in made.baselines]
    return lines


def token_of(level: str) -> str:
    """What a token is called."""
    return {"char": "character", "word": "word", "whitespace": "word"}.get(level, "token")


def baseline_words(one: Baseline) -> str:
    """always positive, the commonest label of the training part: accuracy 51.7%."""
    names = NAMES | BESIDE
    scored = ", ".join(
        f"{names[name]} {score_text(name, value)}"
        for name, value in one.scores.items()
        if name in names and name != "loss"
    )
    return clean(one.how) + (f": {scored}" if scored else "")


def against_baseline(made: MakeUp, metric: str, value: float) -> str | None:
    """One sentence that puts a result beside the best baseline; None where they have no score in common."""
    best = made.baseline
    if best is None or metric not in best.scores:
        return None
    there = best.scores[metric]
    gain = change_words(value, there)
    if metric == "accuracy" and value != there:
        gain = f"{points(abs(value - there))} points {'more' if value > there else 'less'}"
    name, said = NAMES[metric], f"{clean(best.how)} ({NAMES[metric]} {score_text(metric, there)})"
    return f"{said}: the network's {name} is {gain}."


def others_against(made: MakeUp, metric: str) -> list[str]:
    """What the other simple answers have of the same score, a line each."""
    return [
        f"{clean(one.how)}: {NAMES[metric]} {score_text(metric, one.scores[metric])}"
        for one in made.baselines[1:]
        if metric in one.scores
    ]


def score_text(name: str, value: float, digits: int = 3) -> str:
    """A score as text: a share in per cent, BLEU of 100."""
    if name == "bleu":
        return points(value)
    return percent(value) if name in SHARES else unsigned(value, digits)


def _lengths(lengths: Lengths, noun: str) -> str:
    if lengths.shortest == lengths.longest:
        return f"{count(lengths.longest, noun)} each"
    return f"{lengths.shortest:,} to {count(lengths.longest, noun)}, the median {short(lengths.median, 1)}"


def _alike(groups: tuple[tuple[str, ...], ...]) -> list[str]:
    """The classes that differ in nothing that a person sees at once."""
    lines = [f"alike: {', '.join(repr(clean(one)) for one in group)}" for group in groups[:MOST_GROUPS]]
    rest = len(groups) - MOST_GROUPS
    return [*lines, f"and {count(rest, 'more group')} that are alike"] if rest > 0 else lines


def _rare(classes: tuple[ClassCount, ...]) -> list[str]:
    """The classes that hardly are any, and those that training cannot learn."""
    said = []
    for names, text in (
        ([one.label for one in classes if one.count == 1], "a single example"),
        ([one.label for one in classes if not one.train], "none in the training part"),
    ):
        if names:
            more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
            said.append(f"{text}: {', '.join(map(clean, names[:MOST_NAMED]))}{more}")
    return said


def streams_words(text: Examples, batch_size: int) -> str | None:
    """Why training and evaluation find another loss in the same text; None where they read it in the same way."""
    here, there = min(batch_size, len(text)), streams_of(text)
    if here == there:
        return None
    return (
        f"it starts at zeros in each part that is read by itself: rnn train reads the validation text in {count(here, 'part')}, "
        f"rnn evaluate in {there:,}, so that their losses differ."
    )
