"""A model at work on something: what commands and Python alike ask for. Results here know no view."""
