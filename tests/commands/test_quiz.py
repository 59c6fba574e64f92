"""rnn quiz: what is asked, which answers are right, which slips are recognised, and how it ends."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from functools import partial
from io import StringIO
from itertools import product
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.inputs.sequence import encode_text
from rnn_cli.models.load import load_model
from rnn_cli.output.emit import Once
from rnn_cli.output.notebook import page_text
from rnn_cli.study.bptt import bptt_sequence
from rnn_cli.study.networks import build_network
from rnn_cli.study.quiz import (
    RIGHT,
    TELL,
    UNCLEAR,
    WRONG,
    Question,
    QuizResult,
    computed,
    decimals,
    make_quiz,
    read_number,
)
from rnn_cli.study.trace import trace_sequence
from rnn_cli.views.quiz import HINTS, asking, hint, replying
from tests.conftest import Command
from tests.support.command import TIMEOUT, environment, strict_json
from tests.support.networks import each_value_once
from tests.support.schemas import validate

TEXT = "I love NLP"
LOSSES = {"many-to-one": "mse", "many-to-many": "cross-entropy"}


def forward_quiz(digits: int = 4) -> QuizResult:
    """All questions of the bundled network's worksheet."""
    model = load_model("nlp")
    return make_quiz(trace_sequence(model, encode_text(TEXT, model, 0), worksheet="blank"), None, 0, digits)  # type: ignore[arg-type]


def question_of(quiz: QuizResult, key: str) -> Question:
    """The question that asks for this number."""
    return next(one for one in quiz.questions if one.row.key == key)


@pytest.mark.parametrize(("cell", "task"), each_value_once(product(CELLS, LOSSES)))
def test_every_question_names_its_number(cell: str, task: str) -> None:
    loss = LOSSES[task]
    model = build_network(cell, input_size=2, hidden_size=3, task=task, labels=["no", "yes"], seed=4)
    sequence = encode_text("a b", model, 4)
    given: dict[str, Any] = {"target": "0.1,0.2"} if loss == "mse" else {"targets": "no yes"}
    for sheet in (
        trace_sequence(model, sequence, worksheet="blank"),
        bptt_sequence(model, sequence, worksheet="blank", loss=loss, **given),
    ):
        quiz = make_quiz(sheet, None, 0, 4)  # type: ignore[arg-type]
        for question in quiz.questions:
            asked = " ".join(page_text(Once(partial(asking, quiz, question))).split())
            key, part = question.row.key.partition("@")[0], question.part
            indices = re.findall(r"\[(\d+)\]", key)
            if part.about in ("step", "back"):
                assert f"unit {indices[-1]} " in asked, (key, asked)
            elif part.about == "gradient" and key.startswith("dW"):
                assert key in asked
                assert "unit" not in asked
            elif part.about == "loss" and len(indices) == 2 and task == "many-to-many":
                assert f"step {indices[0]} " in asked, (key, asked)


@pytest.mark.parametrize("cell", CELLS)
def test_a_question_is_worth_what_its_operands_give(cell: str) -> None:
    shape = {"input_size": 2, "hidden_size": 2, "num_layers": 2, "bidirectional": True, "seed": 4}
    model = build_network(cell, options={}, task="many-to-one", labels=["no", "yes"], **shape)  # type: ignore[arg-type]
    sequence = encode_text("a b a", model, 4)
    for sheet in (
        trace_sequence(model, sequence, worksheet="blank"),
        bptt_sequence(model, sequence, target="yes", worksheet="blank"),
    ):
        quiz = make_quiz(sheet, None, 0, 5)  # type: ignore[arg-type]
        for one in quiz.questions:
            assert computed(one.row) == pytest.approx(one.row.value, rel=1e-9, abs=1e-12), one.row.key
            assert quiz.take(one, f"{one.row.value:.5f}") == RIGHT
            assert one.slips == ()
        assert len({one.row.key for one in quiz.questions}) == len(quiz.questions)


def known_slips() -> Iterable[tuple[str, str, Any]]:
    """(number, slip, what the slip leads to), from the weights themselves."""
    network = load_model("nlp").network
    named = network.cell.named(network.packed(0, "forward"))
    W_x, W_h, b = named["W_xh"], named["W_hh"], named["b_h"]
    x = encode_text(TEXT, load_model("nlp"), 0).inputs
    h, sums = [np.zeros(3)], [np.zeros(3)]
    for vector in x:
        sums.append(W_x @ vector + W_h @ h[-1] + b)
        h.append(np.tanh(sums[-1]))
    yield "a[2][3]", "no-bias", (sums[2] - b)[2]
    yield "h[2][1]", "no-activation", sums[2][0]
    yield "h[3][2]", "wrong-activation", float(1 / (1 + np.exp(-sums[3][1])))
    yield "a[3][1]", "activation-early", h[3][0]
    yield "a[3][1].recurrent", "off-by-one", W_h[0] @ h[1]
    yield "a[2][2].recurrent", "off-by-one", W_h[1] @ h[2]
    yield "a[2][1].input", "off-by-one", W_x[0] @ x[2]
    yield "a[3][3].recurrent", "transposed", W_h[:, 2] @ h[2]
    yield "a[2][2]", "wrong-unit", sums[2][0]
    yield "h[3][1]", "sign", -h[3][0]
    yield "a[2][1].recurrent", "sign", W_h[0] @ h[1] - 2 * W_h[0, 2] * h[1][2]
    yield "a[3][2].recurrent", "left-out", W_h[1] @ h[2] - W_h[1, 0] * h[2][0]
    yield "a[3][1].recurrent", "rounded-early", W_h[0] @ np.round(h[2], 2)
    yield "logits[2]", "no-bias", network.parameters["readout.W_hy"][1] @ h[3]


@pytest.mark.parametrize(("key", "slip", "value"), list(known_slips()))
def test_a_slip_is_recognised(key: str, slip: str, value: float) -> None:
    quiz = forward_quiz(6)
    question = question_of(quiz, key)
    assert quiz.take(question, f"{value:.6f}") == WRONG
    assert question.slips[0] == slip
    said = replying(quiz, question, WRONG)[0].text  # type: ignore[union-attr]
    assert hint(slip, question) in said
    assert not re.search(r"\d", said)
    assert quiz.take(question, f"{question.row.value:.6f}") == RIGHT
    assert question.slips[0] == slip


def test_a_forgotten_derivative_is_recognised() -> None:
    model = load_model("nlp")
    sheet = bptt_sequence(model, encode_text(TEXT, model, 0), target="positive", worksheet="blank")
    quiz = make_quiz(sheet, None, 0, 6)  # type: ignore[arg-type]
    question = question_of(quiz, "da[3][1]")
    whole = question_of(quiz, "dh[3][1]").row.value
    assert quiz.take(question, f"{whole:.6f}") == WRONG
    assert question.slips[0] == "derivative-missing"


RULES = {
    "a[1][3]": "the sum of negative numbers is negative",
    "h[1][3]": "tanh keeps the sign of what stands in the bracket",
    "a[3][2].input": "a product with one minus sign is negative",
    "a[2][1].recurrent": "count the minus signs of each product: two of them multiplied make a plus, one alone a minus",
    "a[1][2]": "",
}
"""(-0.02) + 0 + (-0.1), tanh(-0.12), (-0.6)·0.4 + 0.3·0.5, … + (-0.2)·(-0.1194), 0.03 + 0 + 0.1."""


@pytest.mark.parametrize(("key", "rule"), RULES.items())
def test_the_hint_for_a_sign_is_the_rule_of_this_expression(key: str, rule: str) -> None:
    quiz = forward_quiz()
    question = question_of(quiz, key)
    assert quiz.take(question, f"{-question.row.value:.4f}") == WRONG
    assert "sign" in question.slips
    assert hint("sign", question) == HINTS["sign"] + (f"; {rule}" if rule else "")


def test_the_score_says_how_each_question_ended(call: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("--questions", "4", "--seed", "2")
    first, second = (one["answer"] for one in call("quiz", TEXT, *words, "--key", "--json").document()["questions"][:2])
    monkeypatch.setattr("sys.stdin", StringIO(f"{first}\n9\n{second}\n8\n?\n7\n"))
    page = call("quiz", TEXT, *words).stdout
    score = page[page.index("Score") :]
    for verdict in (" right\n", "  right at the second try", "  told", "  not answered"):
        assert len(re.findall(verdict, score.split("\n", 2)[2])) == 1, (verdict, score)
    assert "Score   2 of 3 right" in score


def test_answers_that_are_no_slip_get_no_name() -> None:
    quiz, generator = forward_quiz(6), np.random.default_rng(5)
    named = 0
    for question in quiz.questions:
        quiz.take(question, f"{question.row.value + generator.uniform(0.2, 0.9):.6f}")
        named += bool(question.slips)
    assert named <= 1


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.25", 0.25), (" 0,25\n", 0.25), ("1/4", 0.25), ("−.5", -0.5), ("+2.5e-1", 0.25), ("1 / -4", -0.25)]
    + [(text, None) for text in ("", "x", "1/0", "nan", "inf", "1_0", "1.000,5", "1/2/3", "0x1", "1e999")],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: float | None) -> None:
    assert read_number(text) == value


def test_what_is_right_within_rounding() -> None:
    for text, verdict in (("0.9443", RIGHT), ("0,94427", RIGHT), ("0.9442", RIGHT), ("0.94", WRONG), ("?", TELL),
                          ("about 1", UNCLEAR)):  # fmt: skip
        quiz = forward_quiz()
        question = question_of(quiz, "h[2][1]")
        assert quiz.take(question, text) == verdict, text
    assert decimals("0,94") == 2
    quiz = forward_quiz()
    question = question_of(quiz, "h[2][1]")
    quiz.take(question, "0.94")
    assert question.slips[0] == "few-decimals"


def quiz_with(stdin: str, *words: str, rnn: Command) -> tuple[object, str]:
    """The document of a quiz that a pipe answers, and what stood on stderr."""
    result = rnn("quiz", TEXT, *words, "--json", stdin=stdin)
    assert result.code == 0
    return validate(result.document()), result.stderr


def test_a_pipe_answers_and_a_teacher_reads_the_document(rnn: Command, call: Command) -> None:
    key = validate(call("quiz", TEXT, "--questions", "3", "--seed", "2", "--key", "--json").document())
    right = [one["answer"] for one in key["questions"]]
    assert [one["given"] for one in key["questions"]] == [None] * 3
    document, said = quiz_with(
        f"{right[0]:.4f}\nhm\n{right[1] + 7}\n{right[1]:.4f}\n", "--questions", "3", "--seed", "2", rnn=rnn
    )
    assert [one["right"] for one in document["questions"]] == [True, True]  # type: ignore[index]
    assert [len(one["tries"]) for one in document["questions"]] == [1, 2]  # type: ignore[index]
    assert document["score"] == 2  # type: ignore[index]
    assert "Question 3 of 3" in said
    assert "'hm' is no number" in said


def test_on_a_terminal_until_ctrl_d(call: Command) -> None:
    first = call("quiz", TEXT, "--questions", "3", "--key", "--json").document()["questions"][0]["answer"]
    outer, inner = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "rnn_cli", "quiz", TEXT, "--questions", "3"],
        stdin=inner, stdout=inner, stderr=inner, env=environment(None),
    )  # fmt: skip
    os.close(inner)
    seen = b""
    typed = [b"99\n", f"{first:.4f}\n".encode(), b"\x04"]
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:
            break
        if not part:
            break
        seen += part
        if seen.endswith(b"> ") and typed:
            os.write(outer, typed.pop(0))
    os.close(outer)
    assert process.wait(TIMEOUT) == 0
    text = seen.decode()
    assert "not yet" in text
    assert re.search(r"Score.* 1 of 1 right", text)
    assert "It ended before 2 more questions" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("-",), "- would read stdin, where the answers come from"),
        (("--file", "-"), "- would read stdin"),
        ((TEXT, "--questions", "0"), "--questions 0: a number from 1, or all"),
        ((TEXT, "--bptt"), "give the --target"),
    ],
)
def test_what_a_quiz_refuses(call: Command, words: tuple[str, ...], says: str) -> None:
    result = call("quiz", *words)
    assert result.code == 2
    assert says in result.stderr


def test_the_key_is_that_of_the_trace(call: Command) -> None:
    document = strict_json(call("quiz", TEXT, "--key", "--questions", "all", "--json").stdout)
    steps = strict_json(call("trace", TEXT, "--json").stdout)["steps"]
    answers = {one["asks"]: one["answer"] for one in document["questions"]}
    assert len(answers) == 40
    for step in steps:
        for unit in range(3):
            assert answers[f"h[{step['t']}][{unit + 1}]"] == step["h"][unit]
