"""The frozen values and the script that made them."""
