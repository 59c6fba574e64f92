"""`rnn check`: somebody's numbers or program held against the right ones, and the mistake that explains a difference.

report.py    what was found out, however the numbers came here
template.py  a cell's program to check: filled, or with its equations left blank
"""
