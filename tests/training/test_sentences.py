"""Every sentence at the end of a run is recomputed from the run's own events, over random runs of every task and cell."""

import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, sqrt
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.tasks import GENERATED, TASKS, synthetic
from tests.conftest import Command
from tests.support.generated import small
from tests.support.networks import slow_if

Z = 1.959963984540054
NUMBER = r"(-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?)"
SHARE = r"([<>]?-?\d+\.\d+%)"

FILES = {
    "classify": "classify.tsv", "tag": "words.tsv", "lm": "text.txt", "translate": "translate.tsv",
    "describe": "describe.tsv", "forecast": "series.csv",
}  # fmt: skip


@dataclass
class Run:
    """The events of a run by their kinds, and what can be counted from them without the program's own code."""

    start: dict[str, Any]
    steps: list[dict[str, Any]]
    evaluations: list[dict[str, Any]]
    done: dict[str, Any]

    @property
    def losses(self) -> list[float]:
        return [one["loss"] for one in self.steps]

    @property
    def count(self) -> int:
        return max(1, min(50, len(self.steps) // 2))

    @property
    def first(self) -> float:
        return sum(self.losses[: self.count]) / self.count

    @property
    def last(self) -> float:
        return sum(self.losses[-self.count :]) / self.count

    @property
    def recent(self) -> float:
        return sum(self.losses[-50:]) / len(self.losses[-50:])

    @property
    def loss(self) -> float:
        return self.recent if self.done["loss"] is None else float(self.done["loss"])

    @property
    def metric(self) -> tuple[str, float]:
        found = self.done["metric"]
        return ("", 0.0) if found is None else (found["name"], found["value"])

    @property
    def choices(self) -> int:
        """Labels of the readout; of a network that writes, its tokens, and <unk>, <bos> and <eos>."""
        if self.metric[0] == "mae" or self.start["task"].startswith(("forecast", "adding")):
            return 0
        written = self.start["target_vocabulary"]
        return written + 3 if written else len(self.start["model"]["labels"])

    def baseline(self, name: str) -> float | None:
        scores = [one["scores"][name] for one in self.start["baselines"] if name in one["scores"]]
        return scores[0] if scores and self.done["loss"] is not None else None

    def ends(self) -> tuple[float, float]:
        """Wilson's interval of the accuracy."""
        n, p = self.evaluations[-1]["answers"], self.metric[1]
        middle, half = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
        low, high = (middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)
        return (low if p > 0 else 0.0), (high if p < 1 else 1.0)

    @property
    def reach(self) -> list[float] | None:
        found = [one["reach"]["norms"] for one in self.steps if "reach" in one]
        return found[-1] if found else None

    # What the sentence must begin with, in the order of the judgements.
    def diverged(self) -> bool:
        return self.count >= 10 and self.last > 2 * self.first

    def worse(self) -> bool:
        name, value = self.metric
        score, guess = self.baseline(name), self.baseline("loss")
        if self.choices > 1 and self.loss > log(self.choices):
            return True
        if not self.choices and guess is not None:
            return self.loss > guess
        if score is None:
            return False
        return self.ends()[1] < score if name == "accuracy" else value > score

    def remembers(self) -> bool:
        small = self.choices > 0 and self.loss <= 0.1
        again = [one["step"] > self.start["steps_per_epoch"] for one in self.steps[-50:]]
        seen_before = self.start["task"].partition(":")[0] in TASKS and 2 * sum(again) > len(again)
        return self.done["loss"] is not None and self.recent < 0.5 * self.loss and not small and seen_before

    def unknown(self) -> bool:
        shares = self.start["unknown_share"]
        share = shares["train"] if shares["validation"] is None else shares["validation"]
        return share is not None and share >= 0.5

    def chance(self) -> bool:
        name, value = self.metric
        score, guess = self.baseline(name), self.baseline("loss")
        if value == score == 1:
            return False
        if score is not None and (self.ends()[0] <= score if name == "accuracy" else value >= score):
            return True
        return not self.choices and guess is not None and self.loss > 0.95 * guess


def close(text: str, value: float) -> bool:
    """Whether a printed number is the value, rounded."""
    digits = text.replace(",", "")
    if digits.endswith("%"):
        bound, digits, value = digits[0] if digits[0] in "<>" else "", digits.strip("<>%"), 100 * value
        if bound:
            return value < float(digits) if bound == "<" else value > float(digits)
        assert float(digits) not in (0, 100) or abs(value - float(digits)) < 1e-11
    mantissa, _, exponent = digits.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return abs(float(digits) - value) <= 0.5001 * unit + 1e-12 * abs(value)


def said_less(share: str, choices: int) -> bool:
    """Whether a printed share is less than one in so many, as it is said to be."""
    return float(share.strip("<>%")) < 100 / choices


def best(run: Run, step: str, name: str, score: str) -> bool:
    """Whether a step is the best by what its weights are kept for, the loss or the metric."""
    at, keep = int(step.replace(",", "")), run.start["keep"]
    said = {"loss": "loss", "f1": "macro F1"}.get(keep, NAMES[run.metric[0]])
    values = {
        one["step"]: one[{"loss": "loss", "macro F1": "macro_f1"}[said]]
        if keep in ("loss", "f1")
        else one["metric"]["value"]
        for one in run.evaluations
    }
    pick: Callable[..., float] = max if said in ("accuracy", "macro F1") else min
    return values[at] == pick(values.values()) and close(score, values[at]) and said == name


NAMES = {"accuracy": "accuracy", "perplexity": "perplexity", "mae": "mean absolute error"}
ANY = rf"({NUMBER[1:-1]}%?|{SHARE[1:-1]})"
NAME = "(loss|macro F1|accuracy|perplexity|mean absolute error)"

CLAIMS: list[tuple[str, Callable[..., bool]]] = [
    (
        rf"the training loss rose from {NUMBER} in the first {NUMBER} steps to {NUMBER} in as many last ones, as it does where a "
        r"run diverges\. A lower --learning-rate or --clip-norm may hold it\.",
        lambda r, a, n, b: r.diverged() and close(a, r.first) and close(b, r.last) and int(n) == r.count,
    ),
    (
        rf"a perplexity of {NUMBER} is worse than a guess among all {NUMBER} tokens: in the geometric mean the truth gets a "
        rf"probability of {SHARE}, less than 1 in {NUMBER}\.",
        lambda r, p, n, s, m: r.metric[1] > r.choices == int(n) == int(m) and said_less(s, int(n))
        and close(s, exp(-r.loss)) and abs(float(p) / r.metric[1] - 1) < 0.01,
    ),
    (
        rf"a (validation|training) loss of {NUMBER} is worse than a guess among the {NUMBER} answers, which has ln {NUMBER} = "
        rf"{NUMBER}: in the geometric mean the truth gets a probability of {SHARE}, less than 1 in {NUMBER}\.",
        lambda r, part, v, n, n2, ln, s, n3: r.loss > log(r.choices) and int(n) == int(n2) == int(n3) == r.choices
        and close(v, r.loss) and close(ln, log(int(n))) and close(s, exp(-r.loss)) and said_less(s, int(n)) and float(v) > float(ln)
        and (part == "training") == (r.done["loss"] is None),
    ),
    (
        rf"a validation loss of {NUMBER} is (worse|hardly better) than {NUMBER}: "
        r"always one of the marked numbers plus 1/2, a squared error of 0\.0833\.",
        lambda r, v, how, g: close(v, r.loss) and close(g, 1 / 12) and (r.loss > 1 / 12 if how == "worse" else r.loss > 0.95 / 12),
    ),
    (
        rf"an? {NAME} of {ANY} is worse than the baseline's {ANY}: [^.]+\.",
        lambda r, name, v, b: close(v, r.metric[1]) and close(b, r.baseline(r.metric[0])) and NAMES[r.metric[0]] == name
        and (r.metric[1] < r.baseline("accuracy") if name == "accuracy" else r.metric[1] > r.baseline(r.metric[0])),
    ),
    (
        rf"the training loss, {NUMBER}, is far below the validation loss, {NUMBER}: the network remembers its examples more than "
        r"it has learnt from them\.",
        lambda r, a, b: close(a, r.recent) and close(b, r.loss) and r.remembers(),
    ),
    (r"The network remembers the training part\.", lambda r: r.remembers()),
    (
        rf"No step was better than {NUMBER} \({NAME} {ANY}\); --keep metric keeps the best\.",
        lambda r, step, name, score: best(r, step, name, score) and int(step) != r.done["kept"]["step"] == r.done["step"],
    ),
    (
        rf"No step was better than {NUMBER} \({NAME} {ANY}\), and these are its weights\.",
        lambda r, step, name, score: best(r, step, name, score) and int(step) == r.done["kept"]["step"],
    ),
    (
        rf"{SHARE} of the (?:validation|training) tokens are not in the vocabulary: the network reads <unk> in their places, and "
        r"(?:cannot tell one of them from another|(can tell them apart by their beginnings and ends alone))\.",
        lambda r, s, parts: r.unknown() and bool(parts) == (r.start["task"] == "tag") and any(close(s, v) for v in r.start["unknown_share"].values() if v is not None),
    ),
    (
        rf"an? {NAME} of {ANY} is not clearly better than the baseline's {ANY} \(.+?\): what the network has learnt beyond it does not "
        r"show on these data\.",
        lambda r, name, v, b: close(v, r.metric[1]) and close(b, r.baseline(r.metric[0])) and NAMES[r.metric[0]] == name
        and r.chance(),
    ),
    (
        rf"{NUMBER} steps? back the gradient (?:of the forward run )?is {NUMBER} times what it is at the last step"
        r"(: what stood there is hardly learnt from)?\.",
        lambda r, n, s, little: int(n) == len(r.reach) - 1 and close(s, r.reach[-1] / r.reach[0])
        and bool(little) == (r.reach[-1] < 1e-3 * r.reach[0] and r.recent >= 0.1 * r.first and not r.start["model"]["bidirectional"]),
    ),
    (
        rf"a perplexity of {NUMBER}: as unsure as a guess among {NUMBER} equally likely tokens\.",
        lambda r, p, q: p == q and close(p, exp(r.loss)),
    ),
    (
        rf"from the first steps to the last the training loss went from {NUMBER} to {NUMBER}, and the norm of the gradient "
        rf"from {NUMBER} to {NUMBER} \(each (?:the mean of {NUMBER} steps|of one step)\)\.",
        lambda r, a, b, u, v, n: close(a, r.first) and close(b, r.last) and int(n or 1) == r.count
        and all(
            f"{sum(one['grad_norm'] for one in part) / r.count:.2g}" == t
            for part, t in ((r.steps[: r.count], u), (r.steps[-r.count :], v))
        ),
    ),
]  # fmt: skip
"""Each sentence that a run can end with, and what makes it true."""


def claims_of(text: str, run: Run) -> int:
    """How many claims a text makes; each of its sentences must be one, and hold."""
    found, rest = 0, text
    while rest := rest.strip():
        for pattern, holds in CLAIMS:
            match = re.match(pattern, rest, re.IGNORECASE)
            if match:
                assert holds(run, *match.groups()), f"{match[0]!r} is not so"
                found, rest = found + 1, rest[match.end() :]
                break
        else:
            raise AssertionError(f"no claim that is known: {rest!r}")
    return found


def drawn(draw: random.Random, task: str) -> list[str]:
    """A short run of any kind."""
    chosen = [
        *([FILES[task]] if task in FILES else []),
        "--task",
        small(task, examples=64) if task in GENERATED else task,
    ]
    flags = {
        "--cell": draw.choice([*CELLS]), "--hidden-size": draw.choice("248"), "--embedding-size": "3",
        "--learning-rate": draw.choice(["0.003", "0.03", "0.3", "3"]), "--batch-size": draw.choice("48"),
        "--max-steps": draw.choice(["1", "2", "9", "30", "60"]), "--seed": draw.choice("0123"),
        "--clip-norm": draw.choice(["0", "1"]), "--eval-every": draw.choice(["3", "7", "200"]) if task in FILES else "40",
    }  # fmt: skip
    if task in FILES:
        flags["--validation"] = draw.choice(["0", "0.2", "0.4"])
    if task == "forecast":
        flags["--window"] = "4"
    if draw.random() < 0.3 and flags.get("--validation") != "0":
        flags["--patience"] = "2"
    if draw.random() < 0.3:
        flags["--watch"] = "5"
    if draw.random() < 0.5:
        flags["--keep"] = draw.choice(["metric", "last", *["f1"] * (task in ("classify", "tag"))])
    return [*chosen, *(part for flag in flags.items() for part in flag)]


def check_runs(task: str, runs: int, call: Command) -> None:
    """Random runs of a task: each sentence at the end is a claim, holds, and is the one that comes first."""
    draw, claims, pages = random.Random(f"{task} {runs}"), 0, 0
    for _ in range(runs):
        arguments = drawn(draw, task)
        result = call("train", *arguments, "--log", "run.jsonl", "--overwrite")
        if result.code == 3:  # beyond the finite range there is no page
            continue
        assert result.code == 0, result.stderr
        events = [json.loads(line) for line in Path("run.jsonl").read_text(encoding="utf-8").splitlines()]
        of = {kind: [one for one in events if one["event"] == kind] for kind in ("start", "step", "eval", "done")}
        run = Run(of["start"][0], of["step"], of["eval"], of["done"][0])
        found = re.search(r"^Notice(.*?)(?=^\S)", result.stdout, re.MULTILINE | re.DOTALL)
        assert found is not None
        notice = " ".join(found[1].split())
        try:
            claims += claims_of(notice, run)
            order = (run.diverged, run.worse, run.remembers, run.unknown, run.chance)
            first = next((k for k, holds in enumerate(order) if holds()), len(order))
            assert re.match(BEGINNINGS[first], notice), f"judgement {first} holds, and the page says {notice!r}"
        except AssertionError as error:
            raise AssertionError(f"rnn train {' '.join(arguments)}: {error}") from error
        pages += 1
    assert claims >= pages > 0
    print(f"{task}: {pages} pages, {claims} claims")


@pytest.fixture(autouse=True)
def _few_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A generated task holds a thousand examples out, which take most of the time of so short a run."""
    monkeypatch.setattr(synthetic, "VALIDATION", 100)


SOME = slow_if(
    [*TASKS, *GENERATED], *[name for name in GENERATED if name not in ("copy", "adding", "recall", "parity")]
)


@pytest.mark.parametrize("task", SOME)
def test_every_sentence_at_the_end_of_a_run_is_true(task: str, call: Command, here: Path) -> None:
    check_runs(task, 3 if task in FILES else 2, call)


@pytest.mark.slow
@pytest.mark.parametrize("task", [*TASKS, *GENERATED])
def test_every_sentence_at_the_end_of_many_runs_is_true(task: str, call: Command, here: Path) -> None:
    check_runs(task, 40, call)


BEGINNINGS = (
    "the training loss rose", ".*worse than", "the training loss, .* far below", ".*not in the vocabulary", ".*(not clearly|hardly) better",
    "from the first steps|a perplexity of [^ ]+: as unsure|.* steps back the gradient",
)  # fmt: skip
"""What a sentence begins with where the judgement of this number is the first that holds."""
