"""Attention: a decoder looks back at every state of the encoder, and not at the last ones alone.

    keys     what of h_t is compared: by the score function            t = 1 … T, the words that were read
    score    e_ut, how well the key of h_t answers to s_u               u = 1 … U, the words that are written
    share    α_ut = e^e_ut / sum over t' of e^e_ut'                     the softmax over the words read: padding has no share
    context  ctx_u = sum over t of α_ut h_t
    read     s~_u = tanh(W_c [ctx_u; s_u] + b_c)                        what the readout reads in place of s_u

h_t are the outputs of the encoder's last layer, both directions side by side; s_u those of the decoder's last layer,
which its own pages call h_u. The score functions differ in e_ut alone:

    additive   e_ut = v_a · tanh(W_as s_u + W_ah h_t)      Bahdanau, Cho and Bengio (2015), equation in section A.1.2
    dot        e_ut = s_u · h_t                            Luong, Pham and Manning (2015), equation 8
    general    e_ut = s_u · W_a h_t                        likewise

The structure around them is that of Luong, section 3, for all three, so that they differ in nothing else: the step of
the decoder stays as it is, s_u asks after it was computed (Bahdanau's decoder asks with s_{u-1} and reads ctx_u in its
step), and s~_u goes into the readout alone. The next step does not read it: Luong's input feeding (section 3.3) is left
out, so that a decoder with attention runs as fast as one without.

Backwards, with ds~_u from the readout and da_u = ds~_u * (1 - s~_u^2):

    dW_c = sum over u of da_u ⊗ [ctx_u; s_u]      db_c = sum of da_u      [dctx_u; ds_u] = W_c^T da_u
    dα_ut = dctx_u · h_t                          dh_t = sum over u of α_ut dctx_u
    de_ut = α_ut (dα_ut - sum over t' of α_ut' dα_ut')                  the Jacobian of the softmax
    and from de_ut by the score function to its weights, to s_u and to h_t, which are added to what they have

Each score function is one file beside this one and one line in SCORES.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rnn_cli.core.attention.score import Score

NONE = "none"
"""The name of a decoder's attention where it has none."""

SCORES: dict[str, str] = {
    "additive": "rnn_cli.core.attention.additive:Additive",
    "dot": "rnn_cli.core.attention.dot:Dot",
    "general": "rnn_cli.core.attention.general:General",
}
"""Each score function's name, and where its class is."""


def score_of(name: str) -> "Score":
    """The score function of that name. KeyError where there is none."""
    module, _, kind = SCORES[name].partition(":")
    found: Score = getattr(import_module(module), kind)()
    return found
