"""What each step gave to an answer, as it stands in the documents of predict and trace."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnn_cli.documents.known import known
from rnn_cli.study.attribution import Explained
from rnn_cli.study.attribution_texts import Aligned, FromCondition


def why_document(of: Explained | Aligned | FromCondition) -> dict[str, Any]:
    """The part of a document that says what an answer rests on, under its key."""
    if isinstance(of, Explained):
        return {"explanation": explained_document(of)}
    if isinstance(of, Aligned):
        return {"alignment": _alignment(of)}
    totals = of.others.sum(axis=1)
    return {
        "condition": {
            "of": of.condition,
            "written": of.written,
            "log_probabilities": of.log_p,
            "gain": of.gain,
            "others": [
                {"condition": name, "log_probability": float(total)}
                for name, total in zip(of.conditions, totals, strict=True)
            ],
        }
    }


def _alignment(of: Aligned) -> dict[str, Any]:
    """What every method gives to every pair of tokens, their agreement, and the strongest claims tried."""
    slopes = of.slopes
    return {
        "read": of.read,
        "written": of.written,
        "log_probabilities": of.log_p,
        **of.methods,
        "gave_most": [int(row.argmax()) + 1 if row.max() > 0 else None for row in of.left_out],
        "stand_in": of.stand_in,
        **({} if slopes is None else {"completeness": {"points": slopes.points, "residuals": slopes.residuals}}),
        "agreement": [
            {"methods": one.methods, "spearman": known(one.spearman), "same_top": one.same_top} for one in of.agreements
        ],
        "taken_out": [
            {
                "written": one.u + 1,
                "read": one.t + 1,
                "top_of": one.top_of,
                "probability": one.p,
                "left_out": one.without,
                "replaced": one.replaced,
                "writes": one.writes,
            }
            for one in of.tried
        ],
    }


def explained_document(of: Explained) -> dict[str, Any]:
    """The quantity, what every method gives to every step, their agreement, and the interventions."""
    found, asked = of.found, of.found.asked
    columns = {}
    if found.components is not None:
        columns["columns"] = [
            {"column": name, "replaced": float(replaced), "integrated": float(integrated)}
            for name, replaced, integrated in zip(of.columns, *found.components, strict=True)
        ]
    return {
        "quantity": {
            "kind": asked.kind,
            "of": of.about,
            "step": None if asked.at is None or asked.at < 0 else asked.at + 1,
            **_value(of, found.value),
        },
        "baseline": {"kind": of.stand_in, **_value(of, found.empty)},
        "steps": [
            {
                "t": t + 1,
                "token": of.names[t],
                "running": known(found.running[t]),
                **({"running_probability": _share(of, found.running[t])} if of.is_share else {}),
                **{name: known(values[t]) for name, values in of.methods.items()},
            }
            for t in range(len(of.names))
        ],
        **columns,
        "completeness": {
            "points": found.points,
            "sum": float(found.integrated.sum()),
            "difference": found.value - found.empty,
            "residual": found.residual,
        },
        "agreement": [
            {"methods": one.methods, "spearman": known(one.spearman), "same_top": one.same_top} for one in of.agreements
        ],
        "taken_out": [
            {
                "steps": [t + 1 for t in one.steps],
                "tokens": _names(of, one.steps),
                "how": "left_out" if found.leaves_out else "replaced",
                "top_of": one.top_of,
                **_value(of, one.value),
                **({} if one.apart is None else {"if_added_up": one.apart}),
            }
            for one in of.taken_out
        ],
    }


def _value(of: Explained, value: float) -> dict[str, float]:
    """A value of the quantity, and the probability where it stands for one."""
    return {"value": value, **({"probability": of.shown(value)} if of.is_share else {})}


def _share(of: Explained, value: float) -> float | None:
    return None if np.isnan(value) else of.shown(float(value))


def _names(of: Explained, steps: Sequence[int]) -> list[str]:
    return [of.names[t] for t in steps]
