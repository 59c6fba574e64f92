"""What pages of trace, forward and bptt say in words is held against the numbers of the same command's document.

Each sentence is parsed, and what it claims is computed again, from other numbers than the sentence was made of where the
document has them: over random networks of every cell, sizes, texts and options.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.bptt import bptt
from rnn_cli.core.cells import made_cell
from rnn_cli.core.network import MANY_TO_MANY, MANY_TO_ONE
from rnn_cli.core.verification import check_gradient
from rnn_cli.front.model import Model
from rnn_cli.models.model import Model as LoadedModel
from rnn_cli.study import bptt_report
from tests.support.backward import traced
from tests.support.networks import KINDS, architecture_of, random_network
from tests.support.signs import SIGNED_ZERO

NETWORKS_OF_A_KIND = 2
LABELS = ("red", "green", "blue")
WORDS = ("I", "love", "cats", "and", "they", "know", "it")
Document = dict[str, Any]
NUMBER = r"([-+]?\d\S*?)"
PLACE = r"(?: \(([^)]*)\))?"


class Case:
    """A random network, a text or vectors for it, and the options of a page, all from one seed."""

    def __init__(self, kind: str, seed: int) -> None:
        draw = np.random.default_rng([seed, *kind.encode()])
        self.one = bool(draw.integers(2))
        self.T = int(draw.integers(1, 7))
        classes = int(draw.integers(1, 4))
        a = architecture_of(
            kind,
            input_size=2,
            hidden_size=int(draw.integers(1, 5)),
            num_layers=int(draw.integers(1, 4)),
            bidirectional=bool(draw.integers(2)),
            task=MANY_TO_ONE if self.one else MANY_TO_MANY,
            output_size=classes,
        )
        network = random_network(a, seed, scale=float(draw.choice([0.2, 1.0, 3.0])))
        self.architecture = a
        self.model = Model(LoadedModel("random", network, "random", labels=LABELS[:classes]), "random", seed)
        vectors = draw.normal(size=(self.T, 2)) * (draw.random(self.T) > 0.2)[:, None]
        self.x: Any = " ".join(draw.choice(WORDS, self.T)) if draw.integers(2) else vectors
        self.layers = [int(draw.integers(a.num_layers))] if draw.integers(3) == 0 else list(range(a.num_layers))
        self.directions = [str(draw.choice(a.directions))] if draw.integers(3) == 0 else list(a.directions)
        self.shown: dict[str, Any] = {
            "layer": self.layers if len(self.layers) < a.num_layers else None,
            "direction": self.directions[0] if len(self.directions) < len(a.directions) else None,
        }
        labels = [str(label) for label in draw.choice(LABELS[:classes], self.T)]
        self.target: dict[str, Any] = {"target": labels[0]} if self.one else {"targets": labels}
        self.truncate = int(draw.integers(1, self.T + 1))
        self.clip: dict[str, Any] = {
            str(draw.choice(["clip_norm", "clip_value"])): float(draw.choice([0.01, 0.3, 100.0]))
        }

    def places(self, page: str) -> list[tuple[int, str]]:
        """The layers and directions that a page shows, which says where they are not all; an overview shows all."""
        said = None if "Overview" in page else re.search(r"Shown: layers? ([\d, ]+) of", text_of(page))
        layers = [int(layer) for layer in said[1].split(", ")] if said else self.layers
        return [(layer, direction) for layer in layers for direction in self.directions]

    def place(self, named: str | None) -> tuple[int, str]:
        """The layer and the direction that a sentence names; it names them where the network has several."""
        a = self.architecture
        named = named or ""
        assert ("layer" in named) == (a.num_layers > 1), named
        assert ("ward" in named) == a.bidirectional, named
        layer = int(named.partition("layer ")[2][:1] or 0)
        return layer, "backward" if "backward" in named else "forward"


def text_of(page: str) -> str:
    """A page as one line, with single blanks; no zero on it has a sign."""
    assert not SIGNED_ZERO.search(page), SIGNED_ZERO.search(page)
    return " ".join(page.split())


def notice_of(page: str) -> str:
    said = re.search(r"Notice (.*?)(?: Next |$)", text_of(page))
    assert said is not None
    return said[1].strip()


def same_share(said: str, value: float) -> None:
    """Whether "94.2%" is the value; "<0.0001%" and ">99.9999%" are bounds."""
    number = float(said.strip("<>%"))
    if said[0] in "<>":
        assert (100 * value < number) if said[0] == "<" else (100 * value > number), (said, value)
    else:
        assert 100 * value == pytest.approx(number, abs=0.0501), (said, value)


def same_number(said: str, value: float) -> None:
    assert float(said) == pytest.approx(value, abs=0.50001e-4, rel=5.1e-3 if "e" in said else 0), (said, value)


def check_trace(case: Case) -> Counter[str]:
    found = case.model.trace(case.x, **case.shown)
    page, steps = found.page(), found.document()["steps"]
    notice, places = notice_of(page), case.places(page)
    said = re.fullmatch(
        rf'unit (\d+){PLACE} moves most at "(.*)" \(step (\d+)\): from {NUMBER} to {NUMBER}(?:; (\d+) other moves? (?:is|are) as large)?\. .*',
        notice,
    )
    shown = [one for one in steps if (one["layer"], one["direction"]) in places]
    moves = [np.abs(np.array(one["h"]) - one["h_prev"]).max() for one in shown]
    if case.T == 1:
        assert notice.startswith("With one step there is no memory yet")
        assert not any(np.any(one["h_prev"]) for one in shown)
        return Counter({"trace, one step": 1})
    if said is None:
        assert notice == "no unit moves: every h_t is what h_0 is."
        assert max(moves) == 0
        return Counter({"trace, no unit moves": 1})
    unit, t = int(said[1]) - 1, int(said[4])
    layer, direction = case.place(said[2])
    own = next(one for one in shown if (one["layer"], one["direction"], one["t"]) == (layer, direction, t))
    assert abs(own["h"][unit] - own["h_prev"][unit]) == max(moves)
    every = np.concatenate([np.abs(np.array(one["h"]) - one["h_prev"]) for one in shown])
    assert int(said[7] or 0) == int((every >= max(moves) * (1 - 1e-12)).sum()) - 1
    assert own["token"] in (None, said[3])
    same_number(said[5], own["h_prev"][unit])
    same_number(said[6], own["h"][unit])
    return Counter({"trace, moves most": 1})


def shares_of(case: Case, layer: Document) -> Array | None:
    """What each step keeps of the state before it, in the order of the run, worked out of the document."""
    gates = {name: np.array(values) for name, values in layer["gates"].items()}
    keeps = made_cell(case.architecture.cell, case.architecture.options).keeps
    if keeps is None:
        return None
    share = 1 - gates[keeps[0][4:]] if keeps[0].startswith("1 - ") else gates[keeps[0]]
    order = slice(None, None, -1 if layer["direction"] == "backward" else 1)
    share = share[order]
    if keeps[1] == "c/n":
        m, n = (np.vstack([layer[f"{name}0"], np.array(layer[name])[order]]) for name in "mn")
        share = np.exp(share + m[:-1] - m[1:]) * n[:-1] / n[1:]
    share[0] = -1  # what is before the first step is zeros: there is nothing to keep
    return np.asarray(share[order])


def check_forward(case: Case) -> Counter[str]:
    found = case.model.forward(case.x, **case.shown)
    page, document = found.page(), found.document()["sequences"][0]
    notice, places = notice_of(page), case.places(page)
    left_in = [one for one in document["layers"] if one["layer"] in case.layers and one["direction"] in case.directions]
    layers = [one for one in left_in if (one["layer"], one["direction"]) in places]
    shares = [shares_of(case, one) for one in layers]

    def own(named: str | None) -> int:
        return [(one["layer"], one["direction"]) for one in layers].index(case.place(named))

    if said := re.fullmatch(
        rf'unit (\d+){PLACE} keeps most at "(.*)" \(step (\d+)\): .* = {NUMBER} lets (\S+) of .*', notice
    ):
        value = shares[own(said[2])][int(said[4]) - 1, int(said[1]) - 1]  # type: ignore[index]
        assert value == pytest.approx(max(share.max() for share in shares if share is not None), rel=1e-12)
        same_number(said[5], value)
        same_share(said[6], value)
        return Counter({"forward, keeps most": 1})
    h = [np.array(one["h"]) for one in layers]
    if said := re.fullmatch(
        rf"h\[(\d+)\]\[(\d+)\]{PLACE} = {NUMBER} is the closest .* by (only )?(\S+) of it .*", notice
    ):
        value = h[own(said[3])][int(said[1]) - 1, int(said[2]) - 1]
        assert abs(value) == max(np.abs(one).max() for one in h)
        same_number(said[4], value)
        same_share(said[6], 1 - value**2)
        assert bool(said[5]) == (1 - value**2 < 0.5)
        return Counter({"forward, closest to the limits": 1})
    if said := re.fullmatch(r"(\S+) of (\S+) hidden values? (?:is|are) exactly 0: .*", notice):
        every = [np.array(one["h"]) for one in left_in]
        assert int(said[1]) == sum((one == 0).sum() for one in every)
        assert int(said[2]) == sum(one.size for one in every)
        return Counter({"forward, silent units": 1})
    assert notice.startswith("with one step there is no memory yet"), notice
    assert case.T == 1
    return Counter({"forward, one step": 1})


def error_sizes(case: Case, document: Document) -> dict[tuple[str, int], float]:
    """The size of the whole error at each step of the top layer: of an sLSTM as that of [h; c/n; ln n + m]."""
    traced = {(s["layer"], s["direction"], s["t"]): s for s in case.model.trace(case.x).document()["steps"]}
    sizes = {}
    for step in document["steps"]:
        parts = [np.array(step[key]) for key in step if re.fullmatch(r"dL_d[hcnm]", key)]
        if "dL_dn" in step:
            state = traced[step["layer"], step["direction"], step["t"]]
            c, n, dc, dn = (np.array(one) for one in (state["c"], state["n"], step["dL_dc"], step["dL_dn"]))
            parts = [np.array(step["dL_dh"]), n * dc, c * dc + n * dn]
        if step["layer"] == case.architecture.num_layers - 1:
            sizes[step["direction"], step["t"]] = float(np.linalg.norm(np.concatenate(parts)))
    return sizes


def check_error_back(case: Case, notice: str, document: Document) -> Counter[str]:
    """A sentence for each direction, each with its layer and direction named."""
    sizes, counted = error_sizes(case, document), Counter[str]()
    sentences = re.findall(r"(?:[^.]|\.(?! |$))+\.", notice)
    assert len(sentences) == len(case.architecture.directions), notice
    for sentence, direction in zip(sentences, case.architecture.directions, strict=True):
        end, start = (1, case.T) if direction == "backward" else (case.T, 1)
        assert case.place(
            sentence.lower().partition(": ")[0] if ": at " in sentence or ": no " in sentence else ""
        ) == (
            case.architecture.num_layers - 1 if case.architecture.num_layers > 1 else 0,
            direction,
        )
        here, there = sizes[direction, end], sizes[direction, start]
        said = re.search(
            r"\(step (\d+)\) the error of .*? is (?:(\S+) times as large as at \S+ \(step (\d+)\), one step back, where all states "
            r"have it, and )?(\S+) times as large as at \S+ \(step (\d+)\)(, where the loss reads h alone)?: it (\w+)",
            sentence,
        )
        if said is None:
            assert (here if "o error arrives" in sentence else there) == 0, sentence
            counted["bptt, no error"] += 1
            continue
        assert (int(said[1]), int(said[5])) == (start, end)
        assert float(said[4]) == pytest.approx(there / here, rel=6e-3)
        assert bool(said[2]) == bool(said[6])
        joint = len(made_cell(case.architecture.cell, case.architecture.options).coordinate_names) > 1
        assert bool(said[2]) <= joint
        if said[2]:
            back = 2 if direction == "backward" else case.T - 1
            here = sizes[direction, back]
            assert int(said[3]) == back
            assert float(said[2]) == pytest.approx(there / here, rel=6e-3)
            counted["bptt, the error from one step back on"] += 1
        else:
            assert case.T == 2 or not joint or sizes[direction, 2 if direction == "backward" else case.T - 1] == 0
        assert said[7] == ("kept" if (said[2] or said[4]) == "1" else "grew" if there > here else "shrank")
        counted["bptt, the error at both ends"] += 1
    return counted


def cells_of(document: Document) -> Array:
    return np.concatenate(
        [np.ravel(v) for one in document["gradients"]["layers"] for k, v in one.items() if k[:2] in ("W_", "b_", "p_")]
    )


def links_of(document: Document) -> set[tuple[int, str]]:
    """The steps and directions through which one loss gives something to the cells."""
    given = [one for one in document["steps"] if any(np.any(v) for v in one["contribution"].values())]
    return {(one["t"], one["direction"]) for one in given}


def check_truncated(case: Case, full: Document) -> Counter[str]:
    found = case.model.bptt(case.x, truncate=case.truncate, **case.target)
    page, document = found.page(), found.document()
    notice, cut = notice_of(page), document["truncation"]
    assert "the cut of this page is not in it" in text_of(page)
    if case.T == 1:
        assert not cut["cut"]
        return Counter()
    if case.one:
        lost = {(one["step"], one["direction"]) for one in cut["cut"]}
        assert lost == links_of(full) - links_of(document)
    a, b = cells_of(full), cells_of(document)
    shown = re.search(r"links lost (\d+) ", text_of(page))
    assert shown is not None
    assert int(shown[1]) == len(cut["cut"])
    if "nothing is lost" in notice:
        np.testing.assert_allclose(b, a, rtol=1e-12, atol=1e-300)
        return Counter({"bptt, nothing is lost": 1})
    said = re.search(r"with (\S+) of the full one's norm, turned by (\S+) degrees: (\d+) links? that", notice)
    if said is None:
        assert "leaves nothing" in notice
        assert not b.any()
        return Counter({"bptt, nothing is left": 1})
    same_share(said[1], float(np.linalg.norm(b) / np.linalg.norm(a)))
    cosine = float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
    assert float(said[2]) == pytest.approx(np.degrees(np.arccos(min(1.0, max(-1.0, cosine)))), abs=0.0502)
    assert int(said[3]) == len(cut["cut"]) > 0
    return Counter({"bptt, what the cut leaves": 1, "bptt, links lost": 1})


def loss_without(case: Case, t: int, document: Document) -> float:
    """The loss of the sequence without step t, from a forward pass of it."""
    inputs = np.delete(np.array(case.model.forward(case.x).document()["sequences"][0]["inputs"]), t - 1, axis=0)
    logits = np.array(case.model.forward(inputs).document()["sequences"][0]["logits"])
    return float(np.logaddexp.reduce(logits) - logits[LABELS.index(document["target"])])


def check_bptt(case: Case) -> Counter[str]:
    page = case.model.bptt(case.x, **case.target, **case.clip, **case.shown).page()
    document = case.model.bptt(case.x, **case.target, **case.clip).document()  # of all: sentences speak of all
    words, notice, counted = text_of(page), notice_of(page), Counter[str]()
    assert document["loss"]["total"] >= 0
    assert min(one["loss"] for one in document["loss"]["steps"]) >= 0
    items = document["itemised"]
    for t, total in zip(items["loss_steps"], items["totals"], strict=True):
        row = re.search(rf"^ *L_{t} .*$", page[page.index("Which word's loss reaches") :], re.MULTILINE)
        assert row is not None
        assert ("gives nothing" in row[0]) == (total == 0)
        counted["bptt, an immediate part"] += 1
    change = document["descent"]["loss_after"] - document["descent"]["loss_before"]
    verdict = re.search(r" change \S+ (down|up|unchanged) ", words)
    assert verdict is not None
    assert verdict[1] == ("down" if change < 0 else "up" if change > 0 else "unchanged")
    clipping = document["clipping"]
    assert ("nothing to clip" in words) == (clipping["scale"] == 1)
    if "the direction is kept" in words:
        assert clipping["cosine"] == pytest.approx(1, abs=1e-12)
    counted.update(["bptt, the loss after a step", "bptt, clipping"])
    left, loss = document["left_out"], document["loss"]["total"]
    losses = np.array([one["loss"] for one in left["steps"]])
    most = rf'"\S*" \(step (\d+)\) changes the loss most(?:, and ([^:]*) as much)?: from {NUMBER} to {NUMBER} with'
    if said := re.search(most, words):
        t, changes = int(said[1]), np.abs(losses - loss)
        equal = np.flatnonzero(np.isclose(changes, changes.max(), rtol=1e-9, atol=1e-14 * changes.max())) + 1
        assert [t, *(int(one) for one in re.findall(r"\(step (\d+)\)", said[2] or ""))] == equal.tolist()
        same_number(said[3], loss)
        same_number(said[4], losses[t - 1])
        if case.one and case.T > 1:
            assert left["how"] == "removed"
            assert losses[t - 1] == pytest.approx(loss_without(case, t, document), abs=1e-12, rel=1e-9)
        counted["bptt, which step decides"] += 1
    elif said := re.search(rf"The one step changes the loss from {NUMBER} to {NUMBER} with zeros in its place", words):
        assert case.T == len(losses) == 1
        same_number(said[1], loss)
        same_number(said[2], losses[0])
    else:
        assert np.abs(losses - loss).max() == 0
    assert ("No loss is below 0" in words) == (document["descent"]["loss_promised"] < 0)
    if case.T == 1:
        assert notice.startswith("With one step nothing goes back"), notice
    elif case.one:
        counted += check_error_back(case, notice, document)
    elif said := re.search(r"the loss at .* \(step (\d+)\) gives to .* a norm of (\S+) of the whole's", notice):
        k = int(said[1]) - 1
        assert items["totals"][k] > 0
        same_share(said[2], items["immediate"][k] / items["totals"][k])
        counted["bptt, what came through memory"] += 1
    else:
        assert not np.any(items["totals"])
    return counted + check_truncated(case, document)


CHECKS = {"trace": check_trace, "forward": check_forward, "bptt": check_bptt}


@pytest.fixture(scope="module")
def counted() -> Counter[str]:
    """How often each claim was held against its numbers."""
    return Counter()


@pytest.fixture(scope="module", autouse=True)
def without_the_slow_check() -> Iterator[None]:
    """The gradient checks, which have tests of their own, are those of one small network: they would take most of the time."""
    network = random_network(architecture_of("rnn tanh", 1, 1, output_size=1))
    result, target = traced(network, 1)
    check = check_gradient(bptt(result, target), np.random.default_rng(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bptt_report, "check_gradient", lambda *_: check)
        yield


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_a_page_says_is_what_its_document_holds(kind: str, counted: Counter[str]) -> None:
    for seed in range(NETWORKS_OF_A_KIND):
        for check in CHECKS.values():
            counted += check(Case(kind, seed))


def test_every_kind_of_sentence_was_met(counted: Counter[str]) -> None:
    if sum(counted.values()) < 100:
        pytest.skip("the test before has not run")
    for claim in ("trace, moves most", "forward, keeps most", "forward, closest to the limits", "forward, silent units",
                  "bptt, the error at both ends", "bptt, the error from one step back on", "bptt, what the cut leaves", "bptt, links lost",
                  "bptt, which step decides", "bptt, what came through memory", "bptt, clipping"):  # fmt: skip
        assert counted[claim] > 0, claim
