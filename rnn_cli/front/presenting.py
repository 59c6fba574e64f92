"""Which page and which document belong to a result: the one place that knows both."""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from rnn_cli.errors import InputError, NumberError
from rnn_cli.output.emit import Document, Once, Page, chosen, emit_lines, save_all
from rnn_cli.output.emit import emit as emit_page_or_document
from rnn_cli.study.range import Watch

if TYPE_CHECKING:
    from rnn_cli.inputs.reading_report import ReadingReport
    from rnn_cli.models.model import Model
    from rnn_cli.plots.figure import Figure

SHOWN = {
    "TraceResult": ("trace", "trace.trace_page", "trace.trace_document"),
    "WhyResult": ("trace", "why.why_page", "trace.why_document"),
    "WorksheetResult": ("trace", "worksheet.worksheet_page", "trace.worksheet_document"),
    "AnswersResult": ("trace", "worksheet.answers_page", "trace.worksheet_document"),
    "Seq2SeqTraceResult": ("trace", "seq2seq.seq2seq_trace_page", "trace.seq2seq_trace_document"),
    "ForwardResult": ("forward", "forward.forward_page", "forward.forward_document"),
    "ManyForwardResult": ("forward", "forward.many_forward_page", "forward.many_forward_document"),
    "PaddingResult": ("forward", "padding.padding_page", "padding.padding_document"),
    "Seq2SeqForwardResult": ("forward", "seq2seq.seq2seq_forward_page", "forward.seq2seq_forward_document"),
    "ManyDecodedResult": ("forward", "seq2seq.many_decoded_page", "forward.many_decoded_document"),
    "BpttResult": ("bptt", "bptt.bptt_page", "bptt.bptt_document"),
    "Seq2SeqBpttResult": ("bptt", "seq2seq_bptt.seq2seq_bptt_page", "bptt.seq2seq_bptt_document"),
    "BackSheetResult": ("bptt", "worksheet.back_sheet_page", "bptt.back_sheet_document"),
    "LongBpttResult": ("bptt", "bptt_long.long_bptt_page", "bptt_long.long_bptt_document"),
    "GradientPath": ("gradients", "gradients.gradients_page", "gradients.gradients_document"),
    "GradientComparison": ("gradients", "gradients_compare.compare_page", "gradients.compare_document"),
    "PowersResult": ("gradients", "powers.powers_page", "powers.powers_document"),
    "QuizResult": ("quiz", "quiz.quiz_page", "quiz.quiz_document"),
    "PredictResult": ("predict", "predict.predict_page", "predict.predict_document"),
    "GenerateResult": ("generate", "generate.generate_page", "generate.generate_document"),
    "EvaluateResult": ("evaluate", "evaluate.evaluate_page", "evaluate.evaluate_document"),
    "SweepResult": ("sweep", "sweep.sweep_page", "sweep.sweep_document"),
    "DataResult": ("data", "data.data_page", "data.data_document"),
    "ConvertResult": ("convert", "convert.convert_page", "convert.convert_document"),
    "DiffResult": ("diff", "diff.diff_page", "diff.diff_document"),
    "CheckResult": ("check", "check.check_page", "check.check_document"),
    "NumbersReport": ("check", "check_numbers.numbers_page", "check_numbers.numbers_document"),
    "InspectResult": ("inspect", "inspect.inspect_page", "inspect.inspect_document"),
    "RaceResult": ("race", "race.race_page", "race.race_document"),
    "CodeResult": ("inspect", "code.code_page", "inspect.code_document"),
}
"""For each result its command, its page in `views` and its document in `documents`.

The table holds names: JSON then does not load Rich, and a page does not load the modules of others.
"""


FIGURES = {
    "GradientPath": "gradients.gradients_figure",
    "GradientComparison": "gradients.compare_figure",
    "PowersResult": "powers.powers_figure",
    "RaceResult": "race.race_figure",
}
"""For each result with a figure of its own, that figure in `plots`."""


class Output(Protocol):
    """How and where a result is written: the options of every command."""

    @property
    def json(self) -> bool:
        """One JSON document on stdout, in place of the page."""

    @property
    def save(self) -> list[str]:
        """Files that the page or the document is written to as well."""

    @property
    def theme(self) -> str:
        """The colours of saved drawings: light or dark."""

    @property
    def precision(self) -> int:
        """Decimals on the page."""

    @property
    def no_color(self) -> bool:
        """Whether colour is left out."""

    @property
    def only(self) -> str | None:
        """The sections of the page that are wanted; None for all."""

    @property
    def no_pager(self) -> bool:
        """Whether a long page is written straight to the terminal."""


def page(result: object, digits: int = 4) -> Page:
    """What is drawn of a result."""
    _, name, _ = SHOWN[type(result).__name__]
    made: Page = _function("views", name)(result, digits)
    return made


def document(result: object) -> Document:
    """What --json prints of a result; a value may be an iterator, which is computed while it is written."""
    _, _, name = SHOWN[type(result).__name__]
    made: Document = _function("documents", name)(result)
    return made


def figure(*results: object) -> "Figure":
    """What --plot draws of a result, or of results of one kind through several layers and directions."""
    made: Figure = _function("plots", FIGURES[type(results[0]).__name__])(*results)
    return made


def command_of(result: object) -> str:
    """The command that shows such a result, without its "rnn"."""
    return SHOWN[type(result).__name__][0]


def _function(room: str, name: str) -> Callable[..., Any]:
    module, _, function = name.partition(".")
    found: Callable[..., Any] = getattr(import_module(f"rnn_cli.{room}.{module}"), function)
    return found


def emit(
    result: object,
    out: Output,
    hold: Callable[[], None] | None = None,
    report: "ReadingReport | None" = None,
    weights: bool = False,
) -> None:
    """Write a result to stdout, as a page or as JSON, and to every file asked for; on stderr, how its input was read.
    With `weights` the document has those of the network too.

    Then `hold` raises where a check does not hold, and NumberError where numbers of the result left the finite range.
    """
    network = _network_of(result) if weights else None
    say_reading(report)
    emit_page_or_document(
        lambda: page(result, out.precision),
        lambda: _with_reading(_with_weights(document(result), network), report),
        title=f"rnn {command_of(result)}",
        as_json=out.json,
        save=out.save,
        theme=out.theme,
        no_color=out.no_color,
        only=out.only,
        pager=not out.no_pager,
    )
    if hold is not None:
        hold()
    _settle(result)


def left_range(result: object) -> str | None:
    """Where a result's numbers left the finite range; None where all that it holds are finite.

    A result without such a word has an answer or none: what computes it raises NumberError.
    """
    left: str | None = getattr(result, "left_range", None)
    return left


def emit_each(results: Iterable[object], report: "ReadingReport | None" = None) -> None:
    """Write the document of each result to stdout, one a line, as soon as it is there; then as emit."""
    watch = Watch()
    emit_lines(_each(watch.over(results, left_range), report))
    if watch.first is not None:
        raise NumberError(watch.first)


def _each(results: Iterable[object], report: "ReadingReport | None") -> Iterator[Document]:
    for k, result in enumerate(results):
        if k == 0:
            say_reading(report)
        yield _with_reading(document(result), report)


def say_reading(report: "ReadingReport | None") -> None:
    """Say on stderr how an input was read, where that is not plain."""
    if report is not None and (report.said or report.notes):
        from rnn_cli.output.progress import say
        from rnn_cli.views.reading_report import report_lines

        for text in report_lines(report):
            say(text)


def _network_of(result: object) -> "Model":
    """The one network of a result. InputError where it shows two."""
    shown: Any = getattr(result, "traced", result)
    model: Model | None = shown.alone if hasattr(shown, "alone") else shown.model
    if model is None:
        raise InputError(
            "--weights is of one network, and this is of an encoder and a decoder: choose one with --network encoder or "
            "--network decoder, of one text, in rnn trace, forward or bptt"
        )
    return model


def _with_weights(document: Document, network: "Model | None") -> Document:
    if network is None:
        return document
    from rnn_cli.models.written import parameters_of

    return {**document, "weights": parameters_of(network)}


def _with_reading(document: Document, report: "ReadingReport | None") -> Document:
    return document if report is None or not report.read else {**document, "read": report.read}


def save(result: object, out: Output) -> None:
    """Write a result to every file asked for, and not to stdout; then as emit."""
    saved = Once(chosen(lambda: page(result, out.precision), out.only))
    save_all(out.save, saved, lambda: document(result), f"rnn {command_of(result)}", out.theme)
    _settle(result)


def _settle(result: object) -> None:
    """NumberError where numbers of a result that has been written left the finite range."""
    left = left_range(result)
    if left is not None:
        raise NumberError(left)
