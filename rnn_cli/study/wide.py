"""How many hidden units a page shows where nobody says which: the help says it too, and waits for no NumPy."""

WIDE = 12
"""A network of more units than this is wide: a page shows MOST of them."""
MOST = 8
