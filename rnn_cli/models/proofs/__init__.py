"""Files computed by what is no part of this program: one file for each format that has such a thing.

METHOD                                   what computes, for a person
outputs(path, sequences) -> list         of each sequence, ids (T,) or vectors (T, I), what the file gives, by name
"""
