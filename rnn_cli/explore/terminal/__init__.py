"""The terminal program over a session: the one place that knows Textual."""

import os

FRAMES = 120
"""A second: what a key did waits for the next one."""

ESCAPE = 0.02
"""After so many seconds an Escape begins no other key: a terminal writes all bytes of one at once."""

os.environ.setdefault("TEXTUAL_FPS", str(FRAMES))  # asked for when the framework is loaded; its own values are slower
os.environ.setdefault("ESCDELAY", f"{1000 * ESCAPE:.0f}")
