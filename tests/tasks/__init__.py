"""Tests of rnn_cli/tasks."""
