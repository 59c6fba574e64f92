"""Models that Keras saved: .keras archives, HDF5 files of whole models, and HDF5 files of weights alone."""
