"""Against an implementation that is not ours: PyTorch, live or as frozen values."""
