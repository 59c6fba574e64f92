"""The largest sizes and weights that a file may ask for: the last that is read, and the first that is refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from rnn_cli.core.network import Architecture
from rnn_cli.errors import InputError, ModelFileError
from rnn_cli.models.checks import check_weights, checked_architecture, filled_parameters
from rnn_cli.models.foreign.archives import member, opened_archive
from tests.support.networks import architecture_of

PLAIN = architecture_of("lstm", 3, 4, output_size=2)
SIZES = {
    "input_size": (1, 100_000),
    "hidden_size": (1, 100_000),
    "num_layers": (1, 1_000),
    "output_size": (0, 10_000_000),
    "embedding_rows": (0, 10_000_000),
    "part_rows": (0, 10_000_000),
}


def with_size(name: str, size: Any) -> Architecture:
    """An architecture that says so, whose file nothing has checked yet."""
    return replace(PLAIN, **{name: size})


@pytest.mark.parametrize("name", SIZES)
def test_a_size_is_a_whole_number_up_to_its_limit(name: str) -> None:
    low, high = SIZES[name]
    for size in (low, high):
        assert getattr(checked_architecture("m", with_size(name, size)), name) == size
    for wrong in (low - 1, high + 1, True, float(high), None):
        with pytest.raises(ModelFileError, match=f"m: {name} must be a whole number from {low} to {high}, not "):
            checked_architecture("m", with_size(name, wrong))


def test_sizes_of_layers_are_those_of_unequal_layers() -> None:
    two = replace(PLAIN, num_layers=2)
    assert checked_architecture("m", replace(two, layer_sizes=(5, 4))).layer_sizes == (5, 4)
    for wrong in ((4, 4), (4, 5), (5, 6, 4), (100_001, 4), (0, 4)):
        with pytest.raises(ModelFileError, match="m: layer_sizes is "):
            checked_architecture("m", replace(two, layer_sizes=wrong))


def test_weights_are_counted_before_they_take_memory() -> None:
    check_weights(10, 10)
    with pytest.raises(InputError, match=r"would have 11 weights; at most 10"):
        check_weights(11, 10)
    for count, said in {10**15 - 1: "999,999,999,999,999", 10**15: "more than 1,000,000,000,000,000"}.items():
        with pytest.raises(ModelFileError, match=f"would have {said} weights"):
            check_weights(count, 10, ModelFileError)


@pytest.mark.parametrize("count", [20, 21])
def test_names_are_listed_up_to_twenty(count: int) -> None:
    names = [f"p{k}" for k in range(count)]
    with pytest.raises(ModelFileError) as raised:
        filled_parameters("m", dict.fromkeys(names, (1,)), {"other": np.zeros(1)})
    listed = ", ".join(names[:20]) + (", … (21 in all)" if count == 21 else "")
    assert str(raised.value) == f"m: unexpected parameter other; this network has {listed}"


def test_a_member_of_an_archive_is_as_large_as_the_largest_network(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "m.zip", "w") as archive:
        archive.writestr("weights", bytes(8))
    with opened_archive(tmp_path / "m.zip", "an archive") as archive:
        assert member("m.zip", archive, "weights") == bytes(8)
        info = archive.getinfo("weights")
        info.file_size, info.compress_size = 8 * 200_000_000 + (64 << 20) + 1, 10**9
        with pytest.raises(ModelFileError, match="weights would grow from 1,000,000,000 to 1,667,108,865 bytes"):
            member("m.zip", archive, "weights")
