"""What the pages of rnn gradients say in words, computed again from the document of the same result.

Networks of every cell, layers, directions and sizes of weights, texts and targets are drawn at random. A sentence that no
pattern knows fails the test, so that a new one brings its own check.
"""

import re
from collections.abc import Callable
from decimal import Decimal, localcontext
from math import inf, log, log10
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_cli.core.cells import CELLS
from rnn_cli.front.result import Result
from rnn_cli.inputs.sequence import encode_text, from_numbers
from rnn_cli.models.model import Model
from rnn_cli.study.gradient_path import GradientComparison
from rnn_cli.study.gradients import gradients_along, gradients_through_matrix
from rnn_cli.study.networks import build_network
from rnn_cli.study.powers import powers_of
from tests.support.cells import cells_with_a_recurrent_matrix
from tests.support.schemas import validate

TWICE, LITTLE = log10(2), -2.0
NAMED = r'(?:"[^"]*" \(t = (?P<{0}>\d+)\)|t = (?P<{0}n>\d+)|(?P<{0}s>the start))'
STEPS = r"[\d,]+ steps?"

Match = re.Match[str]


def same(text: str, expected: float | None) -> bool:
    """Whether a number on the page is the one whose log10 is `expected`; None is that of 0."""
    if text == "0" or expected is None:
        return text == "0" and expected is None
    return abs(float(Decimal(text).copy_abs().log10()) - expected) < 3e-4


def verdict(log10_ratio: float | None) -> str:
    if log10_ratio is None or log10_ratio < -TWICE:
        return "vanishing"
    return "exploding" if log10_ratio > TWICE else "stable"


def place(match: Match, name: str) -> int:
    """The t that a place on the page names."""
    return 0 if match[f"{name}s"] else int(match[name] or match[f"{name}n"])


def less(a: float | None, b: float | None) -> float | None:
    """a - b of logarithms whose None is -inf."""
    return None if a is None or b is None else a - b


class Claims:
    """The claims of one path's page, held against its document."""

    def __init__(self, document: Any) -> None:
        self.d = document
        self.k = document["final"]["k"]
        self.to_t = {row["k"]: row["to_t"] for row in document["steps"]}
        self.error = document["signals"]["error"]
        self.highway = (
            document["steps"][-1].get("highway", {}).get("log10") if "highway" in document["steps"][-1] else None
        )
        signal = "log10" if self.error is None else "log10_dL_ds"
        self.signal = [row[signal] for row in document["steps"]]
        self.under = {
            row["k"]: self.signal[0] is not None and (log is None or log < self.signal[0] + LITTLE)
            for row, log in zip(document["steps"], self.signal, strict=True)
        }

    def product(self, m: Match) -> bool:
        right = m["v"] == self.d["verdict"] == verdict(self.d["final"]["log10"])
        right &= (int(m["from"]), int(m["to"])) == (self.d["steps"][0]["from_t"], self.to_t[self.k])
        return right and int(m["k"]) == self.k and same(m["value"], self.d["final"]["log10"])

    def meaning(self, m: Match) -> bool:
        return 10**TWICE == 2 and m["less"] == "half" and m["more"] == "twice"

    def average(self, m: Match) -> bool:
        rate = self.d["final"]["log10"] * log(10) / self.k
        right = (m["way"] == "falls") == (rate < 0) and float(m["n"]) == pytest.approx(1 / abs(rate), rel=0.01)
        return right and bool(m["beyond"]) == (1 / abs(rate) > self.k) and m["beyond"] in (None, str(self.k))

    def of_loss(self, m: Match) -> bool:
        rows = self.d["steps"]
        start, end = rows[0]["log10_dL_ds"], rows[-1]["log10_dL_ds"]
        entry = rows[1]["log10_dL_ds"] if m["one"] else start
        right = same(m["start"], start) and same(m["end"], end) and (not m["one"] or same(m["one"], entry))
        right &= (place(m, "at"), place(m, "last")) == (self.to_t[0], self.to_t[self.k])
        joint = self.d["jacobian_of"] != "h"
        right &= bool(m["one"]) == (joint and self.k > 1) and m["state"] == ("s" if joint else "h")
        kept = less(end, entry)
        return right and same(m["kept"], kept) and m["v"] == verdict(kept) == self.d["verdicts"]["error"]

    def no_error(self, m: Match) -> bool:
        model = self.d["model"]
        one_run = model["num_layers"] == 1 and not model["bidirectional"]
        return bool(self.signal[0] is None and place(m, "at") == self.to_t[0]) and (m["run"] is None) == one_run

    def direct_path(self, m: Match) -> bool:
        return same(m["value"], self.highway) and m["v"] == verdict(self.highway) == self.d["verdicts"]["direct_path"]

    def never_lost(self, m: Match) -> bool:
        return not any(self.under.values()) and place(m, "at") == self.to_t[0]

    def lost(self, m: Match) -> bool:
        k = int(m["k"])
        right = all(self.under[j] == (j >= k) for j in self.under)
        return right and (place(m, "at"), place(m, "from")) == (self.to_t[0], self.to_t[k])

    def comes_back(self, m: Match) -> bool:
        under, back = int(m["k"]), int(m["back"])
        right = not any(self.under[j] for j in range(under)) and all(self.under[j] for j in range(under, back))
        right &= not self.under[back] and (place(m, "down"), place(m, "up")) == (self.to_t[under], self.to_t[back])
        if m["stays"]:
            stays = int(m["stays"])
            return right and all(self.under[j] for j in range(stays, self.k + 1)) and not self.under[stays - 1]
        return right and not self.under[self.k]

    def words(self, m: Match) -> bool:
        logs = [-inf if one is None else one for one in self.d["inputs"]["log10_dL_dx"]]
        lost = [t for t, one in enumerate(logs, 1) if one < max(logs) + LITTLE]
        right = len(logs) > 1 and logs[place(m, "most") - 1] == max(logs) and same(m["value"], max(logs))
        equals = [one for one in logs if one >= max(logs) - 1e-12]
        right &= int(m["equals"] or 0) == len(equals) - 1
        if not m["n"]:
            return right and not lost
        named = [int(t) for t in re.findall(r"t = (\d+)", m["list"])]
        return right and (int(m["n"]), int(m["of"])) == (len(lost), len(logs)) and named == lost[:5]

    def one_input(self, m: Match) -> bool:
        logs = self.d["inputs"]["log10_dL_dx"]
        return len(logs) == 1 == place(m, "at") and same(m["value"], logs[0])

    def no_words(self, _: Match) -> bool:
        return all(one is None for one in self.d["inputs"]["log10_dL_dx"])

    def not_normal(self, m: Match) -> bool:
        own = self.d["spectrum"]
        weights = {row["k"]: row["decay"]["log10_weights"] for row in self.d["steps"]}
        most: float = max(one for one in weights.values() if one is not None)
        right = own["spectral_radius"] < 1 and weights[int(m["k"])] == most > 0
        return bool(right) and (int(m["k"]) == self.k) == ("ends" in m["then"])

    def grows_first(self, m: Match) -> bool:
        logs = {row["k"]: row["log10"] for row in self.d["steps"]}
        peak = max(one for one in logs.values() if one is not None)
        right = logs[int(m["k"])] == peak and same(m["peak"], peak) and same(m["end"], logs[self.k])
        return right and peak > 0 and place(m, "at") == self.to_t[int(m["k"])]

    def radius(self, m: Match) -> bool:
        value, own = float(m["r"]), self.d["spectrum"]["spectral_radius"]
        says = value > 1 if m["says"] == "exploding" else value < 1
        return (
            says
            and value == pytest.approx(own, rel=1e-2)
            and self.d["verdict"] == {"vanishes": "vanishing", "grows": "exploding"}[m["does"]]
        )

    def split(self, m: Match) -> bool:
        row = self.d["steps"][-1]
        weights, slopes = row["decay"]["log10_weights"], row["decay"]["log10_saturation"]
        shown = [float(m[name]) for name in ("whole", "weights", "slopes")]
        right = shown == pytest.approx([row["log10"], weights, slopes], abs=1e-4)
        more = "saturation" if abs(slopes) > abs(weights) else "W_hh" if abs(slopes) < abs(weights) else "neither"
        return right and m["more"] == more

    def nilpotent(self, m: Match) -> bool:
        row = self.d["steps"][-1]
        return row["decay"] == {"log10_weights": None, "log10_saturation": None} and same(m["whole"], row["log10"])

    def advice(self, m: Match) -> bool:
        kept = None if self.error is None else less(self.error["log10_end"], self.error["log10_entry"])
        right = same(m["path"], self.highway) and same(m["whole"], self.d["final"]["log10"])
        right &= (m["error"] is not None) == (self.error is not None and self.signal[0] is not None)
        right &= m["error"] is None or same(m["error"], kept)
        judged = verdict(kept if m["error"] else self.d["final"]["log10"])
        shut = verdict(self.highway) == "vanishing"
        said = m["said"]
        if "sends no error" in said:
            return right and self.error is not None and self.signal[0] is None
        if "would open the path" in said:
            return right and judged == "vanishing" and shut
        if "open" in said:
            others = re.search(r"(\d+) other units? (?:has|have) one that is not", said)
            paths = self.d["steps"][-1]["units"]["log10_highway"]
            closed = sum(verdict(one) == "vanishing" for one in paths)
            right &= int(others[1] if others else 0) == closed
            return right and judged == "vanishing" and not shut
        if "grows" in said:
            return right and judged == "exploding"
        return right and judged == "stable" and "arrives" in said

    def nothing(self, m: Match) -> bool:
        return self.zero(m) and (place(m, "at"), place(m, "last")) == (self.to_t[0], self.to_t[self.k])

    def zero(self, _: Match) -> bool:
        return self.d["final"]["log10"] is None

    def one_word(self, _: Match) -> bool:
        return bool(self.k == 0)

    def run(self, m: Match) -> bool:
        model = self.d["model"]
        several = model["num_layers"] > 1 or model["bidirectional"]
        return several and m["direction"] == self.d["direction"] and m["layer"] in (None, str(self.d["layer"]))


N = r"([-+]?[\d.]+(?:e[-+]\d+)?)"
V = "(?P<v>vanishing|stable|exploding)"


def named(name: str) -> str:
    return NAMED.format(name)


def number(name: str) -> str:
    return rf"(?P<{name}>[-+]?\d+(?:\.\d+)?(?:e[-+]\d+)?)"


SENTENCES: list[tuple[str, Callable[[Claims, Match], bool]]] = [
    (r"Each word is of a whole way, not of one step: vanishing leaves less than (?P<less>\w+), exploding more than (?P<more>\w+), stable what is between\.", Claims.meaning),
    (rf"The one (?:word|input), {named('at')}, gets a ‖∂L/∂x_t‖ of {number('value')}\.", Claims.one_input),
    (r"vanishing: the product ‖∂\w_\d+/∂\w_\d+‖ of \d+ Jacobians? is 0 in float64\.", Claims.zero),
    (rf"{V}: the product ‖∂\w_(?P<from>\d+)/∂\w_(?P<to>\d+)‖ is {number('value')} after (?P<k>\d+) steps? back(?:, between a half and twice:|,) what is kept of the error that it favours most\.", Claims.product),
    (rf"On average it (?P<way>falls|grows) (?:to 1/e = 37%|by a factor of e = 2\.7) every {number('n')} steps?(?:, more than these (?P<beyond>\d+), if it goes on so)?: \d+ / {N}, the steps over \|ln {N}\|\.", Claims.average),
    (rf"{V}: the error of this loss, ‖∂L/∂(?P<state>\w)_t‖, is {number('start')} at {named('at')}(?:, where the loss reads h alone, {number('one')} one step back, where all states have it,)? and {number('end')} at {named('last')}: {number('kept')} times that(?: of one step back)?\.", Claims.of_loss),
    (rf"no error: ‖∂L/∂\w_t‖ is 0 in float64 at {named('at')} already\. This loss asks for no change of any state(?P<run> of this run)?\.", Claims.no_error),
    (rf"{V}: the direct path ∏ [^.]+? is {number('value')}, of the unit that keeps most\.", Claims.direct_path),
    (rf"‖[^‖]+‖ never falls under 1% of what it is at {named('at')}\.", Claims.never_lost),
    (rf"‖[^‖]+‖ is under 1% of what it is at {named('at')} from {named('from')} on back: (?P<k>\d+) steps?\.", Claims.lost),
    (rf"‖[^‖]+‖ is under 1% of what it is at {named('at')} for the first time at {named('down')}, (?P<k>\d+) steps? back, and comes back at {named('up')}, (?P<back>\d+) steps? back(?:; from {named('on')}, (?P<stays>\d+) steps? back on it stays under|; at the end of the path it is not under)\.", Claims.comes_back),
    (rf"Of the (?:words|inputs), {named('most')}(?: and (?P<equals>\d+) others?)? gets? the largest ‖∂L/∂x_t‖, {number('value')}; (?:none gets under 1% of that|under 1% of that gets? (?P<n>\d+) of (?P<of>\d+): (?P<list>[^.]+?))\.", Claims.words),
    (r"No (?:word|input) gets any of it: ‖∂L/∂x_t‖ is 0 in float64 at each\.", Claims.no_words),
    (rf"! The spectral radius {N} misleads: \w+ is not normal \(departure {N}\), so ‖\w+\^k‖ rises to {N} at k = (?P<k>\d+)(?P<then> before it decays|, where this path ends; it decays only later)\.", Claims.not_normal),
    (rf"! The product itself grows on its way: {number('peak')} at {named('at')}, (?P<k>\d+) steps? back, and {number('end')} at {named('last')}\.", Claims.grows_first),
    (rf"! The spectral radius {number('r')} says (?P<says>exploding|vanishing), yet (?:over these steps )?the product (?P<does>vanishes|grows)(?:: [^.]+)?\.", Claims.radius),
    (r"in the (?P<direction>forward|backward) run(?: of layer (?P<layer>\d+))?,", Claims.run),
    (rf"of the {number('whole')} decades over {STEPS}, W_hh alone accounts for {number('weights')} and saturation for {number('slopes')}: here (?P<more>\w+) does more\.", Claims.split),
    (rf"W_hh\^\d+ is 0 to rounding, so by W_hh alone nothing would come back over {STEPS}; the slopes, which differ from unit to unit and step to step, let {number('whole')} through\.", Claims.nilpotent),
    (rf"over {STEPS} the direct path ∏ .+? keeps {number('path')} of the unit that keeps most, the whole product {number('whole')}(?:, this loss's error {number('error')}(?: from one step back on)?)?: (?P<said>[^.]+)\.", Claims.advice),
    (rf"the product of the Jacobians is 0 in float64: nothing of what enters at {named('at')} comes back to {named('last')}\.", Claims.nothing),
    (r"one word(?:: there is no step to go back through| has no step back through time: give at least two words)\.", Claims.one_word),
]  # fmt: skip


def held(text: str, claims: Claims) -> int:
    """How many claims a text makes. AssertionError where one is false, or where there are words that no pattern knows."""
    text, found = " ".join(text.split()), 0
    while text:
        for pattern, right in SENTENCES:
            match = re.match(pattern, text)
            if match is not None:
                assert right(claims, match), match[0]
                text, found = text[match.end() :].lstrip(), found + 1
                break
        else:
            raise AssertionError(f"no check knows: {text[:200]}")
    return found


def page_and_document(result: object) -> tuple[str, Any]:
    shown = Result(result)
    return shown.page(), validate(shown.document())


def check_path(path: object) -> int:
    """The sentences and the columns of one path's page."""
    page, document = page_and_document(path)
    body = re.search(r"\nVerdict[^\n]*\n(.*?)\nNotice  (.*?)\nNext", page, re.DOTALL)
    assert body is not None
    claims = Claims(document)
    return held(body[1], claims) + held(body[2], claims) + check_columns(page, document)


def check_columns(page: str, document: Any) -> int:
    """Each number of the first table stands in the row that its heading says."""
    table = page.partition("each row is one factor further\n")[2].partition("‖·‖")[0].splitlines()
    header, rows = table[0], {int(line.split()[0]): line for line in table[1:] if line.split()[0].isdigit()}
    at = "t-1" if document["direction"] == "backward" else "t+1"
    first = document["steps"][0]["from_t"]
    assert (f"‖J_{{{at}}}‖" if document["final"]["k"] > 1 else f"‖J_{first}‖") in header
    own = {one["t"]: one for one in document["jacobians"]}
    step = 1 if document["direction"] == "forward" else -1
    for one in document["steps"]:
        line = rows[one["k"]]
        assert line.split()[1] == str(one["to_t"])
        if not one["k"]:
            assert "%" not in line
            continue
        norm, saturated = line.split()[-2:]
        factor = own[one["to_t"] + step if one["k"] > 1 or one["to_t"] else first]
        assert same(norm, factor["log10"])
        assert float(saturated.lstrip("<>")[:-1]) == pytest.approx(100 * factor["saturation"], abs=0.06)
    return 2 * len(rows)


@st.composite
def drawn_models(draw: st.DrawFn, cell: str | None = None) -> Model:
    """A network of any cell, its weights from next to nothing to far too large."""
    model = build_network(
        draw(st.sampled_from(sorted(CELLS))) if cell is None else cell,
        hidden_size=draw(st.integers(1, 4)),
        num_layers=draw(st.integers(1, 2)),
        bidirectional=draw(st.booleans()),
        task=draw(st.sampled_from(("many-to-one", "many-to-many"))),
        seed=draw(st.integers(0, 999)),
    )
    model.network.parameters.flat[...] *= draw(st.sampled_from((0.2, 1.0, 4.0, 30.0)))
    for layer in range(model.network.architecture.num_layers):
        for direction in model.network.architecture.directions:
            for name, array in model.network.named(layer, direction).items():
                if name.startswith("b_"):
                    array += draw(st.sampled_from((0.0, 4.0, -4.0)))
    return model


TEXTS = st.lists(st.sampled_from(("a", "b", "we", "not", "NLP")), min_size=1, max_size=7).map(" ".join)


@given(drawn_models(), TEXTS, st.data())
def test_every_sentence_about_a_path_is_true(model: Model, text: str, data: st.DataObject) -> None:
    a = model.network.architecture
    path = gradients_along(
        model,
        encode_text(text, model, 0),
        layer=str(data.draw(st.integers(0, a.num_layers - 1))),
        direction=data.draw(st.sampled_from(a.directions)),
        target=data.draw(st.sampled_from((None, "positive", "negative"))),
    )
    assert check_path(path) >= 3


@settings(max_examples=8)
@given(st.sampled_from(cells_with_a_recurrent_matrix()), st.sampled_from((0.0, 0.5, 0.999, 1.5)), st.integers(1, 12))
def test_every_sentence_about_a_matrix_is_true(cell: str, radius: float, steps: int) -> None:
    path = gradients_through_matrix(radius, steps=steps, cell=cell, hidden_size=3, seed=steps)
    page, document = page_and_document(path)
    body = re.search(r"\nVerdict[^\n]*\n(.*?)\nNotice  (.*?)\nNext", page, re.DOTALL)
    assert body is not None
    assert held(body[1], MatrixClaims(document)) + held(body[2], MatrixClaims(document)) >= 2


class MatrixClaims(Claims):
    """The rows of a matrix begin at k = 1; the product is 1 at k = 0."""

    def __init__(self, document: Any) -> None:
        super().__init__(document)
        self.to_t[0] = document["length"]
        self.signal = [0.0, *self.signal]
        self.under = {k: one is None or one < LITTLE for k, one in enumerate(self.signal)}


@settings(max_examples=12)
@given(st.lists(st.sampled_from(sorted(CELLS)), min_size=2, max_size=4, unique=True), TEXTS, st.data())
def test_every_row_of_a_comparison_is_true(cells: list[str], text: str, data: st.DataObject) -> None:
    both, task = data.draw(st.booleans()), data.draw(st.sampled_from(("many-to-one", "many-to-many")))
    models = [build_network(cell, bidirectional=both, task=task, seed=data.draw(st.integers(0, 9))) for cell in cells]
    scale = data.draw(st.sampled_from((0.5, 1.0, 8.0)))
    for model in models:
        model.network.parameters.flat[...] *= scale
    page, document = page_and_document(
        GradientComparison(tuple(gradients_along(model, encode_text(text, model, 0)) for model in models))
    )
    summary = page.partition("\nVerdict")[2]
    assert both == ("forward run" in summary.splitlines()[0])
    ends = {}
    losses = any(one["signals"]["error"] is not None for one in document["series"])
    assert ("error keeps" in summary) == losses
    late = [one["cell"] for one in document["series"] if (one["signals"]["error"] or {}).get("entry")]
    since = re.search(r"left at the last row(?:, of (.*?) from k = 1 on)?", " ".join(summary.split()))
    assert (since[1] or "" if since else "") == (" and ".join(late))
    beyond = [one for one in document["series"] if one["final"]["log10"] and -one["final"]["log10"] * log(10) < 1]
    assert ("1/e after more steps than there are rows" in summary.replace("\n", " ")) == any(
        one["final"]["log10"] < 0 for one in beyond
    )
    for one in document["series"]:
        claims = Claims(one)
        own = r"\s+(?P<error>none|[-+.e0-9]+)" if losses else "(?P<error>)"
        line = next(line for line in summary.splitlines() if line.split()[:1] == [one["cell"]])
        found = re.fullmatch(
            rf"\s*(?P<cell>\w+)\s+{V}\s+{number('end')}\s+(?P<e>.+?)\s\s+(?P<under>never|.+? back){own}(?:\s\s+(?P<path>.*?)(?:\s\s+[-+]\S+)?)?", line
        )  # fmt: skip
        assert found is not None, line
        ends[one["cell"]] = one["final"]["log10"]
        assert found["v"] == one["verdict"] == verdict(one["final"]["log10"])
        assert same(found["end"], one["final"]["log10"])
        under = [row["log10"] is None or row["log10"] < LITTLE for row in one["steps"]]
        first = next((k for k, is_under in enumerate(under) if is_under), None)
        assert (found["under"] == "never") == (first is None)
        if first is not None and found["under"] != "never":
            back = next((k for k in range(first, len(under)) if not under[k]), None)
            said = re.findall(r"\d+", found["under"])
            assert said == ([str(first)] if back is None else [str(first), str(back - 1)])
        ratio = None if claims.error is None else less(claims.error["log10_end"], claims.error["log10_entry"])
        assert (
            found["error"] in ("none", "")
            if claims.error is None or claims.signal[0] is None
            else same(found["error"], ratio)
        )
        if claims.highway is not None and found["path"]:  # a wide one stands in a table of its own, below
            assert same(found["path"].split()[-1], claims.highway)
    times = re.search(r"product of the (\w+) is (\S+) times as large as that of the (\w+)\.", " ".join(summary.split()))
    if times is not None:
        assert ends[times[1]] == max(ends.values())
        assert ends[times[3]] == min(ends.values())
        assert same(times[2], ends[times[1]] - ends[times[3]]) or float(times[2]) == pytest.approx(
            10 ** (ends[times[1]] - ends[times[3]]), rel=6e-3
        )


FACTORS = st.one_of(
    st.floats(-3, 3),
    st.sampled_from((0.0, 1.0, -1.0, 0.5, -0.5, -2.0, 0.9999999, -1.0000001, 1 - 2**-53, 1e-300, 0.1, -0.07)),
    st.integers(1, 400).map(lambda k: 0.01 ** (1 / k)),
)


@settings(max_examples=40)
@given(FACTORS, st.integers(1, 3000))
def test_every_sentence_about_a_factor_is_true(factor: float, steps: int) -> None:
    page, document = page_and_document(powers_of([factor], steps))
    meaning, _, text = " ".join(page.partition("\nVerdict")[2].split()).partition(" 1 itself stable ")
    assert meaning == "in the long run: under size 1 vanishing, over 1 exploding,"
    size, final = abs(factor), document["final"]
    said = re.match(r"(\S+) (vanishing|stable|exploding):", text)
    assert said is not None
    assert float(said[1]) == factor
    assert said[2] == ("vanishing" if size < 1 else "exploding" if size > 1 else "stable")
    assert ("Its sign flips at every step" in text) == (factor < 0)
    keeps = re.search(r"each step keeps (\S+)% of the size", text)
    if keeps is not None:
        assert float(keeps[1]) / 100 == pytest.approx(size, rel=1e-3)
        assert float(keeps[1]) < 100
        assert float(keeps[1]) > 0
    multiplies = re.search(r"each step multiplies by (\S+)\. ", text)
    assert multiplies is None or float(multiplies[1]) == factor
    after = re.search(
        r"After ([\d,]+) steps? (?:it is )?(\S+?)(?: is left)?(: at this rate it \w+ in the long run)?\. ", text
    )
    if after is not None:
        assert int(after[1].replace(",", "")) == steps
        assert after[2].startswith("-") == (factor < 0 and steps % 2 == 1) == final["negative"]
        assert same(after[2].lstrip("-"), final["log10"])
        assert (after[2].lstrip("-") == "1") == (size == 1)
        assert bool(after[3]) == (size != 1 and abs(final["log10"]) <= TWICE)
        assert after[3] is None or ("explodes" in after[3]) == (size > 1)
    under = re.search(r"under 1% from k = ([\d,]+)", text)
    if under is not None:
        k = int(under[1].replace(",", ""))
        assert k == document["lost_at"]
        with localcontext() as context:
            context.prec, context.Emin = 200, -(10**9)
            assert Decimal(size) ** k < Decimal("0.01") <= Decimal(size) ** (k - 1)
    beyond = re.search(r"--factor (\S+) --steps (\d+) far beyond", text)
    if beyond is not None:
        reach = document["reach"]["float64"]
        assert float(beyond[1]) == factor
        assert int(beyond[2]) >= (reach["overflow_at"] or reach["below_subnormal_at"])
    learnt, later = "can hardly be learnt" in text, re.search(r"it falls under 1% from k = ([\d,]+) on", text)
    assert not learnt or steps >= document["lost_at"]
    assert later is None or steps < int(later[1].replace(",", "")) == document["lost_at"]
    assert (" with its sign turned" in text) <= final["negative"]


def test_a_nilpotent_matrix_is_told_in_words() -> None:
    model = build_network("rnn", hidden_size=4)
    model.network.packed(0, "forward")["W_h"][...] = np.outer([1, 2, 1, 1], [2, -1, 1, -1]) / 2
    path = gradients_along(model, encode_text("a b c d e", model, 0))
    page, _ = page_and_document(path)
    assert check_path(path) >= 5
    assert "W_hh^4 is 0 to rounding" in " ".join(page.split())
    for word in ("beyond all floats", "inf", "nan"):
        assert word not in page


@pytest.mark.parametrize(
    ("steps", "says"),
    [(3, "comes back at t = 1, 2 steps back; at the end"), (6, "comes back at t = 4, 2 steps back; at the end")],
)
def test_what_comes_back_is_not_called_lost(steps: int, says: str) -> None:
    """The last step is saturated and lets 0.3% through; each step before it multiplies by 5."""
    model = build_network("rnn", input_size=1, hidden_size=1)
    for name, array in model.network.named(0, "forward").items():
        array[...] = {"W_xh": 1.0, "W_hh": 5.0, "b_h": 0.0}[name]
    x = np.zeros((steps, 1))
    x[-1] = np.arctanh(np.sqrt(1 - 0.0006))
    path = gradients_along(model, from_numbers(x, model, "--input"))
    assert check_path(path) >= 5
    assert says in " ".join(page_and_document(path)[0].split())


def built(cell: str = "rnn", task: str = "many-to-one", bidirectional: bool = False, **weights: Any) -> Model:
    """A network of two units that reads two numbers; its weights are 0 but for those that are given."""
    labels = ("no", "yes")
    model = build_network(
        cell, input_size=2, hidden_size=2, num_layers=1, bidirectional=bidirectional, task=task, labels=labels
    )
    model.network.parameters.flat[...] = 0
    for direction in model.network.architecture.directions:
        for name, array in model.network.named(0, direction).items():
            array[...] = weights.get(name, 0)
    model.network.parameters["readout.W_hy"][...] = weights.get("W_hy", 0)
    return model


EYE = np.eye(2)
PATHS: dict[str, Any] = {"W_xg": EYE, "W_hy": [[0, 1], [0, -1]]}
ODD: list[tuple[str, Model, str]] = [
    ("tanh(40) has a slope that float64 rounds to 0", built(W_xh=40 * EYE, W_hh=30 * EYE, W_hy=EYE), "is 0 in float64"),
    ("each step has a loss of its own", built(task="many-to-many", W_xh=EYE, W_hy=EYE), "and 3 others get the largest"),
    ("the loss reads the unit that forgets", built("lstm", b_f=[10, -6], **PATHS), "1 other unit has one that is not"),
    ("what grows is no matter of the path", built("lstm", W_hg=30 * EYE, W_xg=EYE / 99, W_hy=EYE), "and not on the path"),
    ("the powers still rise where the path ends", built(W_hh=[[0.9, 5], [0, 0.9]], W_hy=EYE), "it decays only later"),
    ("the other run has an error", built(bidirectional=True, W_xh=EYE, W_hy=[[0, 0, 1, 0], [0, 0, 0, 1]]), "of this run"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "model", "says"), ODD, ids=[why for why, _, _ in ODD])
def test_what_is_said_of_odd_networks_is_true(why: str, model: Model, says: str) -> None:
    path = gradients_along(model, from_numbers(np.ones((4, 2)) / 2, model, "--input"), target=None, direction="forward")
    assert check_path(path) >= 4
    assert says in " ".join(page_and_document(path)[0].split())
