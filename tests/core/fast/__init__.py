"""Tests of rnn_cli/core/fast."""
