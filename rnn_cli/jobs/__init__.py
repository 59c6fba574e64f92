"""Many training runs at once: on the processors of this machine, or on a cluster of Dask workers.

job.py       what one run is, and what came of it
work.py      a run, from its settings or its checkpoint, in whatever process it is given to
records.py   the folder's list of what came of its runs
engine.py    hands jobs to workers, tries again what a dead worker left, stops
local.py     workers that are processes of this machine
cluster.py   workers of a Dask cluster
"""
