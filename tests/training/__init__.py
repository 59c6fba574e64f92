"""Tests of rnn_cli.training and of rnn train."""
