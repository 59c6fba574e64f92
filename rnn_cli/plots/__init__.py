"""Records turned into figures: what to draw as plain data, and one file that draws it."""
