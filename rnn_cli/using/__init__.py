"""A trained model at work: measured on data, asked for an answer, let write."""
