"""A session as lines of text, of any width and height: what the terminal shows, and what a pipe gets."""
