"""Every sentence of evaluate and predict is recomputed from the document of the same command, over models of every task."""

import random
import re
from collections.abc import Callable
from math import exp, log, log10, sqrt
from pathlib import Path
from typing import Any

import pytest

from rnn_cli.models.load import load_model
from tests.conftest import Both
from tests.support.networks import slow_but
from tests.support.trained import DATA, RUNS, SCORED_ALIKE, TrainedModels

Z = 1.959963984540054
NUMBER = r"(-?\d[\d,]*(?:\.\d+)?(?:e[+-]\d+)?)"
SHARE = r"([<>]?-?\d+\.\d+%)"


def close(text: str, value: float) -> bool:
    """Whether a printed number is the value, rounded; a share is never rounded to all or to nothing."""
    digits = text.replace(",", "")
    if digits.endswith("%"):
        bound, digits, value = digits[0] if digits[0] in "<>" else "", digits.strip("<>%"), 100 * value
        if bound:
            return value < float(digits) if bound == "<" else value > float(digits)
        assert float(digits) not in (0, 100) or abs(value - float(digits)) < 1e-11
    mantissa, _, exponent = digits.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
    return abs(float(digits) - value) <= 0.5001 * unit + 1e-9 * abs(value)


def value(d: Any, name: str) -> float:
    """A score."""
    return float(d["scores"][name]["value"])


def simple(d: Any, name: str) -> float:
    """The best simple answer's score, of those that have it."""
    return next(float(one["scores"][name]) for one in d["baselines"] if name in one["scores"])


def wrong(d: Any) -> list[tuple[int, str, str]]:
    """The mistakes, by how often each was made."""
    labels = [one["label"] for one in d["classes"]]
    pairs = [
        (n, labels[k], labels[j]) for k, row in enumerate(d["confusion"]) for j, n in enumerate(row) if j != k and n
    ]
    return sorted(pairs, key=lambda one: -one[0])


def gains(d: Any) -> dict[str, float]:
    """By how much less each column errs than its last value."""
    return {one["name"]: 1 - one["mae"]["value"] / one["persistence"]["mae"] for one in d["columns"]}


def changes(said: str) -> list[tuple[str, str, str]]:
    """Of each column by how much it errs less or more."""
    found = [re.fullmatch(rf"{SHARE} (less|more) for (\S+)", one) for one in said.split(", ")]
    return [(one[1], one[2], one[3]) for one in found if one]


EVALUATED: list[tuple[str, Callable[..., bool]]] = [
    (
        rf"a perplexity of {NUMBER} is worse than a guess among all {NUMBER} tokens: in the geometric mean the truth gets a "
        rf"probability of {SHARE}, less than 1 in {NUMBER}\.",
        lambda d, p, n, s, m: close(p, value(d, "perplexity")) and value(d, "perplexity") > int(n) == int(m)
        and d["baseline"]["scores"]["perplexity"] == int(n) and close(s, exp(-value(d, "loss"))),
    ),
    (
        rf"a loss of {NUMBER} is worse than a guess among the {NUMBER} answers, which has ln {NUMBER} = {NUMBER}: in the geometric "
        rf"mean the truth gets a probability of {SHARE}, less than 1 in {NUMBER}\.",
        lambda d, v, n, m, ln, s, k: close(v, value(d, "loss")) and value(d, "loss") > log(int(n)) and n == m == k
        and close(ln, log(int(n))) and close(s, exp(-value(d, "loss"))),
    ),
    (
        rf"a loss of {NUMBER} is (worse|hardly better) than {NUMBER}: always one of the marked numbers plus 1/2, a squared "
        r"error of 0\.0833\.",
        lambda d, v, how, g: close(v, value(d, "loss")) and close(g, 1 / 12)
        and value(d, "loss") > (1 if how == "worse" else 0.95) / 12,
    ),
    (
        rf"an accuracy of {SHARE} is worse than the baseline's {SHARE}: .+?\.",
        lambda d, v, b: close(v, value(d, "accuracy")) and close(b, simple(d, "accuracy"))
        and d["scores"]["accuracy"]["high"] < simple(d, "accuracy"),
    ),
    (
        rf"a perplexity of {NUMBER} is worse than the baseline's {NUMBER}: .+?\.",
        lambda d, v, b: close(v, value(d, "perplexity")) and close(b, simple(d, "perplexity"))
        and value(d, "perplexity") > simple(d, "perplexity"),
    ),
    (
        rf"BLEU {NUMBER} and {SHARE} exact matches are worse than the baseline's {NUMBER} and {SHARE}: (the source as it stands, "
        r"copied|always .+?, (?:the|one of the) commonest targets? of the training part \(.+? of .+?\)|at each place the token that stands there most "
        r"often in targets of sources as long, and nothing else)\.",
        lambda d, v, exact, b, other, how: any(
            how == one["how"] and close(b, 100 * one["scores"]["bleu"]) and close(other, one["scores"]["exact_match"])
            and one["scores"]["bleu"] > value(d, "bleu") and one["scores"]["exact_match"] >= value(d, "exact_match")
            for one in d["baselines"]
        ) and close(v, 100 * value(d, "bleu")) and close(exact, value(d, "exact_match")),
    ),
    (
        rf"an accuracy of {SHARE} is not clearly better than the baseline's {SHARE} \(.+?\): what the network has learnt beyond it does not "
        r"show on these data\.",
        lambda d, v, b: close(v, value(d, "accuracy")) and close(b, simple(d, "accuracy"))
        and d["scores"]["accuracy"]["low"] <= simple(d, "accuracy"),
    ),
    (
        rf"{SHARE} of the tokens are not in the vocabulary: the network reads <unk> in their places, and (?:cannot tell one of them "
        r"from another|can tell them apart by their beginnings and ends alone)\.",
        lambda d, s: close(s, d["unknown_tokens"] / d["tokens"]) and d["unknown_tokens"] >= d["tokens"] / 2,
    ),
    (
        r"the network never answers (.+?): on these data nothing shows that it has learnt (?:this class|these classes)\.",
        lambda d, names: all(
            any(one["label"] == label and one["true"] == int(n) and not one["predicted"] for one in d["classes"])
            for label, n in re.findall(r"(\S+) \((\d+) there\)", names)
        ),
    ),
    (
        rf"no mistake in {NUMBER} answers?: the true share of mistakes may still be as high as {SHARE}, by the interval of the accuracy\.",
        lambda d, n, s: int(n.replace(",", "")) == d["answers"] and not wrong(d) and close(s, 1 - d["scores"]["accuracy"]["low"]),
    ),
    (
        rf"(\S+) called (\S+) is (the|one of the) commonest mistakes?: {NUMBER} of {NUMBER} \({SHARE}\), and {SHARE} of all (\S+)\.",
        lambda d, is_, called, one, n, all_, s, of, same: wrong(d)[0] == (int(n), is_, called) and is_ == same
        and (one == "the") == ([m for m, *_ in wrong(d)].count(int(n)) == 1)
        and int(all_) == sum(one[0] for one in wrong(d)) and close(s, int(n) / int(all_))
        and close(of, int(n) / next(one["true"] for one in d["classes"] if one["label"] == is_)),
    ),
    (
        r"no column is predicted better than by repeating its last value: on these data the network does not help\.",
        lambda d: max(gains(d).values()) <= 0,
    ),
    (
        r"no column is predicted better than by (.+?): on these data the network is not needed\.",
        lambda d, how: any(
            how == beside["how"] and all(
                of["mae"] <= one["mae"]["value"] for one in d["columns"] for of in one["baselines"] if of["name"] == beside["name"]
            )
            for beside in d["baselines"]
        ),
    ),
    (
        r"against a forecast that repeats the last value, the mean absolute error is (.+?)(?:; not sure for (.+), where the "
        r"interval holds the last value's error too)?\.(?!\d)",
        lambda d, said, unsure: [one[2] for one in changes(said)] == [*gains(d)]
        and all(close(text, gains(d)[name] * (1 if how == "less" else -1)) for text, how, name in changes(said))
        and (unsure.split(", ") if unsure else []) == [
            one["name"] for one in d["columns"] if one["mae"]["low"] <= one["persistence"]["mae"] <= one["mae"]["high"]
        ],
    ),
    (
        rf"with the truth before it the next token is right in {SHARE} of all cases; writing alone, after its own words, the network "
        rf"gets {SHARE} of the whole texts right\.",
        lambda d, a, b: close(a, value(d, "token_accuracy")) and close(b, value(d, "exact_match")),
    ),
    (
        rf"after what it has read, the network is as unsure as a guess among {NUMBER} tokens; without, among {NUMBER}\.",
        lambda d, p, n: close(p, value(d, "perplexity")) and close(n, d["baseline"]["scores"]["perplexity"])
        and value(d, "perplexity") <= float(n),
    ),
]  # fmt: skip


def likely(d: Any) -> list[float]:
    """The probabilities of one answer, the largest first."""
    return sorted(d["predictions"][0]["probabilities"], reverse=True)


def unknown(d: Any) -> int:
    """How many tokens of the one text the vocabulary lacks."""
    return int(d["predictions"][0]["known"].count(False))


def hypotheses(d: Any) -> list[float]:
    """The logarithms of the probabilities of what was written."""
    return [one["log_probability"] for one in d["predictions"][0]["hypotheses"]]


def least_sure(d: Any, word: str, one: str, first: str, second: str, label: str) -> bool:
    """Whether a word is the one whose likeliest tag has the smallest probability, with its two likeliest tags."""
    (answer,) = d["predictions"]
    shares = min(answer["probabilities"], key=max)
    likeliest = sorted(shares)
    return bool(
        answer["tokens"][answer["probabilities"].index(shares)] == word
        and (one == "the") == ([max(each) for each in answer["probabilities"]].count(likeliest[-1]) == 1)
        and close(first, likeliest[-1])
        and close(second, likeliest[-2])
        and d["model"]["labels"][shares.index(likeliest[-2])] == label
    )


PREDICTED: list[tuple[str, Callable[..., bool]]] = [
    (
        rf"(?:{NUMBER} of {NUMBER} tokens are|the only token is) not in the vocabulary, with .+? in (its|their) place: "
        r"the network knows no more of (it|them)\.",
        lambda d, n, m, its, it: unknown(d) == int(n or 1) and len(d["predictions"][0]["known"]) == int(m or 1)
        and 2 * unknown(d) >= int(m or 1) and (its, it) == (("its", "it") if unknown(d) == 1 else ("their", "them")),
    ),
    (
        rf"(?:the first|“(.*?)”) is {NUMBER} times as likely as the second, “.*?”\.",
        lambda d, first, r: first in (None, d["predictions"][0].get("prediction")) and abs(
            log10(float(r.replace(",", ""))) - (log10(likely(d)[0] / likely(d)[1]) if "probabilities" in d["predictions"][0]
            else (hypotheses(d)[0] - hypotheses(d)[1]) / log(10))
        ) < 0.005,
    ),
    (
        r"the first and the second, “.*?”, are equally likely: the order of the classes decided\.",
        lambda d: likely(d)[0] == likely(d)[1],
    ),
    (
        rf"the likeliest has less than half of the probability \({SHARE}\): the network is not sure\.",
        lambda d, s: close(s, likely(d)[0]) and likely(d)[0] < 0.5,
    ),
    (
        rf"“(.*?)” is (the|one of the) least sure: {SHARE}, and {SHARE} for (\S+)\.",
        least_sure,
    ),
    (
        r"the network did not end the text: it was stopped\. More training, or a wider beam, may help\.",
        lambda d: not d["predictions"][0]["hypotheses"][0]["finished"],
    ),
    (
        rf"the network gives this text a probability of {SHARE}; --beam 5 shows what else it considered\.",
        lambda d, s: close(s, exp(hypotheses(d)[0])),
    ),
]  # fmt: skip


def check(page: str, document: Any, claims: list[tuple[str, Callable[..., bool]]]) -> list[int]:
    """Which claims the Notice makes, in its order; each of its sentences must be one, and hold."""
    found = re.search(r"^Notice(.*?)(?=^\S)", page, re.MULTILINE | re.DOTALL)
    assert found is not None
    rest, made = " ".join(found[1].split()), []
    while rest:
        for k, (pattern, holds) in enumerate(claims):
            match = re.match(pattern, rest, re.IGNORECASE)
            if match:
                assert holds(document, *match.groups()), f"{match[0]!r} is not so"
                made.append(k)
                rest = rest[match.end() :].strip()
                break
        else:
            raise AssertionError(f"no claim that is known: {rest!r}")
    return made


def table_of(name: str, rows: int, seed: int, folder: Path) -> list[str]:
    """Some of a model's data, with some words that it never saw; [] where the task draws its own."""
    if RUNS[name][1] is None:
        return []
    source = DATA / str(RUNS[name][1])
    text, draw = source.read_text(encoding="utf-8"), random.Random(seed)
    header, sign = (
        (text.splitlines()[0] + "\n", "\n\n" if source.suffix == ".conllu" else "\n")
        if source.suffix != ".txt"
        else ("", "\n")
    )
    header = "" if source.suffix == ".conllu" else header
    parts = text[len(header) :].strip("\n").split(sign)
    first = draw.randrange(len(parts) - rows)
    chosen = sign.join(parts[first : first + rows])
    if seed % 2 and source.suffix == ".tsv" and name != "describe":
        chosen = re.sub(r"^(\S+)", "Qwx", chosen, flags=re.MULTILINE)
    path = folder / source.name
    path.write_text(f"{header}{chosen}\n", encoding="utf-8")
    return [str(path)]


def check_intervals(d: Any) -> int:
    """Wilson's intervals of shares, from the counts in the document."""
    checked = 0
    for name, score in d["scores"].items():
        if score["interval"] in ("wilson", "wilson-resampled"):
            n = score.get("independent_answers", d["bootstrap"]["units"])
            p = score["value"]
            middle, half = p + Z * Z / (2 * n), Z * sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
            ends = [(middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)]
            assert [score["low"], score["high"]] == pytest.approx(ends, abs=1e-12), name
            assert n <= max(d["answers"], d["bootstrap"]["units"])
            checked += 1
    return checked


EVERY = [(name, seed) for name in RUNS if name != "classify-char" for seed in range(3)]
FIRST = [(name, 1) for name in RUNS if name not in SCORED_ALIKE]
SAYS_MORE = [("classify", 2), ("tag", 0), ("translate", 0), ("forecast-steps", 2)]
"""Data of which a page says another thing than of those with seed 1."""


@pytest.mark.parametrize(("name", "seed"), slow_but(FIRST + SAYS_MORE, EVERY))
def test_every_sentence_of_an_evaluation_is_true(
    both: Both, trained: TrainedModels, name: str, seed: int, tmp_path: Path
) -> None:
    data = table_of(
        name, 12 if name.startswith("translate") else 30, seed, tmp_path
    )  # texts are written, letter by letter
    arguments = ("evaluate", str(trained.path(name)), *data, "--resamples", "20", "--seed", str(seed))
    result, document = both(*arguments)
    page = result.stdout
    assert check(page, document, EVALUATED)
    check_intervals(document)
    shown = re.findall(rf"^  (accuracy|exact match|whole) +{SHARE} +{SHARE} to {SHARE}", page, re.MULTILINE)
    for called, *parts in shown:
        score = document["scores"][{"exact match": "exact_match", "whole": "sequences"}.get(called, called)]
        assert all(close(text, score[key]) for text, key in zip(parts, ("value", "low", "high"), strict=True))
    said = "intervals" in page
    assert said == any(one["interval"] for one in document["scores"].values())


def first_sentence(both: Both, model: str, data: Path) -> str:
    """What an evaluation says first, as the pattern of its claim; all that it says is true."""
    result, document = both("evaluate", model, str(data), "--resamples", "20")
    return EVALUATED[check(result.stdout, document, EVALUATED)[0]][0]


def test_a_text_of_rare_letters_is_worse_than_a_guess(both: Both, trained: TrainedModels, tmp_path: Path) -> None:
    (tmp_path / "rare.txt").write_text("zxqjvz kzxqj\n" * 4)
    said = first_sentence(both, str(trained.path("lm")), tmp_path / "rare.txt")
    assert "is worse than a guess among all" in said


@pytest.mark.parametrize(("known", "named"), [(1, True), (2, True), (3, False)])
def test_half_of_the_words_or_more_are_not_known(
    both: Both, trained: TrainedModels, tmp_path: Path, known: int, named: bool
) -> None:
    """Two words of each text are unknown. The network says of all what is true of most: as good as the baseline, no worse."""
    model, text = str(trained.path("classify")), " ".join((*("food", "good", "bad")[:known], "qwx", "zzyk"))
    predicted = both("predict", model, text)[1]
    label = predicted["predictions"][0]["prediction"]
    other = next(one for one in predicted["model"]["labels"] if one != label)
    (tmp_path / "strange.tsv").write_text("text\tlabel\n" + f"{text}\t{label}\n" * 4 + f"{text}\t{other}\n")
    said = first_sentence(both, model, tmp_path / "strange.tsv")
    assert ("of the tokens are not in the vocabulary" if named else "is not clearly better than") in said


@pytest.mark.parametrize("name", ["classify", "tag", "lm-word", "translate-word", "translate"])
def test_every_sentence_of_a_prediction_is_true(both: Both, trained: TrainedModels, name: str) -> None:
    draw, path = random.Random(name), str(trained.path(name))
    model = load_model(path)
    known = [word for word in model.vocabulary or () if word.isalnum()]
    for _ in range(6):
        words = [
            draw.choice(known) if draw.random() < 0.6 else draw.choice(("qwx", "zzyk"))
            for _ in range(draw.randint(1, 6))
        ]
        text, beam = " ".join(words), ("--beam", "3") if name.startswith("translate") and draw.random() < 0.5 else ()
        page, document = both("predict", path, text, *beam)
        made = check(page.stdout, document, PREDICTED)
        assert (0 in made) == (2 * unknown(document) >= len(document["predictions"][0]["known"]))
        assert made[0] == 0 or 0 not in made  # what is wrong comes first
