"""The settings that a sweep tries: every combination of a grid, or so many random draws.

    NAME=V1,V2          these values
    NAME=LOW..HIGH      any number between them, each as likely as the other; whole ones where both ends are whole
    NAME=LOW..HIGH:log  the same for the logarithm of the number: as many draws between 0.001 and 0.01 as between 0.01 and 0.1

A value is a text, as it would stand on the command line of `rnn train`; the command line there says what it means.

Source: Bergstra and Bengio, "Random search for hyper-parameter optimization" (2012), section 1, for random draws and
their logarithms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import exp, isfinite, log

import numpy as np

from rnn_cli.errors import InputError
from rnn_cli.reading import whole_number

LOG = ":log"
MOST_RUNS = 100_000


@dataclass(frozen=True)
class Values:
    """A setting that is one of these."""

    name: str
    values: tuple[str, ...]

    def draw(self, generator: np.random.Generator) -> str:
        """One of the values, each as likely as the other."""
        return self.values[int(generator.integers(len(self.values)))]


@dataclass(frozen=True)
class Range:
    """A setting that lies between two numbers, ends included."""

    name: str
    low: float
    high: float
    log: bool
    whole: bool

    def draw(self, generator: np.random.Generator) -> str:
        """A number of the range. Of whole ones the ends are as likely as the others: each stands for a width of 1."""
        low, high = (self.low - 0.5, self.high + 0.5) if self.whole else (self.low, self.high)
        share = float(generator.random())
        value = exp(log(low) + share * (log(high) - log(low))) if self.log else low + share * (high - low)
        value = min(max(value, self.low), self.high)
        short = str(round(value)) if self.whole else f"{value:.6g}"
        return short if self.low <= float(short) <= self.high else repr(value)  # six digits may round out of the range


Axis = Values | Range


def read_axis(text: str) -> Axis:
    """What one --grid says. InputError where it cannot be read."""
    name, sign, said = text.partition("=")
    name = name.strip().removeprefix("--").replace("_", "-")
    if not sign or not name or not said.strip():
        raise InputError(f"--grid {text}: write NAME=V1,V2 or NAME=LOW..HIGH, as in --grid hidden-size=16,32")
    if ".." in said:
        return _range(text, name, said.strip())
    values = tuple(part.strip() for part in said.split(","))
    if not all(values):
        raise InputError(f"--grid {text}: a value between two commas is missing")
    twice = next((one for k, one in enumerate(values) if one in values[:k]), None)
    if twice is not None:
        raise InputError(f"--grid {text}: {twice} stands there twice; --seeds repeats a setting")
    return Values(name, values)


def _range(text: str, name: str, said: str) -> Range:
    logarithmic = said.endswith(LOG)
    ends = [part.strip() for part in said.removesuffix(LOG).split("..")]
    try:
        low, high = map(float, ends)
    except ValueError:
        raise InputError(f"--grid {text}: a range is LOW..HIGH or LOW..HIGH:log, with two numbers") from None
    if not (isfinite(low) and isfinite(high) and low < high):
        raise InputError(f"--grid {text}: the first number must be below the second, and both finite")
    if logarithmic and low <= 0:
        raise InputError(f"--grid {text}: {ends[0]} has no logarithm; leave :log out, or begin above 0")
    whole = all(whole_number(part.lstrip("+-")) is not None for part in ends)
    return Range(name, low, high, logarithmic, whole)


def read_space(texts: Sequence[str]) -> tuple[Axis, ...]:
    """What all --grid say. InputError where two are about one setting."""
    axes = tuple(map(read_axis, texts))
    names = [axis.name for axis in axes]
    twice = next((name for k, name in enumerate(names) if name in names[:k]), None)
    if twice is not None:
        raise InputError(f"--grid {twice}: is given twice; write all values behind one, as in {twice}=V1,V2")
    return axes


def settings_of(axes: Sequence[Axis], draws: int | None, seed: int) -> list[dict[str, str]]:
    """The settings to try, each NAME -> value: all combinations, the last axis first to change; or `draws` random ones.

    Draw i is a function of the seed and i alone, so that more draws begin with the same ones. A setting that was drawn
    before is tried once. InputError where a range is to be a grid, or the settings are too many.
    """
    if draws is None:
        ranges = [axis.name for axis in axes if isinstance(axis, Range)]
        if ranges:
            raise InputError(f"--grid {ranges[0]}: a range has no end of values: --random N draws N settings from it")
        lists = [axis.values for axis in axes if isinstance(axis, Values)]
        count = int(np.prod([len(one) for one in lists], dtype=object)) if lists else 1
        _check_count(count)
        return [dict(zip((axis.name for axis in axes), values, strict=True)) for values in product(*lists)]
    if not axes:
        raise InputError("--random draws values of --grid NAME=…, and there is none")
    _check_count(draws)
    drawn: dict[tuple[str, ...], None] = {}
    for i in range(draws):
        generator = np.random.default_rng([seed, i])
        drawn.setdefault(tuple(axis.draw(generator) for axis in axes))
    return [dict(zip((axis.name for axis in axes), values, strict=True)) for values in drawn]


def _check_count(count: int) -> None:
    if count > MOST_RUNS:
        raise InputError(f"{count:,} settings are more than {MOST_RUNS:,}: --random N draws N of them")
