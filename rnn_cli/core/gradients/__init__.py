"""The gradient's path back through time: products of Jacobians, their singular values, and a verdict."""
