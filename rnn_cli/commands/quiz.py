"""rnn quiz: a worksheet asked in the terminal, one number at a time."""

from typing import TYPE_CHECKING, Annotated

import typer

from rnn_cli.commands.options import (
    NetworkOptions,
    OutputOptions,
    RoleOptions,
    ShownOptions,
    SourceOptions,
    with_options,
)
from rnn_cli.errors import InputError
from rnn_cli.reading import shown, whole_number

EVERYDAY = ("model", "cell", "hidden_size", "steps", "questions", "target", "key", "json")

if TYPE_CHECKING:
    from rnn_cli.study.quiz import QuizResult


@with_options
def run(
    source: SourceOptions,
    network: NetworkOptions,
    out: OutputOptions,
    part: ShownOptions,
    role: RoleOptions,
    questions: Annotated[
        str, typer.Option("--questions", metavar="N|all", help="How many numbers are asked, drawn by --seed.")
    ] = "10",
    backward: Annotated[
        bool, typer.Option("--bptt", help="Ask the backward pass; --target or --targets alone do so too.")
    ] = False,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="LABEL", help="What the network should have said, or the text to write."),
    ] = None,
    targets: Annotated[
        str | None, typer.Option("--targets", metavar="'A B C'", help="A label for each step (numbers: 1,0;0,1).")
    ] = None,
    key: Annotated[bool, typer.Option("--key", help="Print the answers, and ask nothing.")] = False,
) -> None:
    """A worksheet asked in the terminal, one number at a time, with hints for the usual slips.

    An answer within rounding is right; 0.25, 0,25 and 1/4 are the same. A wrong one has a second try.

    \b
    Examples:
      rnn quiz "I love NLP"
      rnn quiz "I love NLP" --cell lstm --hidden-size 2 --steps 2 --questions all
      rnn quiz "I love NLP" --target positive --questions 5
      rnn quiz "I love NLP" --key
    """
    out.check()
    if out.only is not None:
        raise InputError("--only: the questions are one page, and its sections are asked in turn; leave --only out")
    if "-" in (source.text, source.file, source.input):
        raise InputError("- would read stdin, where the answers come from: give the text itself, or a file")
    number = None if questions == "all" else _number(questions)
    from rnn_cli.commands.common import open_one
    from rnn_cli.front.presenting import emit
    from rnn_cli.study.bptt import BackSheetResult, bptt_sequence
    from rnn_cli.study.quiz import make_quiz
    from rnn_cli.study.trace import BLANK, WorksheetResult, trace_sequence

    report = source.report()
    model, sequence = open_one(source, network, report)
    if model.kind == "encoder-decoder" and role.chosen is None:
        raise InputError(
            f"{model.name} is two networks: ask about one of them with --network encoder or --network decoder"
        )
    chosen = {"network": role.chosen, "seed": network.seed, "worksheet": BLANK, **vars(part)}
    if backward or targets is not None or (target is not None and not model.has_decoder):
        sheet: object = bptt_sequence(model, sequence, target=target, targets=targets, **chosen)
    else:
        sheet = trace_sequence(model, sequence, target=target, **chosen)
    if not isinstance(sheet, BackSheetResult | WorksheetResult):
        raise AssertionError("a worksheet was asked for")
    quiz = make_quiz(sheet, number, network.seed, out.precision, key)
    if not key:
        _ask(quiz, out)
    emit(quiz, out, report=report)


def _number(text: str) -> int:
    number = whole_number(text)
    if not number:
        raise InputError(f"--questions {shown(text)}: a number from 1, or all")
    return number


def _ask(quiz: "QuizResult", out: OutputOptions) -> None:
    """Ask until the questions or the answers end."""
    from rnn_cli.output.dialog import Dialog
    from rnn_cli.study.quiz import TRIES, UNCLEAR, WRONG
    from rnn_cli.views.quiz import asking, opening, replying

    dialog = Dialog(out.no_color, on_stderr=out.json)
    dialog.show(opening(quiz))
    for question in quiz.questions:
        dialog.show(asking(quiz, question))
        verdict = UNCLEAR
        while verdict == UNCLEAR or (verdict == WRONG and len(question.given) < TRIES):
            text = dialog.ask("> ")
            if text is None:
                quiz.asked.extend([question] if question.given else [])
                return
            verdict = quiz.take(question, text)
            dialog.show(replying(quiz, question, verdict, text))
        quiz.asked.append(question)
