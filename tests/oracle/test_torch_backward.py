"""Random networks of every kind against PyTorch's autograd in double precision: all gradients of batches of unequal lengths."""

from typing import Any

import pytest

from tests.oracle.parity import REPEATS, Shape, errors, main, problem_of, shapes
from tests.oracle.torch_backward import WRITTEN_OUT

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed; test_frozen_backward.py holds its values")

CLOSE = 1e-10


def test_there_are_at_least_200_networks() -> None:
    assert len(list(shapes())) * REPEATS >= 200


@pytest.mark.parametrize("kind", WRITTEN_OUT)
def test_every_gradient_is_pytorchs(kind: str, record_property: Any) -> None:
    largest, where = 0.0, ""
    for number, shape in enumerate(list(shapes()) * REPEATS):
        if shape[0] != kind:
            continue
        for name, error in errors(torch, problem_of(shape, number)).items():
            assert error <= CLOSE, (shape, number, name)
            if error > largest:
                largest, where = error, name
    record_property("largest_relative_error", f"{largest:.2e} at {where}")


@pytest.mark.parametrize(
    "shape",
    [
        ("rnn tanh", 1, False, "cross-entropy", "many-to-one"),
        ("lstm", 2, True, "mse", "many-to-many"),
        ("gru reset before", 3, True, "cross-entropy", "many-to-one"),
    ],
)
def test_a_wrong_gradient_would_be_seen(shape: Shape) -> None:
    """The comparison itself is not blind: each part of a gradient, off by a millionth, is found."""
    from tests.oracle.torch_backward import our_answer, relative_error, torch_answer

    problem = problem_of(shape, 0)
    ours, theirs = our_answer(problem), torch_answer(torch, problem)
    for name in theirs:
        assert relative_error(ours[name] * (1 + 1e-6), theirs[name]) > CLOSE


def test_the_script_prints_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    main()
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in lines[2:]] == [*WRITTEN_OUT, "all"]
    assert int(lines[-1].split()[1]) == len(list(shapes())) * REPEATS
    assert all(float(number) <= CLOSE for number in lines[-1].split()[2:])
