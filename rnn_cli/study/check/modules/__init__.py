"""A torch.nn.Module of one's own held against a cell: its weights, its numbers, and the gradients that autograd takes of it.

weights.py      which of its parameters is which of the cell's, by names and shapes
conventions.py  in which order its gates stand, and other choices that are no mistakes: whichever gives its numbers
observe.py      runs the module; the only file that knows PyTorch
child.py        the same in a process of its own, for a file
judge.py        the report
"""
