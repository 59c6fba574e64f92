"""How a column of numbers is read and predicted: as it is, or as it changes.

level        the value, less its mean
change       read as it is; predicted as its change from the last value that is read
difference   read as its changes from step to step; predicted as its change from the last value
growth       the same as shares: (x_t - x_{t-1}) / x_{t-1}

A network that reads and predicts changes does not see the level, so that a level which it never saw cannot mislead it.
"""

LEVEL, CHANGE, DIFFERENCE, GROWTH = "level", "change", "difference", "growth"
FORMS = (LEVEL, CHANGE, DIFFERENCE, GROWTH)
STEPWISE = (DIFFERENCE, GROWTH)
"""The forms that are read as what happens from step to step."""

WORDS = {
    LEVEL: "is read and predicted as it is",
    CHANGE: "is predicted as its change from the last value",
    DIFFERENCE: "is read and predicted as it changes",
    GROWTH: "is read and predicted as it grows",
}
"""The end of a sentence that begins with a column's name."""
