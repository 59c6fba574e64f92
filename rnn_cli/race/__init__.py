"""Races: cells of the same number of parameters on the same task, made harder until each breaks."""
