"""Scripts that measure speed and memory; see README.md beside them."""
