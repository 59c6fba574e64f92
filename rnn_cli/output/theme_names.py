"""The names of the themes of what is saved, light first: what goes into a document is mostly read on white."""

THEME_NAMES = LIGHT, DARK = "light", "dark"
