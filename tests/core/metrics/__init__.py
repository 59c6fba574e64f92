"""Tests of rnn_cli/core/metrics."""
