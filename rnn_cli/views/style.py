"""The colours, in one place. No meaning depends on colour alone."""

TITLE = "bold"
HEADING = "bold cyan"
EQUATION = "cyan"
FAINT = "dim"
WORD = "bold"
POSITIVE = "blue"
NEGATIVE = "red"
WARNING = "yellow"
GOOD = "green"
BAD = "bold red"


def by_sign(value: float) -> str:
    """The colour of a number."""
    return POSITIVE if value > 0 else NEGATIVE if value < 0 else ""
