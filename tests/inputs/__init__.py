"""Tests of rnn_cli/inputs."""
