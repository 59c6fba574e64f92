"""What generated tasks write their examples with: names of symbols, a blank, a mark, and random places for them."""

import numpy as np

from rnn_cli.core.arrays import Array

BLANK, MARK = "_", ">"


def numbered(letter: str, count: int) -> tuple[str, ...]:
    """Names of symbols: s1, s2, …"""
    return tuple(f"{letter}{k + 1}" for k in range(count))


def chosen(generator: np.random.Generator, rows: int, among: int, count: int) -> Array:
    """In each row `count` different numbers of 0 … among-1, in random order: (rows, count)."""
    return generator.random((rows, among)).argsort(axis=1)[:, :count]


def places(generator: np.random.Generator, rows: int, among: int, count: int) -> Array:
    """In each row `count` of `among` steps, from the first to the last: (rows, count)."""
    return np.sort(chosen(generator, rows, among, count), axis=1)
