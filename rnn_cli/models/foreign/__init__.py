"""Models that other programs saved: their files, their names, and what belongs to what in them."""
