"""rnn bptt by the kernels alone: --checkpoint-every, and sequences too long to record."""

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Command
from tests.support.networks import each_value_once
from tests.support.schemas import validate

ASKED = ("bptt", "I love NLP", "--target", "positive")


NETWORKS = ("", "--cell lstm --num-layers 2 --bidirectional", "--cell gru")


@pytest.mark.parametrize(("network", "every"), each_value_once(product(NETWORKS, ["1", "2", "auto", "100"])))
def test_the_gradient_is_the_one_of_the_itemised_page(call: Command, network: str, every: str) -> None:
    full = call(*ASKED, *network.split(), "--json").document()
    long = call(*ASKED, *network.split(), "--json", "--checkpoint-every", every, "--check").document()
    validate(long)
    assert long["loss"]["total"] == pytest.approx(full["loss"]["total"], rel=1e-12)
    assert long["target"] == full["target"]
    for one, other in zip(long["gradients"]["layers"], full["gradients"]["layers"], strict=True):
        assert one.keys() == other.keys()
        for name in one.keys() - {"layer", "direction"}:
            assert np.allclose(one[name], other[name], rtol=1e-11, atol=1e-16), name
    for part in ("readout", "embedding"):
        assert long["gradients"][part].keys() == full["gradients"][part].keys()
        for name, value in long["gradients"][part].items():
            assert np.allclose(value, full["gradients"][part][name], rtol=1e-11, atol=1e-16), name
    assert np.allclose(long["gradients"]["inputs"], full["gradients"]["inputs"], rtol=1e-11, atol=1e-16)
    assert long["steps"] == []
    assert "steps" in long["omitted"]
    assert long["check"]["passed"] in (True, None)


def test_the_page_says_what_is_left_out_and_what_was_compared(call: Command) -> None:
    done = call(*ASKED, "--checkpoint-every", "2", "--clip-norm", "0.1")
    assert done.code == 0
    page = " ".join(done.stdout.split())
    assert "single steps were computed and not kept" in page
    assert "agrees with full BPTT" in page
    assert "Clipped by global norm" in page


def test_a_long_sequence_takes_the_kernels_by_itself(call: Command, tmp_path: Path) -> None:
    np.save(tmp_path / "long.npy", np.random.default_rng(0).standard_normal((20_001, 2)))
    done = call("bptt", "--input", str(tmp_path / "long.npy"), "--cell", "gru", "--target", "positive", "--check")
    assert done.code == 0, done.stderr
    page = " ".join(done.stdout.split())
    assert "They are kept up to 20,000 steps." in page
    assert "agrees with the same in segments of twice the length" in page


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--checkpoint-every", "0"), "expected a whole number from 1, or auto"),
        (("--checkpoint-every", "two"), "expected a whole number from 1, or auto"),
        (("--checkpoint-every", "2", "--truncate", "1"), "--truncate shows single steps"),
        (("--checkpoint-every", "auto", "--unit", "1"), "--unit shows single steps"),
    ],
)
def test_what_needs_single_steps_is_refused(call: Command, options: tuple[str, ...], message: str) -> None:
    done = call(*ASKED, *options)
    assert done.code == 2
    assert message in done.stderr
