"""Parts that the schemas of several commands share."""

from collections.abc import Iterable
from typing import Any

from rnn_cli.core.attention import SCORES

COUNT = {"type": "integer", "minimum": 0}
POSITIVE = {"type": "integer", "minimum": 1}
TEXT = {"type": "string"}
NUMBER = {"type": ["number", "null"]}


def _object(optional: Iterable[str] = (), said: str = "", **properties: Any) -> dict[str, Any]:
    """An object with these properties, of which some may be absent."""
    return {
        "type": "object",
        **({"description": said} if said else {}),
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _list(items: Any, description: str = "", **limits: int) -> dict[str, Any]:
    return {"type": "array", "items": items, **({"description": description} if description else {}), **limits}


def _whole_or(items: Any) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": items, "minItems": 1}


VECTOR, MATRIX = {"$ref": "#/$defs/vector"}, {"$ref": "#/$defs/matrix"}
OF_ATTENTION: dict[str, Any] = {
    "score": {"enum": list(SCORES)},
    "equation": TEXT,
    "reads": _list(TEXT, "the tokens whose states are looked back at"),
}
LOOK: dict[str, Any] = {"t": POSITIVE, "writes": {**TEXT, "description": "the token that the step is to write"}}
PLACES = _list(TEXT, "the first places, as FILE:LINE")
BASELINE = _object(
    ("name",),
    name={**TEXT, "description": "of the simple answer, for scripts: naive-bayes, seasonal-naive, ..."},
    how=TEXT,
    scores={"type": "object", "additionalProperties": NUMBER},
)
SHARES = _object(train=NUMBER, validation=NUMBER)
LENGTHS = _object(shortest=COUNT, median=NUMBER, longest=COUNT)
PART_COUNTS = _object(label=TEXT, count=COUNT, train=COUNT, validation=COUNT)

SHARE = {**NUMBER, "description": "the probability, where F is its log-odds"}
NAMES = _list(TEXT)
STEPS = _list(POSITIVE, minItems=1)
WITH_SHARE: dict[str, Any] = {"value": NUMBER, "probability": SHARE}
EXPLANATION = _object(
    ("columns",),
    said="what each step gave to one number F of the answer, in several ways; null where a method says nothing of a step",
    quantity=_object(
        ("probability",),
        "F: the log-odds ln p/(1-p) of a label or token, or a predicted number in its units; step: whose answer, null: at the end",
        kind={"enum": ["log-odds", "output"]},
        of=TEXT,
        step={"type": ["integer", "null"]},
        **WITH_SHARE,
    ),
    baseline=_object(
        ("probability",),
        "what stands in the place of a step, and F where it stands in the place of all: the vector of the unknown word, "
        "zeros, or the mean of the training data",
        kind={"enum": ["unknown", "zeros", "mean"]},
        **WITH_SHARE,
    ),
    steps=_list(
        _object(
            ("running_probability", "left_out"),
            t=POSITIVE,
            token=TEXT,
            running={**NUMBER, "description": "F as if the sequence ended here"},
            running_probability=SHARE,
            left_out={**NUMBER, "description": "F less F of the sequence without the step"},
            replaced={**NUMBER, "description": "F less F with the baseline in its place"},
            gradient_input={**NUMBER, "description": "x_t · dF/dx_t"},
            integrated={**NUMBER, "description": "integrated gradients from the baseline"},
        ),
        "in time order; left_out is absent where no sequence is without a step",
    ),
    columns=_list(
        _object(column=TEXT, replaced=NUMBER, integrated=NUMBER),
        "of a network that reads several columns: F less F with the baseline in the place of the whole column, and its integrated "
        "gradients over all steps",
    ),
    completeness=_object(
        said="integrated gradients add up to F less that of the baseline: residual = sum - difference",
        points=POSITIVE,
        sum=NUMBER,
        difference=NUMBER,
        residual=NUMBER,
    ),
    agreement=_list(
        _object(methods=NAMES, spearman=NUMBER, same_top={"type": "boolean"}),
        "every two methods: the rank correlation of what they give, and whether the same step gets most",
    ),
    taken_out=_list(
        _object(
            ("probability", "if_added_up"),
            steps=STEPS,
            tokens=NAMES,
            how={"enum": ["left_out", "replaced"]},
            top_of={**NAMES, "description": "the methods for which the step gave most"},
            **WITH_SHARE,
            if_added_up={**NUMBER, "description": "of several steps: F if what each gives alone added up"},
        ),
        "F without the first step of each method, without all steps of one token, and without the two that give most "
        "beyond what each gives alone",
    ),
)

NUMBERS = _list(NUMBER)
TABLE = _list(NUMBERS)

SHARED: dict[str, dict[str, Any]] = {
    "explanation": EXPLANATION,
    "alignment": _object(
        ("gradient_input", "integrated", "looked", "completeness"),
        said="--explain of a translation: what each read token (a column) gave to ln p of each written one (a row), the end "
        "included: ln p less ln p where the token was not read; gave_most: the column, from 1, null where none raises it",
        read=NAMES,
        written=NAMES,
        log_probabilities=NUMBERS,
        left_out=TABLE,
        replaced={**TABLE, "description": "ln p less ln p with the stand-in in the token's place"},
        gradient_input={**TABLE, "description": "x_t · d ln p/dx_t; absent of long texts, as is integrated"},
        integrated={**TABLE, "description": "integrated gradients of ln p from the stand-in"},
        looked={**TABLE, "description": "the shares of attention, of a decoder that looks back"},
        gave_most=_list({"type": ["integer", "null"]}),
        stand_in={
            "enum": ["unknown", "zeros"],
            "description": "what stands in a token's place: the vector of <unk>, or zeros",
        },
        completeness=_object(
            said="the slopes of the integral, and of each written token the sum of its integrated gradients less what they must add up to",
            points=POSITIVE,
            residuals=NUMBERS,
        ),
        agreement=_list(
            _object(
                methods=NAMES,
                spearman={**NUMBER, "description": "the mean over the written tokens whose rows have an order"},
                same_top={**COUNT, "description": "the written tokens for which both name the same read token first"},
            ),
            "every two methods",
        ),
        taken_out=_list(
            _object(
                written=POSITIVE,
                read=POSITIVE,
                top_of=NAMES,
                probability=NUMBER,
                left_out={**NUMBER, "description": "the probability without the read token"},
                replaced={**NUMBER, "description": "the probability with the stand-in in its place"},
                writes={**TEXT, "description": "what the network writes without it, greedily"},
            ),
            "the largest number of each method, put to the test; written and read count from 1",
        ),
    ),
    "condition": _object(
        said="--explain of a description: ln p of each written token, and what the condition gave to it: ln p less ln of its "
        "mean p under all other conditions; others: ln p of the whole text under each",
        of=TEXT,
        written=NAMES,
        log_probabilities=NUMBERS,
        gain=NUMBERS,
        others=_list(_object(condition=TEXT, log_probability=NUMBER), "in the order of the vocabulary"),
    ),
    "read": {
        "type": "object",
        "additionalProperties": {"type": "object"},
        "description": "for each file what its reader decided or was told, by name: encoding, delimiter, header, label, ...",
    },
    "left_out": _list(_object(reason=TEXT, count=COUNT, lines=PLACES), "the rows that were left out, by reason"),
    "unlearnt_labels": _list(
        _object(label=TEXT, count=COUNT, lines=PLACES),
        "the labels that training did not have: every answer to them is wrong",
    ),
    "classes": _list(
        PART_COUNTS, "the labels or tags of the data, the most frequent first; [] where answers are no labels"
    ),
    "lengths": {"anyOf": [{"type": "null"}, LENGTHS], "description": "in tokens, or in steps of a window"},
    "target_lengths": {"anyOf": [{"type": "null"}, LENGTHS], "description": "of the texts that are written"},
    "vocabulary": {
        **COUNT,
        "description": "tokens that the network knows, those with a name of their own; 0 of numbers",
    },
    "target_vocabulary": {**COUNT, "description": "tokens that it can write; 0 where it writes none"},
    "word_parts": {**COUNT, "description": "beginnings and ends of words that have vectors; absent where none have"},
    "unknown_share": {
        **SHARES,
        "description": "the share of the tokens that are read as <unk>; null where there are none",
    },
    "target_unknown_share": {**SHARES, "description": "the same of the tokens that are to be written"},
    "alike": _list(
        _list(TEXT, minItems=2),
        "labels that differ in capitals, white space or the way a number is written alone, in groups",
    ),
    "duplicates": _object(
        rows={**COUNT, "description": "rows equal to an earlier one"},
        dropped={"type": "boolean"},
        shared={**COUNT, "description": "validation rows that stand in the training part too"},
    ),
    "baseline": {
        "anyOf": [{"type": "null"}, BASELINE],
        "description": "what one gets who has learnt nothing, or only the commonest answer, on the validation part: the "
        "result is held against it",
    },
    "shown": {
        "type": "object",
        "description": "where --steps, --unit, --layer or --direction leave something out: what the document holds. Lists "
        "over time (tokens, inputs, h, ...) have these steps, lists over hidden units (and the rows of their weights) these "
        "units, in this order; of rnn gradients, which chooses no layers here, `steps` and `jacobians` are those of these t; output has the units of the last layer's shown directions side by side. What is of no step, "
        "unit or layer (the text, the loss, the readout) is whole, and so is what a layer reads. null where all are there",
        "properties": {
            "network": {"enum": ["encoder", "decoder"], "description": "of two networks the one that is meant"},
            "steps": _whole_or(POSITIVE),
            "layers": _whole_or(COUNT),
            "directions": _whole_or({"enum": ["forward", "backward"]}),
            "units": _whole_or(
                _object(layer=COUNT, direction={"enum": ["forward", "backward"]}, units=_list(POSITIVE, "from 1"))
            ),
        },
        "required": ["steps", "layers", "directions", "units"],
        "additionalProperties": False,
    },
    "weights": {
        "type": "object",
        "description": "with --weights: every weight under its name in the equations, as a hand-written model has them",
        "properties": {
            "layers": {
                "type": "array",
                "items": {"type": "object", "additionalProperties": {"type": ["array", "string"]}},
            },
            "readout": {"type": "object", "additionalProperties": {"type": "array"}},
            "attention": {
                "type": "object",
                "additionalProperties": {"type": "array"},
                "description": "of a decoder that looks back at the encoder's states",
            },
        },
        "required": ["layers"],
        "additionalProperties": False,
    },
    "attention_shares": {
        **_object(**OF_ATTENTION, shares=MATRIX),
        "description": "of a decoder that looks back at the encoder's states: the share of each token read (a column) at each "
        "step (a row)",
    },
    "attention": {
        **_object(
            **OF_ATTENTION,
            keys=MATRIX,
            steps=_list(
                _object(
                    **LOOK,
                    scores=VECTOR,
                    shares=VECTOR,
                    context=VECTOR,
                    terms=_object(context=VECTOR, state=VECTOR, bias=VECTOR),
                    pre_activation=VECTOR,
                    read=VECTOR,
                ),
                "what each step finds: scores and shares have a number for each token read; the terms sum to the "
                "pre-activation, and read is its tanh, which the readout reads in place of h",
            ),
        ),
        "description": "of a decoder that looks back at the encoder's states; keys (a row for each token read) are what of "
        "them the score compares",
    },
    "attention_errors": {
        **_object(
            **OF_ATTENTION,
            gradients={"type": "object", "additionalProperties": {"anyOf": [VECTOR, MATRIX]}},
            steps=_list(
                _object(
                    **LOOK,
                    dL_dread=VECTOR,
                    dL_da=VECTOR,
                    dL_dcontext=VECTOR,
                    dL_dshares=VECTOR,
                    dL_dscores=VECTOR,
                    dL_dh=VECTOR,
                ),
                "what goes back through the look of each step, in the order of the backward pass; dL_dh goes to the decoder's own "
                "state",
            ),
            remembered={
                **_object(dL_dh=MATRIX, through_context=MATRIX, norms={"anyOf": [{"type": "null"}, MATRIX]}),
                "description": "what comes back to the states that were read (a row for each), and the part of it that came with "
                "the shares held fixed; norms[k][t]: of what the loss at the decoder's step k gives to the state at t, null where "
                "the text is too long to keep them apart",
            },
        ),
        "description": "of a decoder that looks back at the encoder's states: what went back through it",
    },
    "baselines": _list(BASELINE, "all that were computed, the best first"),
}
"""By the name that stands in a schema as "x-shared"."""
