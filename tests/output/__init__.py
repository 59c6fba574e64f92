"""Results on their way to stdout and files."""
