"""The referee: what a program's numbers should have been, and what they would be with a usual mistake.

plan.py      what is computed, and the ways in which it can go wrong
compute.py   every number of a plan, by the cells' readable steps
mutants      the mistakes: one file and one line each
search.py    which mistakes make the right numbers those that were found
"""
