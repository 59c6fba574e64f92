"""Tests of rnn_cli/explore."""
