"""The referee: what a program's numbers should have been, and what they would be with a usual mistake.

plan.py        what is computed, and the ways in which it can go wrong
compute.py     every number of a plan, by the cells' readable steps; back.py the way back, embedding.py from dx to its rows
mutants        the mistakes: one file and one line each; kinds.py what kind of mistake each is
agreement.py   whether numbers are the same, and which is the first that is not
search.py      which mistakes make the right numbers those that were found; suspects.py those that other data showed
one_array.py   the same of one array, the first that is wrong; findings.py what comes out
sought.py      the array that a search wants explained: a pass that cannot give it is left early
waiting.py     which wrong arrays are computed from wrong ones
"""
