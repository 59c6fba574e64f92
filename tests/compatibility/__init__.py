"""Files that earlier versions wrote, and what those versions made of them."""
