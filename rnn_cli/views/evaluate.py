"""The page of rnn evaluate: scores with their intervals beside a baseline, then what lies behind them."""

from collections.abc import Sequence
from functools import partial
from math import isfinite, isinf, log
from pathlib import Path

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.learning.losses import MSE
from rnn_cli.core.metrics.bleu import ORDERS
from rnn_cli.core.metrics.confusion import confused_pairs
from rnn_cli.core.metrics.spans import span_scores
from rnn_cli.study.baselines.last_value import PERSISTENCE
from rnn_cli.study.evaluate import EvaluateResult
from rnn_cli.study.example_text import example_of
from rnn_cli.study.examples import Subject
from rnn_cli.study.scores import Classes, Columns, Evaluation, Resampling, Score, Spans
from rnn_cli.tasks.levels import COUNTED
from rnn_cli.tasks.options import OF_PREDICT, words_of
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.closer import calibration_part, compared_part, compared_words, slices_part
from rnn_cli.views.evaluate_notice import what_to_notice
from rnn_cli.views.intervals import intervals_words
from rnn_cli.views.judgements import capital
from rnn_cli.views.logs import of_any_size
from rnn_cli.views.makeup import score_text, streams_words, token_of
from rnn_cli.views.mistakes import worst_mistakes
from rnn_cli.views.numbers import count, percent, unsigned
from rnn_cli.views.page import Grid, Prose, Wide, blank, following, heading, line, notice
from rnn_cli.views.parts import describe
from rnn_cli.views.reading_report import report_lines
from rnn_cli.views.simple_answers import simple_answers

MOST_CLASSES = 40
WIDEST_MATRIX = 10
MOST_PAIRS = 10

FEW = 50
"""The text of a suggested command is the shortest of so many."""

Cell = str | Text


def evaluate_page(result: EvaluateResult, digits: int) -> list[RenderableType]:
    """What was measured, on what, the scores, and where the mistakes are."""
    subject, data, found, resampling = result.subject, result.data, result.found, result.resampling
    page: list[RenderableType] = [*_title(subject, data, found), blank()]
    page += [*_scores(subject, found, resampling, digits), blank()]
    page += simple_answers(found, {name: _called(name, found) for name in found.scores}, digits, subject.model.foreign)
    if found.spans is not None and any(found.spans.kinds):
        page += [*_spans(found.spans, digits), blank()]
    if found.classes is not None:
        page += [*_classes(found.classes, digits), blank(), *_confusion(found.classes), blank()]
    if found.columns is not None:
        page += [*_columns(found.columns, digits), blank()]
    if found.bleu is not None:
        page += [*_bleu(found, digits), blank()]
    if found.outcomes is not None:
        drawn = resampling.resamples > 0
        if found.outcomes.calibration is not None:
            page += calibration_part(found.outcomes.calibration, found.outcomes.single and drawn)
        page += slices_part(found.outcomes, found.unit, digits, drawn)
    if found.given is not None:
        page += worst_mistakes(found.given, digits)
    sentence = what_to_notice(found)
    if result.compared is not None:
        page += compared_part(result.compared, result.name, digits)
        sentence = f"{compared_words(result.compared, result.name, digits)} {capital(sentence)}"
    page.append(notice(result.left_range or sentence))
    return [*page, *_next(result)]


def _title(subject: Subject, data: Sequence[str], found: Evaluation) -> list[RenderableType]:
    files = ", ".join(Path(one).name if one != "-" else "stdin" for one in data)
    shown = clean(files) or clean(subject.model.trained_for)
    noun = subject.kind.example or _token(found)
    what = count(found.examples, noun) + (" that training held out" if subject.held_out else "")
    parts: list[RenderableType] = [
        Wide(
            line((shown, style.TITLE), f", {what}     ", (describe(subject.model), style.FAINT)),
            [line((shown, style.TITLE), f", {what}"), Prose(describe(subject.model), style=style.FAINT)],
        )
    ]
    below = {clean(one.how) for one in found.baselines}  # what generated tasks note of themselves
    parts += [Prose(text, style=style.FAINT) for text in report_lines(subject.report) if text not in below]
    if found.unknown:
        share, own = (
            percent(found.unknown / found.tokens),
            "" if found.level != "whitespace" else "<unk> in the text, or ",
        )
        parts.append(
            Prose(f"{share} of the {count(found.tokens, 'token')} are {own}not in the vocabulary and read as <unk>.")
        )
    if subject.seen:
        better = " --held-out measures on those that training held out." * subject.holds_out
        text = "These are the data of the training itself: the network has learnt from them, and the scores may flatter it."
        parts.append(Prose(text + better, style=style.WARNING))
    return parts


def _scores(subject: Subject, found: Evaluation, resampling: Resampling, digits: int) -> list[RenderableType]:
    with_interval = any(score.low is not None for score in found.scores.values())
    baseline = found.baseline.scores if found.baseline is not None else {}
    mean = "mean squared error" if subject.system.blueprint.loss == MSE else "cross-entropy"
    length = f"{found.answers / found.words:.2f}" if found.words else ""
    rows: list[list[Cell]] = []
    for name, score in found.scores.items():
        row: list[Cell] = [_called(name, found), _value(name, score.value, found, digits)]
        row += [interval(name, score, digits)] if with_interval else []
        row += [shown(name, baseline[name], digits) if name in baseline else ""] if baseline else []
        rows.append(
            [*row, SAYS[name][1].format(mean=mean, unknown=f"{found.unknown:,}", token=_token(found), length=length)]
        )
    header = ["", "score", *["95% interval"] * with_interval, *["baseline"] * bool(baseline)]
    parts: list[RenderableType] = [
        heading("Scores"),
        Grid([*header, ""], rows, align="<" + ">" * (len(header) - 1) + "<"),
    ]
    said = list(intervals_words(found, resampling, partial(_called, found=found)))
    parts += [Prose(text, f"  {'' if k else 'intervals':<9}", style=style.FAINT) for k, text in enumerate(said)]
    if subject.kind.running:
        parts.append(Prose(COUNTED[found.level], "  a token is ", style=style.FAINT))
        size = subject.model.run.get("config", {}).get("batch_size")
        streams = streams_words(subject.examples, size) if subject.held_out and size else None
        parts += [] if streams is None else [Prose(streams, "  memory", style=style.FAINT)]
    if found.with_loss is not None and found.with_loss < found.answers:
        rest = found.answers - found.with_loss
        parts.append(
            Prose(
                f"over {found.with_loss:,} of {found.answers:,} answers: the label of the other {rest:,} training did not "
                "have, so that the network has no probability for it",
                "  loss",
                style=style.FAINT,
            )
        )
    listed = [one.how for one in found.baselines] if len(found.baselines) > 1 else [PERSISTENCE]
    if found.baseline is not None and found.baseline.how not in listed:
        parts.append(Prose(clean(found.baseline.how), "  baseline", style=style.FAINT))
    return parts


SAYS = {
    "loss": ("loss", "{mean}"),
    "accuracy": ("accuracy", "right answers"),
    "macro_f1": ("macro F1", "mean over the classes"),
    "sequences": ("whole", "without a mistake"),
    "unknown_accuracy": ("unknown", "right of {unknown} unknown words"),
    "span_precision": ("span precision", "as conlleval counts"),
    "span_recall": ("span recall", "of those that are there"),
    "span_f1": ("span F1", "of both together"),
    "perplexity": ("perplexity", "e^loss"),
    "bits_per_token": ("bits", "a {token}, loss / ln 2"),
    "perplexity_per_word": ("per word", "perplexity, of {length} tokens"),
    "exact_match": ("exact match", "the whole is right"),
    "bleu": ("BLEU-{orders}", "by {token}, of 100"),
    "token_accuracy": ("next {token}", "right, the truth before it"),
}


def _called(name: str, found: Evaluation) -> str:
    return SAYS[name][0].format(token=_token(found), orders=found.bleu.orders if found.bleu is not None else "")


def _token(found: Evaluation) -> str:
    return token_of(found.level)


def _value(name: str, value: float, found: Evaluation, digits: int) -> str:
    """A score as text; a perplexity beyond all floats from the loss that it is a power of."""
    if isinf(value) and name.startswith("perplexity"):
        tokens = found.answers / found.words if name == "perplexity_per_word" else 1.0
        return of_any_size(found.scores["loss"].value * tokens / log(10), digits)
    return shown(name, value, digits)


def shown(name: str, value: float, digits: int) -> str:
    """A score as text."""
    if not isfinite(value):
        return "beyond all floats" if value > 0 else "none"
    return score_text(name, value, digits)


def interval(name: str, score: Score, digits: int) -> str:
    """93.1% to 97.0%."""
    if score.low is None or score.high is None:
        return ""
    return f"{shown(name, score.low, digits)} to {shown(name, score.high, digits)}"


def _classes(classes: Classes, digits: int) -> list[RenderableType]:
    each = classes.each
    order = [k for k in range(len(classes.labels)) if each.true[k] or each.predicted[k]]
    order.sort(key=lambda k: (-each.true[k], k))
    rows: list[list[Cell]] = []
    for k in order[:MOST_CLASSES]:
        values = [shown("accuracy", float(value[k]), digits) for value in (each.precision, each.recall)]
        f1 = classes.f1[k]
        rows.append(
            [
                clean(classes.labels[k]) + "  not learnt" * (k >= classes.learnt),
                *values,
                shown("accuracy", f1.value, digits),
                interval("accuracy", f1, digits),
                f"{int(each.true[k]):,}",
                f"{int(each.predicted[k]):,}",
            ]
        )
    header: list[Cell] = ["class", "precision", "recall", "F1", "95% interval", "there", "called"]
    if classes.f1[0].low is None and all(one.low is None for one in classes.f1):
        header.remove("95% interval")
        rows = [[*row[:4], *row[5:]] for row in rows]
    parts: list[RenderableType] = [
        heading("Classes", "how many there are, how many were called so"),
        Grid(header, rows),
    ]
    rest = len(order) - MOST_CLASSES
    if rest > 0:
        parts.append(line((f"the {MOST_CLASSES} commonest; {rest} more in the JSON", style.FAINT), indent=2))
    absent = len(classes.labels) - len(order)
    if absent:
        parts.append(line((f"{absent} more of the model neither occur nor were called", style.FAINT), indent=2))
    return parts


def _spans(spans: Spans, digits: int) -> list[RenderableType]:
    """The types, those that there are most of first."""
    drawn = any(one.low is not None for one in spans.f1)
    rows: list[list[Cell]] = []
    for k in sorted(range(len(spans.kinds)), key=lambda k: (-spans.counts[k, 2], k)):
        found, called, there = spans.counts[k].tolist()
        shares = [shown("accuracy", value, digits) for value in span_scores(spans.counts[k])]
        around = [interval("accuracy", spans.f1[k], digits)] if drawn else []
        name = clean(spans.kinds[k]) or "no type"
        rows.append([name, *shares, *around, f"{found:,}", f"{called:,}", f"{there:,}"])
    header: list[Cell] = ["type", "precision", "recall", "F1", *(["95% interval"] if drawn else [])]
    return [
        heading("Spans", "found: first word, last word and type are right"),
        Grid([*header, "found", "called", "there"], rows),
    ]


def _confusion(classes: Classes) -> list[RenderableType]:
    """The whole matrix where it is small, else the pairs that are confused most."""
    used = [k for k in range(len(classes.labels)) if classes.each.true[k] or classes.each.predicted[k]]
    if len(used) <= WIDEST_MATRIX:
        called = [k for k in used if k < classes.learnt]
        rows: list[list[Cell]] = []
        for k in used:
            cells = [Text(f"{classes.matrix[k, j]:,}", style=_cell_style(k, j, classes)) for j in called]
            rows.append([clean(classes.labels[k]) + "  not learnt" * (k >= classes.learnt), *cells])
        header = ["", *(clean(classes.labels[k]) for k in called)]
        return [heading("Confusion", "a row is what it is, a column what it was called"), Grid(header, rows)]
    pairs = confused_pairs(classes.matrix)
    rows = [
        [
            clean(classes.labels[k]),
            clean(classes.labels[j]),
            f"{n:,}",
            f"{percent(n / float(classes.each.true[k]))} of {clean(classes.labels[k])}",
        ]
        for k, j, n in pairs[:MOST_PAIRS]
    ]
    if not rows:
        return [heading("Confusion", "none: no mistake was made")]
    parts: list[RenderableType] = [
        heading("Most confused", "the whole matrix is in the JSON"),
        Grid(["is", "was called", "times", ""], rows, align="<<><"),
    ]
    rest = len(pairs) - MOST_PAIRS
    if rest > 0:
        parts.append(line((f"{count(rest, 'more pair')} confused less often", style.FAINT), indent=2))
    return parts


def _cell_style(k: int, j: int, classes: Classes) -> str:
    if not classes.matrix[k, j]:
        return style.FAINT
    return style.GOOD if k == j else style.NEGATIVE


def _columns(columns: Columns, digits: int) -> list[RenderableType]:
    with_last = columns.last_mae is not None
    with_interval = any(one.low is not None for one in columns.mae)
    rows: list[list[Cell]] = []
    for k, name in enumerate(columns.names):
        row: list[Cell] = [clean(name)]
        for score, last in ((columns.mae[k], columns.last_mae), (columns.rmse[k], columns.last_rmse)):
            row.append(unsigned(score.value, digits))
            row += [interval("", score, digits)] if with_interval else []
            row += [unsigned(last[k], digits)] if last is not None else []
        rows.append(row)
    each = ["95% interval"] * with_interval + ["last value"] * with_last
    parts: list[RenderableType] = [
        heading(
            "Errors",
            "in the units of the data; last value: a forecast that repeats it"
            if with_last
            else "in the units of the data",
        ),
        Grid(["column", "MAE", *each, "RMSE", *each], rows, keep_together=1 + len(each)),
    ]
    if len(columns.steps) > 1:
        header = ["steps ahead"]
        for name in columns.names:
            header += [clean(name), *(["last value"] * with_last)]
        by_step: list[list[Cell]] = []
        for s, errors in enumerate(columns.steps):
            row = [str(s + 1)]
            for k in range(len(columns.names)):
                row.append(unsigned(errors[k], digits))
                row += [unsigned(columns.last_steps[s, k], digits)] if columns.last_steps is not None else []
            by_step.append(row)
        parts += [blank(), heading("MAE by steps ahead"), Grid(header, by_step, align=">", keep_together=1 + with_last)]
    return parts


def _bleu(found: Evaluation, digits: int) -> list[RenderableType]:
    assert found.bleu is not None
    b = found.bleu
    rows: list[list[Cell]] = [
        [f"p_{n + 1}", shown("accuracy", float(p), digits), f"of the runs of {n + 1} are in the reference"]
        for n, p in enumerate(b.precisions[: b.orders])
    ]
    rows.append(
        ["BP", unsigned(b.brevity_penalty, digits), f"{b.written:,} written, {b.references:,} in the references"]
    )
    search = "greedy" if found.beam == 1 else f"the best of a beam of {found.beam}"
    product = " ".join(f"p_{n + 1}" for n in range(b.orders))
    formula = f"BP ({product})^(1/{b.orders})" if b.orders > 1 else "BP p_1" if b.orders else "no reference has a token"
    parts: list[RenderableType] = [
        heading("BLEU", f"{formula}, no smoothing (Papineni et al. 2002); {search}"),
        Grid(["", "", ""], rows, align="<><"),
    ]
    if 0 < b.orders < ORDERS:
        text = f"the longest reference has {count(b.orders, _token(found))}: this is BLEU-{b.orders}, and no BLEU-{ORDERS}."
        parts.append(Prose(text, "  short", style=style.FAINT))
    return parts


def _next(result: EvaluateResult) -> list[RenderableType]:
    subject, model, data = result.subject, result.name, result.data
    if not subject.model.has_name:
        return []
    commands, flags = [], subject.model.beside
    if subject.seen and subject.holds_out:
        source = ("--source", data[0], "--target", data[1]) if result.reading.parallel else ()
        held_out = command_line("evaluate", [model, *([] if source else data)], *source, "--held-out")
        commands.append((held_out, "on what training held out"))
    if subject.kind.generates:
        prompt = ("--prompt", subject.encoding.vocabulary[0]) if subject.kind.writes else ()
        commands.append((command_line("generate", model, *prompt, flags=flags), "let it write"))
    elif subject.kind.forecasts and data[0] != "-":
        asked = ("--input", data[0], *words_of(result.reading, OF_PREDICT))
        commands.append((command_line("predict", model, *asked), "what comes after the last row"))
    elif subject.report.examples:
        text = example_of(subject.report.examples[:FEW], subject.encoding.level)
        answer = "" if text is None else command_line("predict", [model, text], flags=flags)
        commands.append((answer, "one answer, with its probabilities"))
    return following(
        *commands, (command_line("inspect", model, flags=subject.model.of_file), "what was learnt, matrix by matrix")
    )
