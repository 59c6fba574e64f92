"""What kind of mistake each one is: a hint that says where to think, and not what to write."""

from rnn_cli.core.referee.mutants import BACK, FORWARD, LOSS, MUTANTS

KINDS = {
    "forward": "the arithmetic of a step forward: what is added or multiplied in an equation",
    "wiring": "the wiring of the weights: which matrix stands where, and from which side it multiplies",
    "activation": "an activation: which function stands around a sum, and how often",
    "loop": "the loop over time: what a step takes from the step before it, in which order, and where it stops",
    "loss": "the loss: what it is taken of, and how the losses of several steps become one",
    "back": "the backward sum: what arrives at a step from above and from the step after it, and what adds up",
    "slope": "a backward slope: which derivative, and at which value",
    "clipping": "clipping: where and when gradients are cut",
    "behaviour": "what the program does beside its results: what it changes, keeps, or hands out twice",
    "call": "the call itself: it has to come to its end, and to hand out arrays that can be compared",
    "precision": "the precision of the numbers: their type, and where they overflow",
}
"""Each kind in words."""

KIND_OF = {
    **dict.fromkeys(("gate-order", "wrong-gate", "transposed", "swapped-weights"), "wiring"),
    **dict.fromkeys(("hard-sigmoid", "wrong-activation", "no-tanh-of-c", "tanh-twice"), "activation"),
    **dict.fromkeys(
        ("no-recurrence", "off-by-one", "axes-swapped", "direction-not-reversed", "padding-read", "not-shifted"), "loop"
    ),
    **dict.fromkeys(
        (
            "derivative-missing",
            "derivative-of-value",
            "derivative-of-wrong-step",
            "wrong-derivative",
            "softmax-derivative",
        ),
        "slope",
    ),
    **dict.fromkeys(("clipped", "clipped-inside"), "clipping"),
    **dict.fromkeys(("unstable-softmax", "unstable-exp", "float32"), "precision"),
    **dict.fromkeys(("raises", "blank", "too-slow", "not-returned", "wrong-shape"), "call"),
    **dict.fromkeys(("state-kept", "swapped-states", "no-initial-state"), "loop"),
    "wrong-layer": "wiring",
    **dict.fromkeys(("wrong-axis", "guarded-log", "wrong-logarithm"), "loss"),
    "pre-activation": "slope",
    **dict.fromkeys(
        (
            "not-zeroed",
            "not-filled",
            "truncated",
            "negated",
            "scaled",
            "sign-flipped",
            "rows-missing",
            "columns-missing",
        ),
        "back",
    ),
}
"""The kind of a mistake; of one that is not named here it is that of the pass in which it shows."""

OF_STAGE = {FORWARD: "forward", LOSS: "loss", BACK: "back"}


def kind_of(mistake: str) -> str:
    """The kind of a mistake, a key of KINDS. One that changes no number of a pass is one of behaviour."""
    if mistake in KIND_OF:
        return KIND_OF[mistake]
    return OF_STAGE[MUTANTS[mistake][1]] if mistake in MUTANTS else "behaviour"
