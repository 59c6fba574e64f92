"""How a column of numbers is read and predicted: as it is, or as it changes.

level        the value, less its mean
change       read as it is; predicted as its change from the last value that is read
difference   read as its changes from step to step; predicted as its change from the last value
growth       the same as shares: (x_t - x_{t-1}) / x_{t-1}

A network that reads and predicts changes does not see the level, so that a level which it never saw cannot mislead it.
"""

from collections.abc import Sequence

LEVEL, CHANGE, DIFFERENCE, GROWTH = "level", "change", "difference", "growth"
FORMS = (LEVEL, CHANGE, DIFFERENCE, GROWTH)
STEPWISE = (DIFFERENCE, GROWTH)
"""The forms that are read as what happens from step to step."""

WORDS = {
    LEVEL: "read and predicted as they are",
    CHANGE: "predicted as changes from the last value",
    DIFFERENCE: "read and predicted as changes from step to step",
    GROWTH: "read and predicted as growths from step to step",
}
MOST_NAMED = 6


def form_words(names: Sequence[str], forms: Sequence[str]) -> list[str]:
    """For each form that there is, which columns have it."""
    said = []
    for form in FORMS:
        own = [name for name, one in zip(names, forms, strict=False) if one == form]
        more = f" and {len(own) - MOST_NAMED} more" if len(own) > MOST_NAMED else ""
        said += [f"{WORDS[form]}: {', '.join(own[:MOST_NAMED])}{more}"] if own else []
    return said
