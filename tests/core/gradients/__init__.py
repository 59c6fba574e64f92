"""Tests of rnn_cli/core/gradients."""
