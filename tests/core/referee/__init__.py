"""Tests of the referee's own parts."""
