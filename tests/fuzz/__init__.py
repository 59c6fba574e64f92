"""Trials that try to break training runs and the files of every command: kept out of the ordinary suite (README.md)."""
