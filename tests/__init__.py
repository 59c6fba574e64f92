"""The tests, laid out as rnn_cli is."""
