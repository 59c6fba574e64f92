"""The hidden size for a number of parameters, held against all sizes one by one."""

from dataclasses import replace

import pytest

from rnn_cli.core.cells import CELLS
from rnn_cli.errors import InputError
from rnn_cli.race.sizes import size_for
from rnn_cli.tasks import GENERATED, generated_task
from rnn_cli.tasks.options import DataOptions
from rnn_cli.training.build import blueprint_of, build
from rnn_cli.training.config import configure


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("task", GENERATED)
def test_no_other_size_is_nearer(cell: str, task: str) -> None:
    kind = generated_task(task)
    needs = kind.needs(DataOptions(), kind.encoding())
    config = configure({"task": task, "cell": cell})
    counts = {H: blueprint_of(replace(config, hidden_size=H), needs).parameter_count for H in range(1, 300)}
    for wanted in (700, 1500):
        found = size_for(cell, wanted, config, needs)
        assert abs(found.parameter_count - wanted) == min(abs(one - wanted) for one in counts.values())
        assert found.parameter_count == counts[found.hidden_size]
        assert found.deviation(wanted) == pytest.approx((found.parameter_count - wanted) / wanted)


def test_the_parameters_are_those_that_training_builds() -> None:
    kind = generated_task("recall")
    config = configure({"task": "recall", "cell": "slstm"})
    found = size_for("slstm", 2000, config, kind.needs(DataOptions(), kind.encoding()))
    prepared = kind.prepare([], DataOptions(), 0)
    system = build(replace(config, hidden_size=found.hidden_size), prepared)
    assert system.parameters.flat.size == found.parameter_count


def test_too_few_or_many_parameters_are_no_network() -> None:
    kind = generated_task("recall")
    config = configure({"task": "recall", "cell": "gru"})
    with pytest.raises(InputError, match="--parameters 20: of gru the nearest network has 6"):
        size_for("gru", 20, config, kind.needs(DataOptions(), kind.encoding()))
    with pytest.raises(InputError, match=r"\(100,000 hidden\); ask for fewer"):
        size_for("gru", 10**12, config, kind.needs(DataOptions(), kind.encoding()))
