"""The terminal program over a session: the one place that knows Textual."""
