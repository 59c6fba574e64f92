"""One file per subcommand: read the options, ask study, emit the result."""
