"""Tests of rnn_cli/core/learning."""
