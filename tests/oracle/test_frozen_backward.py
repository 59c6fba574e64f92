"""PyTorch's frozen gradients (frozen/make_frozen_backward.py wrote them): these tests run everywhere."""

import json
from typing import Any

import numpy as np
import pytest

from rnn_cli.models.options import described
from tests.oracle.frozen.make_frozen_backward import FILE, problem_of_case, problems
from tests.oracle.torch_backward import our_answer

DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
CLOSE = 1e-10


def named(case: dict[str, Any]) -> str:
    a = case["architecture"]
    return f"{described(a['cell'], a['options'])}, {a['num_layers']} layers"


def test_there_is_a_case_for_each_network_of_the_script() -> None:
    assert DOCUMENT["torch"]
    assert len(DOCUMENT["cases"]) == len(problems())


@pytest.mark.parametrize("case", DOCUMENT["cases"], ids=named)
def test_gradients_are_pytorchs_frozen_values(case: dict[str, Any]) -> None:
    problem, expected = problem_of_case(case)
    found = our_answer(problem)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=CLOSE, rtol=0, err_msg=name)
