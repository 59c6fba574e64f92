"""Products are cut only for kernels that gain by it."""

import pytest
import threadpoolctl

from rnn_cli.core.fast import products
from rnn_cli.training import blas
from rnn_cli.training.blas import WITHOUT_PACKING, small_products


@pytest.mark.parametrize(
    ("kernels", "most"),
    [
        (["SkylakeX"], WITHOUT_PACKING),
        (["Haswell"], 0),
        (["SkylakeX", "Haswell"], 0),
        ([None], 0),
        ([], 0),
    ],
)
def test_cut_for_kernels_that_do_not_pack(
    kernels: list[str | None], most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = [{"user_api": "blas", **({"architecture": one} if one else {})} for one in kernels]
    known.append({"user_api": "openmp"})
    monkeypatch.setattr(threadpoolctl, "threadpool_info", lambda: known)
    monkeypatch.setattr(blas, "_kernels", blas._kernels.__wrapped__)  # asked once in a process
    with small_products(1):
        assert most == products.SMALL
    assert products.SMALL == 0
    with small_products(2):
        assert products.SMALL == 0
