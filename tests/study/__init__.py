"""Tests of rnn_cli/study."""
