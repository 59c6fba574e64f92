"""rnn sweep: one training run for each combination of settings, and which of them is best."""
