"""Kernels that compute what the cells' steps say, fast. Nobody needs them to understand a recurrent network."""
