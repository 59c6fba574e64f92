"""Tests of rnn_cli/models."""
