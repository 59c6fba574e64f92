"""A training run: its settings, its checkpoints, and the events that whoever watches it sees."""
