"""The mathematics of recurrent networks. It knows NumPy and nothing of files, terminals or JSON."""
