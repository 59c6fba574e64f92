"""How a network learns: losses, optimisers, schedules, clipping, first weights, the training loop."""
