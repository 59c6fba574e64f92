"""rnn: a microscope for recurrent neural networks, in the terminal."""

from rnn_cli.version import __version__

__all__ = ["__version__"]
