"""The file that `rnn check --template` prints: filled it is right for every cell, blank it can be filled from its own text."""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.core.referee.compute import compute
from rnn_cli.core.referee.plan import Plan
from rnn_cli.core.state import State
from rnn_cli.errors import InputError
from rnn_cli.study.check.template import template
from tests.support.networks import KINDS, architecture_of, random_network
from tests.support.toy_cell import registered

T = 4


def made(source: str) -> dict[str, Any]:
    """What a file defines."""
    names: dict[str, Any] = {}
    exec(compile(source, "mine.py", "exec"), names)
    return names


def held_against_the_cell(program: dict[str, Any], kind: str) -> None:
    """Every number that the program returns is the cell's."""
    a = architecture_of(kind, 3, 4, task=MANY_TO_MANY, output_size=5)
    rng, network = np.random.default_rng(3), random_network(a)
    x, target = rng.standard_normal((T, 1, 3)), rng.integers(0, 5, (T, 1))
    initial = State(**{name: rng.uniform(0.2, 0.9, (1, 4)) for name in network.cell.states})
    right = compute(Plan(network, x, np.array([T]), {(0, "forward"): initial}, target))

    params = {**network.named(0, "forward"), **network.parameters.group("readout")}
    states = [array[0] for array in initial.values()]
    found = {
        **program["forward"](params, x[:, 0], *states),
        **program["backward"](params, x[:, 0], target[:, 0], *states),
    }

    begins = {f"d{name}_0": f"d{name}0" for name in initial}
    expected = {begins.get(key.name, key.name): array for key, array in right.items()}
    assert set(expected) <= set(found)
    for name, array in expected.items():
        whole = array[:, 0] if array.ndim == 3 else array[0] if name in begins.values() else array
        np.testing.assert_allclose(found[name], whole, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("kind", KINDS)
def test_the_filled_template_is_right(kind: str) -> None:
    held_against_the_cell(made(template(KINDS[kind][0], options=dict(KINDS[kind][1]))), kind)


def test_a_cell_with_odd_names_has_a_template_too() -> None:
    with registered() as name:
        program = made(template(name))
        assert {"kappa", "Q", "v", "h"} <= set(program["step"].__code__.co_varnames) and "kappa_t = tanh(" in program[
            "step"
        ].__doc__


def equations(text: str) -> Iterator[tuple[str, str]]:
    """The equations in a docstring: (left, right)."""
    for line in text.splitlines():
        for part in re.split(r"   +(?=\w+(?:_\{t-1\})? = |of )", line.strip()):
            left, sign, right = part.partition(" = ")
            if sign and " " not in left:
                yield left, re.split(r"  +(?=[a-z ]+$)", right)[0].strip()


def python(text: str) -> str:
    """An equation's right side as Python, read as a student reads it."""
    text = re.sub(r"^\w+ where .*", "", text).replace(" + the error of its own output", "")
    text = re.sub(r"\b(\w+)_\{t-1\}", r"\1_prev", text)
    text = re.sub(r"\((d\w)_t from the future\)", r"\1", text)
    text = re.sub(r"(W_\w+)\^T (\([^)]*\)|\w+)", r"(w.\1.T @ \2)", text)
    text = re.sub(r"\b(W_\w+) (\([^)]*\)|\w+)", r"(w.\1 @ \2)", text)
    text = re.sub(r"(?<!\.)\b([bp]_\w+)", r"w.\1", text)
    text = re.sub(r"\b([A-Za-z]\w*)_t\b", r"\1", text)
    text = re.sub(r"\b(\w) \(1 - \1\)", r"\1 * (1 - \1)", text)
    return text.replace("^2", "**2").replace("tanh(", "np.tanh(")


SIGMOID = "\n\ndef sigmoid(a):\n    return 1 / (1 + np.exp(-a))\n"
"""What a student writes for himself."""

OTHERS = {
    "logits": "h @ w.W_hy.T + w.b_y",
    "probabilities": "np.exp(logits - logits.max(1)[:, None])"
    " / np.exp(logits - logits.max(1)[:, None]).sum(1)[:, None]",
    "loss": "-np.log(probabilities[range(T), target]).sum()",
    "dlogits": "probabilities - np.eye(probabilities.shape[1])[target]",
    'sums["W_hy"]': "dlogits.T @ h",
    'sums["b_y"]': "dlogits.sum(0)",
    "dh": "dh + w.W_hy.T @ dlogits[t]",
}
"""What the cell's equations leave to the reader."""


def filled(source: str) -> str:
    """A blank template filled in from its own docstrings."""
    said = {}
    docstrings = "\n".join(re.findall(r'"""(.*?)"""', source, flags=re.DOTALL))
    for left, right in equations(docstrings.replace("sum over t of ", "").replace("sum of ", "")):
        said[left.removesuffix("_t").replace("_{t-1}", "_prev")] = re.sub(r"\bda\b", "da_h", python(right))

    def right_side(name: str) -> str:
        if name in said:
            return said[name]
        if name == "da_h":
            return said["da"]
        raise AssertionError(f"nothing says {name}:\n{source}")

    def given(match: re.Match[str]) -> str:
        name = match[1]
        own = said.get(f"d{name}")
        if name.startswith("b_"):
            return f'"{name}": {own if own and "⊗" not in own else f"da_{name[2:]}"},'
        if own is None or "⊗" not in own:
            own = f"da_{name[3:]} ⊗ {'x' if name.startswith('W_x') else 'h_prev'}" if own is None else own
        left, sign, right = own.partition(" ⊗ ")
        return f'"{name}": np.outer({left}, {right}),' if sign else f'"{name}": {own},'

    text = re.sub(r'"(\w+)": blank\("[^"]*"\),', given, source)
    text = re.sub(
        r'^( +)([\w\[\]"]+) = blank\("[^"]*"\)',
        lambda m: f"{m[1]}{m[2]} = {OTHERS[m[2]] if m[2] in OTHERS else right_side(m[2])}",
        text,
        flags=re.MULTILINE,
    )
    assert "blank(" not in text.split('still blank")')[1]
    return text + SIGMOID


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind][0] != "slstm" and "relu" not in kind])
def test_a_blank_template_can_be_filled_from_its_own_text(kind: str) -> None:
    held_against_the_cell(made(filled(template(KINDS[kind][0], True, dict(KINDS[kind][1])))), kind)


def test_a_blank_template_says_what_is_blank() -> None:
    program = made(template("lstm", blank=True))
    with pytest.raises(NotImplementedError, match="i_t, the input gate is still blank"):
        program["step"](None, None, None, None)


def test_a_cell_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="--cell lstn"):
        template("lstn")
