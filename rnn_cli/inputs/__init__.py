"""The outside world turned into tokens, ids and arrays."""
