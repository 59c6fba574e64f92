"""rnn.gradients/1 of powers of numbers. This module, like all code for powers, does not use NumPy."""

from typing import Any

from rnn_cli.core.gradients.powers import ScalarProduct, ScalarStep
from rnn_cli.study.powers import PowersResult


def powers_document(result: PowersResult) -> dict[str, Any]:
    """The document: the contract's keys are those of the first factor; `series` has all where there are several."""
    products = result.products
    document = {"schema": "rnn.gradients/1", "mode": "scalar", **_one(products[0])}
    if len(products) > 1:
        document["series"] = [_one(product) for product in products]
    return document


def _one(product: ScalarProduct) -> dict[str, Any]:
    return {
        "factor": product.factor,
        "count": product.count,
        "sampled": product.sampled,
        "steps": [{"k": step.k, "factor": product.factor, **_value(step)} for step in product.steps],
        "final": {"k": product.count, **_value(product.final)},
        "verdict": product.verdict,
        "half_life": product.half_life,
        "doubling_time": product.doubling_time,
        "e_folding": product.e_folding,
        "lost_at": product.lost_at,
        "reach": {
            reach.precision.name: {
                "smallest_normal": 2.0**reach.precision.smallest_normal,
                "below_normal_at": reach.below_normal,
                "smallest_subnormal": 2.0**reach.precision.smallest_subnormal,
                "below_subnormal_at": reach.below_subnormal,
                "overflow_at": reach.overflow,
            }
            for reach in product.reach
        },
        "spectrum": {
            "spectral_radius": abs(product.factor),
            "spectral_norm": abs(product.factor),
            "lyapunov": [product.rate],
        },
    }


def _value(step: ScalarStep) -> dict[str, float | bool]:
    return {"product": step.product, "log10": step.log10, "negative": step.negative}
