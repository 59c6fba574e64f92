"""The keys of every document on a decoder with attention: its score function, and what it found at each step."""

from typing import Any

from rnn_cli.core.attention.look import Look
from rnn_cli.core.bptt import Looked
from rnn_cli.study.part import WHOLE, Part
from rnn_cli.study.seq2seq import Decoded


def shares_document(decoded: Decoded, part: Part = WHOLE) -> dict[str, Any]:
    """Which word read had which share at each step; no key without attention."""
    look = decoded.decoder.trace.look
    return {} if look is None else {"attention": _head(decoded, look) | {"shares": part.of_steps(look.alpha[0])}}


def attention_document(decoded: Decoded, part: Part = WHOLE) -> dict[str, Any]:
    """Every number of the look back of each step; no key without attention."""
    look = decoded.decoder.trace.look
    if look is None:
        return {}
    steps = [_step(decoded, look, t - 1) for t in part.times(len(look.s))]
    return {"attention": _head(decoded, look) | {"keys": look.memory.keys[0], "steps": steps}}


def _head(decoded: Decoded, look: Look) -> dict[str, Any]:
    score = look.memory.attention.score
    return {"score": score.name, "equation": score.equation, "reads": _read(decoded)}


def _read(decoded: Decoded) -> list[str]:
    assert decoded.encoder is not None
    return list(decoded.encoder.sequence.names)


def _step(decoded: Decoded, look: Look, u: int) -> dict[str, Any]:
    read = look.read_part(u)
    context, state, bias = (one.value for one in read.addends)
    return {
        "t": u + 1,
        "writes": decoded.decoder.model.labels[decoded.targets[u]],
        "scores": look.e[0, u],
        "shares": look.alpha[0, u],
        "context": look.ctx[u, 0],
        "terms": {"context": context, "state": state, "bias": bias},
        "pre_activation": read.before,
        "read": look.read[u, 0],
    }


def attention_errors_document(decoded: Decoded, looked: Looked | None) -> dict[str, Any]:
    """What went back through it; no key without attention."""
    look = decoded.decoder.trace.look
    if look is None or looked is None:
        return {}
    errors = looked.errors
    return {
        "attention": {
            **_head(decoded, look),
            "gradients": dict(looked.gradients),
            "steps": [
                {
                    "t": u + 1,
                    "writes": decoded.decoder.model.labels[decoded.targets[u]],
                    "dL_dread": errors.dread[u, 0],
                    "dL_da": errors.da[u, 0],
                    "dL_dcontext": errors.dctx[u, 0],
                    "dL_dshares": errors.dalpha[0, u],
                    "dL_dscores": errors.de[0, u],
                    "dL_dh": errors.ds[u, 0],
                }
                for u in range(len(look.s))
            ],
            "remembered": {
                "dL_dh": errors.dh[:, 0],
                "through_context": errors.through_context[:, 0],
                "norms": looked.norms,
            },
        }
    }
