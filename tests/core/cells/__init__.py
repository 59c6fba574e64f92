"""Tests of rnn_cli/core/cells."""
