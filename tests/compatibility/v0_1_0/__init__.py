"""What version 0.1.0 wrote; see README.md."""
