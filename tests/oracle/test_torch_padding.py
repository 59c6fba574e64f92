"""--explain-padding against pack_padded_sequence, and against PyTorch's own padded batch read as data."""

from typing import Any

import numpy as np
import pytest

import rnn_cli as rnn
from rnn_cli.front.reading import read_one
from rnn_cli.study.padding import explain_padding
from tests.support.cells import cells_that_torch_has

torch: Any = pytest.importorskip("torch", reason="PyTorch is not installed; study/test_padding.py runs without it")

LENGTHS = (3, 5, 1, 5)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", list(cells_that_torch_has()))
def test_h_n_and_output(cell: str, layers: int, bidirectional: bool) -> None:
    torch.manual_seed(layers)
    module = getattr(torch.nn, cell.upper())(2, 3, num_layers=layers, bidirectional=bidirectional).double()
    model = rnn.from_torch(module).loaded
    generator = np.random.default_rng(1)
    arrays = [generator.normal(size=(length, 2)) for length in LENGTHS]
    result = explain_padding(model, [read_one(array, model, 0) for array in arrays])
    batch = torch.nn.utils.rnn.pad_sequence([torch.from_numpy(array) for array in arrays])
    assert np.array_equal(result.inputs, batch.numpy())
    with torch.no_grad():
        packed = torch.nn.utils.rnn.pack_padded_sequence(batch, LENGTHS, enforce_sorted=False)
        output, final = module(packed)
        output, _ = torch.nn.utils.rnn.pad_packed_sequence(output)
        output_read, final_read = module(batch)
    names = model.network.cell.states
    for b, one in enumerate(result.sequences):
        assert np.allclose(one.last_output, output[-1, b], rtol=0, atol=1e-12)
        assert np.allclose(one.read.output, output_read[:, b], rtol=0, atol=1e-12)
        for k, ending in enumerate(one.endings):
            for name, right, wrong in zip(names, _states(final), _states(final_read), strict=True):
                assert np.allclose(ending.final[name], right[k, b], rtol=0, atol=1e-12)
                assert np.allclose(ending.read[name], wrong[k, b], rtol=0, atol=1e-12)


def _states(final: Any) -> tuple[Any, ...]:
    return final if isinstance(final, tuple) else (final,)
