"""Tests of the commands, through the real program."""
