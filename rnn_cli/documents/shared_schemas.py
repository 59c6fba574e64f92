"""Parts that the schemas of several commands share."""

from typing import Any

COUNT = {"type": "integer", "minimum": 0}
POSITIVE = {"type": "integer", "minimum": 1}
TEXT = {"type": "string"}
NUMBER = {"type": ["number", "null"]}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Any, description: str) -> dict[str, Any]:
    return {"type": "array", "items": items, "description": description}


def _whole_or(items: Any) -> dict[str, Any]:
    return {"type": ["array", "null"], "items": items, "minItems": 1}


PLACES = _list(TEXT, "the first places, as FILE:LINE")
BASELINE = _object(how=TEXT, scores={"type": "object", "additionalProperties": NUMBER})
SHARES = _object(train=NUMBER, validation=NUMBER)
LENGTHS = _object(shortest=COUNT, median=NUMBER, longest=COUNT)
PART_COUNTS = _object(label=TEXT, count=COUNT, train=COUNT, validation=COUNT)

SHARED: dict[str, dict[str, Any]] = {
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
    "unknown_share": {
        **SHARES,
        "description": "the share of the tokens that are read as <unk>; null where there are none",
    },
    "target_unknown_share": {**SHARES, "description": "the same of the tokens that are to be written"},
    "alike": _list(
        {"type": "array", "items": TEXT, "minItems": 2},
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
        },
        "required": ["layers"],
        "additionalProperties": False,
    },
    "baselines": _list(BASELINE, "all that were computed, the best first"),
}
"""By the name that stands in a schema as "x-shared"."""
