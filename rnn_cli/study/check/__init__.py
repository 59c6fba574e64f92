"""`rnn check`: somebody's numbers or program held against the right ones, and the mistake that explains a difference.

report.py    what was found out, however the numbers came here
arrays.py    arrays by their names: files.py reads them, items.py and called.py take names apart, names.py has what they mean,
             layouts.py how shapes can be read, conventions.py which reading a file follows, given.py what was put in,
             misfits.py which of the shapes that fit nothing are mistakes, exchanged.py which stand under each other's names,
             derived.py what a plan has no name for
program.py   a program: trials.py draws networks, process.py runs it apart (child/ is what runs there), source.py reads its
             text, behaviour.py says what it does beside its numbers, merge.py makes one report of several
template.py  a cell's program to check: filled, or with its equations left blank
"""
