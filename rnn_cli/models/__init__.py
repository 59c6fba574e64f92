"""Model files and bundled models turned into networks."""
