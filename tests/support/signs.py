"""Signs of numbers on a page."""

import re

SIGNED_ZERO = re.compile(r"[-+]0\.0+(?![0-9]|e)")
"""A zero with a sign: nothing is a little above or below nothing."""
