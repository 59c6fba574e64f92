"""rnn.gradients/1 of matrices and models. The document gives every product with its logarithm, which never overflows."""

from typing import Any

import numpy as np

from rnn_cli.core.arrays import Array
from rnn_cli.core.gradients.flow import LITTLE, Flow, FlowRow, Signal, StepJacobian, UnitsBack
from rnn_cli.core.gradients.verdict import doubling_time, e_folding, exp_or_inf, half_life, verdict_of
from rnn_cli.core.norms import norms
from rnn_cli.documents.model import model_document
from rnn_cli.documents.shown import shown_document
from rnn_cli.study.gradient_path import MODEL, GradientComparison, GradientPath

LN10 = float(np.log(10.0))


def compare_document(result: GradientComparison) -> dict[str, Any]:
    """Several cells on the same input: the contract's keys are those of the first, `series` has all."""
    paths = result.paths
    return {**gradients_document(paths[0]), "series": [{"cell": path.cell, **_one(path)} for path in paths]}


def gradients_document(path: GradientPath) -> dict[str, Any]:
    """The document of one gradient path."""
    return {"schema": "rnn.gradients/1", "mode": path.mode, **_one(path)}


def _one(path: GradientPath) -> dict[str, Any]:
    flow, final = path.flow, path.flow.final
    document: dict[str, Any] = {
        "model": model_document(path.model),
        **shown_document(path.part),
        "layer": path.layer,
        "direction": path.direction,
        "jacobian_of": flow.cell.jacobian_symbol,
        "setting": path.setting or None,
        "text": path.sequence.text,
        "tokens": path.part.of_steps(path.sequence.tokens),
        "length": flow.length,
        "sampled": flow.sampled,
        **_shown(flow, final),
        "steps": [_step(path, row) for row in flow.rows if path.has(path.to_t(row.k))],
        "jacobians": [
            {
                "t": path.time(one.m),
                "token": path.word(flow.length - one.m) or None,
                **_logarithm("norm", float(one.log_singular_values[0])),
                **_singular_values(flow, one),
                "saturation": one.saturation,
            }
            for one in sorted(flow.jacobians, key=lambda one: path.time(one.m))
            if path.has(path.time(one.m))
        ],
        "final": {"k": final.k, **_logarithm("product", final.log_norm)},
        "verdict": verdict_of(final.log_norm),
        "half_life": half_life(final.log_norm, final.k),
        "doubling_time": doubling_time(final.log_norm, final.k),
        "e_folding": e_folding(final.log_norm, final.k),
        "verdicts": {
            name: None if log is None else verdict_of(log)
            for name, log in (
                ("product", final.log_norm),
                ("error", None if flow.by_loss is None else flow.by_loss.log_carried),
                ("direct_path", final.log_highway),
            )
        },
        "lost": _place(path, flow.signal.under),
        "lost_below": LITTLE,
        "lost_by": "product" if flow.by_loss is None else "dL_ds" if flow.joint else "dL_dh",
        "signals": {
            "product": _signal(path, flow.by_product),
            "error": None if flow.by_loss is None else _signal(path, flow.by_loss),
        },
        "peak": {"k": flow.peak.k, "t": path.to_t(flow.peak.k), **_logarithm("product", flow.peak.log_norm)},
        "spectrum": _spectrum(flow),
    }
    if path.mode == MODEL:
        document["inputs"] = _inputs(path)
        document["target"], document["loss"] = path.target, path.loss
        document["loss_kind"] = None if path.wanted is None else path.wanted.kind
        document["loss_reduction"] = None if path.wanted is None else path.wanted.reduction
        document["target_is_prediction"] = path.predicted if path.target is not None else None
    return document


def _place(path: GradientPath, k: int | None) -> dict[str, Any] | None:
    return None if k is None else {"k": k, "t": path.to_t(k), "token": path.word(k) or None}


def _signal(path: GradientPath, signal: Signal) -> dict[str, Any]:
    ratio = signal.log_ratio
    return {
        "log10_start": signal.start / LN10,
        "log10_end": signal.end / LN10,
        "ratio": None if ratio is None else exp_or_inf(ratio),
        "log10_ratio": None if ratio is None else ratio / LN10,
        "entry": signal.entry,
        "log10_entry": signal.at_entry / LN10,
        "under": _place(path, signal.under),
        "comes_back": _place(path, signal.back),
        "stays_under": _place(path, signal.stays_under),
        "every_step": signal.every,
    }


def _inputs(path: GradientPath) -> dict[str, Any] | None:
    if path.inputs is None or path.log_inputs is None:
        return None
    return {
        "dL_dx": path.part.of_steps(norms(path.inputs)),
        "log10_dL_dx": path.part.of_steps(path.log_inputs / LN10),
        "largest_t": path.largest_input,
        "lost": len(path.inputs_under(LITTLE)),
    }


def _step(path: GradientPath, row: FlowRow) -> dict[str, Any]:
    own = {one.m: one for one in path.flow.jacobians}.get(path.flow.length - row.k)
    step: dict[str, Any] = {
        "k": row.k,
        "from_t": path.from_t,
        "to_t": path.to_t(row.k),
        "token": path.word(row.k) or None,
        "factor": None if row.log_factor is None else exp_or_inf(row.log_factor),
        "factor_saturation": row.factor_saturation,
        **_logarithm("product", row.log_norm),
        **_singular_values(path.flow, row),
        "saturation": None if own is None else own.saturation,
    }
    if row.log_error is not None:
        h = row.log_errors["h"]
        step |= {"dL_dh": exp_or_inf(h), "log10_dL_dh": h / LN10}
        step |= {"dL_ds": exp_or_inf(row.log_error), "log10_dL_ds": row.log_error / LN10}
        step["errors"] = {f"log10_{name}": log / LN10 for name, log in row.log_errors.items()}
    if row.log_weights is not None:
        slopes = row.log_saturation
        step["decay"] = {
            "log10_weights": row.log_weights / LN10,
            "log10_saturation": None if slopes is None else slopes / LN10,
        }
    if row.log_highway is not None:
        step["highway"] = _logarithm("product", row.log_highway)
    if row.log_blocks:
        step["blocks"] = {f"log10_{name}": log / LN10 for name, log in row.log_blocks.items()}
    if path.mode == MODEL:
        step["units"] = _units(path, row.units)
    return step


def _units(path: GradientPath, back: UnitsBack) -> dict[str, Any]:
    def of(numbers: Array) -> Array:
        return path.part.of_units(path.layer, path.direction, numbers)

    units: dict[str, Any] = {}
    if back.signs is not None and back.log_error is not None:
        with np.errstate(over="ignore"):
            units["dL_dh"] = of(back.signs) * np.exp(of(back.log_error))
        units["log10_dL_dh"] = of(back.log_error) / LN10
    if back.log_highway is not None:
        units["log10_highway"] = of(back.log_highway) / LN10
    units["saturation"] = None if back.saturation is None else of(back.saturation)
    return units


def _spectrum(flow: Flow) -> dict[str, Any]:
    own, peak = flow.spectrum, flow.power_peak
    return {
        "matrix": None if own is None else own.symbol,
        "spectral_radius": None if own is None else own.radius,
        "spectral_norm": None if own is None else own.norm,
        "departure_from_normal": None if own is None else own.departure,
        "lyapunov": flow.exponents,
        "lyapunov_qr": flow.benettin,
        "power_peak": None
        if peak is None or peak.log_weights is None
        else {"k": peak.k, **_logarithm("norm", peak.log_weights)},
        "matrices": {
            one.symbol: {
                "spectral_radius": one.radius,
                "spectral_norm": one.norm,
                "departure_from_normal": one.departure,
            }
            for one in flow.spectra
        },
    }


def _logarithm(name: str, log: float) -> dict[str, float]:
    return {name: exp_or_inf(log), "log10": log / LN10}


def _singular_values(flow: Flow, one: FlowRow | StepJacobian) -> dict[str, Any]:
    logs = one.log_singular_values
    rest = one.log_rest
    return {
        "singular_values": np.exp(logs),
        "log10_singular_values": logs / LN10,
        **_shown(flow, one),
        "singular_values_rest_at_most": None if rest is None else exp_or_inf(rest),
        "log10_singular_values_rest_at_most": None if rest is None else rest / LN10,
    }


def _shown(flow: Flow, one: FlowRow | StepJacobian) -> dict[str, int]:
    return {"singular_values_shown": len(one.log_singular_values), "singular_values_total": flow.size}
