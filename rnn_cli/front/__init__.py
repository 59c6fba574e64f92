"""The front door: what `import rnn_cli as rnn` offers, and the one room that knows both results and their pages."""
