"""The one place that writes results."""
