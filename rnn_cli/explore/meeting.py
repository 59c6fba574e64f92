"""Where the backward pass meets the forward pass: operands whose names do not say which number of it they are.

p, y                             of dlogits[2][1]: p[2][1], the softmax of the logits, and logits[2][1]
(1 where a_t > 0, else 0)        of da[2][1]: what a[2][1] decides
[i_t larger][1]                  of da_i[2][1]: what m[2][1] decides, the larger of the two
"""

import re
from typing import TYPE_CHECKING

from rnn_cli.core.activations import softmax
from rnn_cli.core.network import BACKWARD
from rnn_cli.core.why import Factor, Product
from rnn_cli.study.rows import BACK_KEY, Row

if TYPE_CHECKING:
    from rnn_cli.explore.numbers import Numbers

SLOPES = "dlogits"
P_KEY = re.compile(r"p((?:\[\d+\])?)\[(\d+)\]")
OF_OUTPUTS = {"p": "p", "y": "logits"}
DECIDED = {"where a_t >": "a", " larger]": "m"}
"""What stands in the name of an operand that is 1 or 0, and the number of the same unit that decides which."""


def met(name: str, above: str) -> str:
    """The key of what an operand of the number `above` is; its name where that says it."""
    output = OF_OUTPUTS.get(name, "") if above.startswith(SLOPES) else ""
    return output + above.removeprefix(SLOPES) if output else name


def decider(name: str, above: str, length: int) -> str:
    """The key of the number that decides whether an operand of the number `above` is 1 or 0; "" of any other."""
    kind, found = next((one for said, one in DECIDED.items() if said in name), ""), BACK_KEY.fullmatch(above)
    if not kind or found is None:
        return ""
    t = int(found[3])
    if found[2]:  # it was made at the step after
        t += -1 if found[6] == BACKWARD else 1
    where = above[above.index("@") :] if "@" in above else ""
    return f"{kind}[{t}][{found[4]}]{where}" if 1 <= t <= length else ""


def probability(numbers: "Numbers", key: str) -> tuple[float, tuple[Factor, ...], int] | None:
    """A probability, the logits of the same step, and which of them is its own, from 0; None of any other key."""
    found, logits = P_KEY.fullmatch(key), numbers.world.trace.logits
    if found is None or logits is None or numbers.world.model.numeric or bool(found[1]) != (logits.ndim > 1):
        return None
    t, k = int(found[1][1:-1]) if found[1] else 1, int(found[2]) - 1
    if not 1 <= t <= numbers.world.length or not 0 <= k < logits.shape[-1]:
        return None
    one = logits[t - 1] if found[1] else logits
    names = (f"logits{found[1]}[{c}]" for c in range(1, len(one) + 1))
    return float(softmax(one)[k]), tuple(Factor(name, float(a), name) for name, a in zip(names, one, strict=True)), k


def probability_row(numbers: "Numbers", key: str) -> Row | None:
    """The same as it is worked out: e to the logit, over the sum of these."""
    found = probability(numbers, key)
    if found is None:
        return None
    value, logits, k = found
    powers = [Factor(f"exp({one.name})", 0.0, one.source, "exp({})", one.value) for one in logits]
    total = Factor("the sum", 0.0, function="(1 / {})", inside=tuple(Product((one,), 0.0) for one in powers))
    return Row("", key, (), (Product((powers[k], total), value),), value, key)
