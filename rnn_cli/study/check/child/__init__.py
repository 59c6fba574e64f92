"""What runs beside somebody's program, in a process of its own: NumPy and the standard library alone.

run.py       loads the program, calls it, and writes down what came back
tries.py     calls it again, to see whether it always computes the same
chance.py    makes everything random a function of a seed
flat.py      what a call returned, as arrays by name
frames.py    the file in which the arrays come back
"""
