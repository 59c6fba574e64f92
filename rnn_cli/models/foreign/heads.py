"""What stands before and after the recurrent module of a state dict, found by shapes, and by names where shapes do not say.

    embedding    W (V, I), without a bias: row k is x_t where the token's id is k
    readout      W (C, D*H), with a bias (C,) or without: logits = W h + b

A matrix that fits both by its shape is taken by its name. Where several fit, or where a normalisation may stand between,
the person is asked: another network must not be computed quietly.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rnn_cli.core.arrays import Array
from rnn_cli.models.foreign.choices import NONE, Choices
from rnn_cli.models.foreign.names import Tensors
from rnn_cli.models.foreign.recurrent import Recurrent

EMBEDDING_NAMES = re.compile(r"emb|lookup|wte|vectors|vocab|word|char|token|encoder|\bi2e\b|\benc\b", re.IGNORECASE)
READOUT_NAMES = re.compile(
    r"fc|lin|out|dec|class|head|pred|proj|dense|score|logit|hidden2|h2|2tag|2label|\btag|label|affine|softmax",
    re.IGNORECASE,
)
ATTENTION = re.compile(
    r"(?:.*\.)?(?:\w*(?:attn|attention|attend)\w*|(?:(?:w|to)_?)?(?:q|k|v|query|key|value|scores?|energy|align\w*)"
    r"(?:_?(?:proj|projection|layer|linear|net|fc))?_?[0-9]*)(?:\..*)?",
    re.IGNORECASE,
)
"""What a part of attention is called: it weighs outputs, and answers nothing."""
NORMALISED = ("running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True)
class Heads:
    """The plain names of an embedding's matrix and of a readout's matrix and bias; None where there is none.

    kept_out   why a readout that fits was not taken; "" where none was
    attention  what fits by its shape and was left out as a part of attention by its name
    """

    embedding: str | None
    readout: str | None
    bias: str | None
    kept_out: str = ""
    attention: tuple[str, ...] = ()


def find_heads(tensors: Tensors, one: Recurrent, others: set[str], choices: Choices) -> Heads:
    """The embedding and the readout of a recurrent module. `others` are the names that belong to recurrent modules.

    Undecided where several fit and the person has not said which, or where none is what the person names.
    """
    free = {name: array for name, array in tensors.arrays.items() if name not in others}
    matrices = [name for name, array in free.items() if array.ndim == 2]
    first = [name for name in matrices if free[name].shape[1] == one.input_size and _bias_of(name) not in free]
    last = [name for name in matrices if free[name].shape[1] == one.width]
    before = _chosen(tensors, one, first, choices.embedding, "embedding", EMBEDDING_NAMES, READOUT_NAMES)
    last = [name for name in last if name != before or choices.readout not in (None, NONE)]
    after = _chosen(tensors, one, last, choices.readout, "readout", READOUT_NAMES, EMBEDDING_NAMES)
    norms = _normalisations(tensors, set(free))
    _refuse_norm_before(tensors, one, norms, before, choices)
    kept_out = ""
    if after is not None and choices.readout is None:
        between = [name for name in norms if len(free[name]) == one.width]
        if between:
            kept_out = f"{tensors.name(between[0])} may stand between the states and {tensors.name(after)}"
        further = _next_in_head(free, after, matrices)
        if further is not None:
            kept_out = f"{tensors.name(after)} and {tensors.name(further)} are a head of several layers"
        after = None if kept_out else after
    bias = None if after is None else _bias_of(after)
    weighs = [name for name in dict.fromkeys([*first, *last]) if _is_attention(name, one.module)]
    left_out = tuple(name for name in weighs if name not in (before, after))
    return Heads(before, after, bias if bias in free else None, kept_out, left_out)


def _is_attention(name: str, module: str) -> bool:
    """Whether what the recurrent module does not share of an array's path names a part of attention."""
    parts = _own(name).split(".")
    return ATTENTION.fullmatch(".".join(parts[_shared(name, module) :])) is not None


def _next_in_head(free: Mapping[str, Array], first: str, matrices: list[str]) -> str | None:
    """A matrix that reads what the first one gives, beside it in one head: decoder.2 after decoder.0, fc2 after fc1."""
    stem = _stem(first)
    for name in matrices:
        if name != first and _stem(name) == stem and free[name].shape[1] == len(free[first]):
            return name
    return None


def _stem(name: str) -> str:
    """A name without the numbers that tell layers apart."""
    return re.sub(r"[0-9]+", "", _own(name))


def _bias_of(weight: str) -> str:
    """The name of the bias beside a weight."""
    head, dot, last = weight.rpartition(".")
    return f"{head}{dot}bias" if last == "weight" else f"{head}{dot}{last}_bias"


def _chosen(
    tensors: Tensors,
    one: Recurrent,
    fits: list[str],
    asked: str | None,
    what: str,
    usual: re.Pattern[str],
    unusual: re.Pattern[str],
) -> str | None:
    """One of the matrices that fit by their shape: the one asked for, the one whose name says it, or none."""
    if asked == NONE:
        return None
    if asked is not None:
        wanted = {asked, f"{asked}.weight"}
        named = [name for name in tensors.arrays if {name, tensors.name(name)} & wanted]
        if not named:
            raise tensors.ask(f"--{what} {asked}: there is no such array; those that fit are {_listed(tensors, fits)}")
        if named[0] not in fits:
            size = one.input_size if what == "embedding" else one.width
            raise tensors.ask(f"--{what} {asked}: {tensors.sized(named[0])} needs {size} columns here")
        return named[0]
    fits = [name for name in fits if not _is_attention(name, one.module)]
    usually = [name for name in fits if usual.search(_own(name)) or not unusual.search(_own(name))]
    by_name = [name for name in usually if usual.search(_own(name))] or usually
    near = [name for name in by_name if _shared(name, one.module) == max(_shared(n, one.module) for n in by_name)]
    if len(near) > 1:
        raise tensors.ask(
            f"{_listed(tensors, near)} could each be the {what} of {one.title}: say which with --{what} NAME, or none"
        )
    return near[0] if near else None


def _own(name: str) -> str:
    """The part of a name that says what the array is for: its module's path, without the parameter's own name."""
    return name.removesuffix(".weight")


def _shared(name: str, module: str) -> int:
    """How much of their paths an array and a module share."""
    count = 0
    for a, b in zip(name.split(".")[:-1], module.split("."), strict=False):
        if a != b:
            break
        count += 1
    return count


def _listed(tensors: Tensors, names: list[str]) -> str:
    return " and ".join(tensors.sized(name) for name in names[:6]) or "none"


def _normalisations(tensors: Tensors, free: set[str]) -> list[str]:
    """The weights of LayerNorm, BatchNorm and their like: vectors with a bias beside them, or running means."""
    found = []
    for name in free:
        array = tensors.arrays[name]
        if array.ndim == 1 and name.endswith("weight") and _bias_of(name) in free:
            found.append(name)
    return found


def _refuse_norm_before(
    tensors: Tensors, one: Recurrent, norms: list[str], before: str | None, choices: Choices
) -> None:
    """Undecided where what the network reads may be normalised first: all states would differ."""
    if before is None or choices.embedding is not None:
        return
    for name in norms:
        if len(tensors.arrays[name]) == one.input_size and one.input_size != one.width:
            raise tensors.ask(
                f"{tensors.sized(name)} may stand between {tensors.name(before)} and the {one.title}, and the states "
                f"would differ: --embedding none reads vectors as they are, --embedding {_own(tensors.name(before))} "
                "leaves it out"
            )
