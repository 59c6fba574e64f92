"""One file per subcommand: read the inputs, call the core, pick the view, emit."""
