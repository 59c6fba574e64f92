"""Tests of what `rnn check` does with arrays, programs and modules."""
