"""Which parameter of a module is which of the cell's: names and shapes that people use, and what is asked for."""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.core.arrays import Array
from rnn_cli.core.cells import made_cell
from rnn_cli.errors import InputError
from rnn_cli.study.check.module import check_module
from rnn_cli.study.check.modules.observe import loaded_torch
from rnn_cli.study.check.modules.weights import pieces, read_weights, usual_order

I, H = 3, 5  # noqa: E741  (the letters of the shapes)

NAMES = {
    "W_x{}": "W_h{}",
    "W_i{}": "W_h{}",
    "W_x{}.weight": "W_h{}.weight",
    "x2{}.weight": "h2{}.weight",
    "cell.W{}x": "cell.W{}h",
    "weight_ih_{}": "weight_hh_{}",
    "W_{}": "U_{}",
    "lin_x{}.weight": "lin_h{}.weight",
    "rnn.linear_i{}.weight": "rnn.linear_h{}.weight",
}
"""What the matrices of a gate are called, those of x beside those of h."""

PACKED = {
    "weight_ih": "weight_hh",
    "x2h.weight": "h2h.weight",
    "i2h.weight": "h2h.weight",
    "W_ih": "W_hh",
    "ih.weight": "hh.weight",
    "kernel": "recurrent_kernel",
    "W": "U",
    "cells.0.weight_ih": "cells.0.weight_hh",
    "weight_ih_l0": "weight_hh_l0",
}


def _numbers(*shape: int) -> Array:
    return np.random.default_rng(shape).normal(size=shape)


@pytest.mark.parametrize(("cell", "of_x", "transposed"), list(product(("lstm", "gru"), NAMES, (False, True))))
def test_gates_of_their_own_are_found_by_letter(cell: str, of_x: str, transposed: bool) -> None:
    made, arrays = made_cell(cell, ()), {}
    for gate in made.gates:
        for name, width in ((of_x, I), (NAMES[of_x], H)):
            arrays[name.format(gate)] = _numbers(width, H) if transposed and width != H else _numbers(H, width)
    found = read_weights("Net", arrays, made, {})
    assert (found.input_size, found.hidden_size) == (I, H)
    parts = pieces(found, made, usual_order(made), False, None)[0, "forward"]
    for gate in made.gates:
        for kind, name in (("x", of_x), ("h", NAMES[of_x])):
            array = arrays[name.format(gate)]
            (piece,) = parts[f"W_{kind}{gate}"]
            assert np.array_equal(piece.of(arrays), array if array.shape[0] == H else array.T)


@pytest.mark.parametrize(("cell", "of_x", "by_columns"), list(product(("rnn", "lstm", "gru"), PACKED, (False, True))))
def test_gates_one_below_the_other_are_cut_in_pytorchs_order(cell: str, of_x: str, by_columns: bool) -> None:
    made = made_cell(cell, ())
    rows = H * len(made.gates)
    whole = {of_x: _numbers(rows, I), PACKED[of_x]: _numbers(rows, H)}
    arrays = {name: array.T.copy() if by_columns and rows != H else array for name, array in whole.items()}
    found = read_weights("Net", arrays, made, {})
    parts = pieces(found, made, usual_order(made), False, None)[0, "forward"]
    for k, gate in enumerate(usual_order(made)):
        for kind, name in (("x", of_x), ("h", PACKED[of_x])):
            (piece,) = parts[f"W_{kind}{gate}"]
            assert np.array_equal(piece.of(arrays), whole[name][k * H : (k + 1) * H])


def test_words_for_gates_and_what_reads_both_sources() -> None:
    made = made_cell("lstm", ())
    words = {"i": "input_gate", "f": "forget_gate", "g": "cell_candidate", "o": "output_gate"}
    arrays = {f"{word}.weight": _numbers(H, I + H) for word in words.values()}
    arrays |= {f"{word}.bias": _numbers(H) for word in words.values()}
    found = read_weights("Net", arrays, made, {})
    assert found.joined
    for h_first in (False, True):
        parts = pieces(found, made, usual_order(made), h_first, None)[0, "forward"]
        for gate, word in words.items():
            whole = arrays[f"{word}.weight"]
            of_x, of_h = parts[f"W_x{gate}"][0].of(arrays), parts[f"W_h{gate}"][0].of(arrays)
            assert np.array_equal(np.hstack([of_h, of_x] if h_first else [of_x, of_h]), whole)
            assert np.array_equal(parts[f"b_{gate}"][0].of(arrays), arrays[f"{word}.bias"])


def test_a_readout_beside_the_cell_is_left_aside() -> None:
    made = made_cell("gru", ())
    arrays = {
        "x2h.weight": _numbers(3 * H, I),
        "h2h.weight": _numbers(3 * H, H),
        "fc.weight": _numbers(2, H),
        "fc.bias": _numbers(2),
    }
    found = read_weights("Net", arrays, made, {})
    assert found.left == ("fc.weight", "fc.bias")


def test_what_is_missing_twice_or_of_another_shape_is_refused() -> None:
    made = made_cell("lstm", ())
    right = {"weight_ih": _numbers(4 * H, I), "weight_hh": _numbers(4 * H, H)}
    with pytest.raises(InputError, match="no parameter is W_xi; parameters that are not understood: alpha"):
        read_weights("Net", {"alpha": right["weight_ih"], "weight_hh": right["weight_hh"]}, made, {})
    with pytest.raises(
        InputError, match="x2h and weight_ih both read as W_xi: --map says what each is, as in: weight_ih = none"
    ):
        read_weights("Net", {"x2h": right["weight_ih"], **right}, made, {})
    with pytest.raises(InputError, match="bias_ih has 7 numbers, and a bias of i f g o has 20"):
        read_weights("Net", {**right, "bias_ih": _numbers(7), "bias_hh": _numbers(20)}, made, {"bias_ih": "b_ih"})
    with pytest.raises(InputError, match="W_z is none of W_xi"):
        read_weights("Net", right, made, {"weight_ih": "W_z"})


def test_pytorch_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with pytest.raises(InputError, match="pip install torch"):
        loaded_torch()
    (tmp_path / "net.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n")
    with pytest.raises(InputError, match=r"net\.py:Net: it needs PyTorch: pip install torch"):
        check_module(str(tmp_path / "net.py"), "Net", "gru")
