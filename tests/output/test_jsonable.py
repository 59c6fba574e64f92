"""A long document is written in short pieces, and they say what one piece would."""

import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from rnn_cli.output.jsonable import AT_ONCE, json_pieces, to_json

LONG = {
    "matrix": np.random.default_rng(0).standard_normal((300, 70)),
    "vector": np.random.default_rng(1).standard_normal(3 * AT_ONCE + 5),
    "wide rows": np.ones((2, AT_ONCE + 1)),
    "single": np.float32(np.random.default_rng(2).standard_normal((1, 2, AT_ONCE))),
    "words": [f'"{k}"\x1b' for k in range(2 * AT_ONCE)],
    "steps": [{"t": t, "h": np.full(50, t / 7), "token": None, "gates": [{"value": (1.5, t)}]} for t in range(150)],
    "deep": {"a": [], "b": {"c": [np.zeros(AT_ONCE), {}, [[0.5] * AT_ONCE]]}, "d": "e"},
    "empty": np.zeros((0, 3)),
}


def plain(value: Any) -> Any:
    """The value in lists."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(item) for item in (value.tolist() if isinstance(value, np.ndarray) else value)]
    return value


@pytest.mark.parametrize("key", LONG)
def test_the_pieces_are_the_text_of_the_whole(key: str) -> None:
    document = {"schema": "x", key: LONG[key], "end": 1}
    assert to_json(document) == json.dumps(plain(document))
    listed = {"items": iter([LONG[key], 2.5, LONG[key]])}
    assert to_json(listed) == json.dumps(plain({"items": [LONG[key], 2.5, LONG[key]]}))


def test_no_piece_is_long_and_what_is_not_finite_has_its_place() -> None:
    h = np.ones((1000, 64))
    h[3, 5], h[999, 63], h[500, 0] = np.nan, np.inf, -np.inf
    document = {"sequences": [{"text": None, "layers": [{"h": h, "h0": h[3], "c": np.ones(3)}]}]}
    pieces = list(json_pieces(document))
    assert max(map(len, pieces)) < 8 * AT_ONCE
    read = json.loads("".join(pieces))
    where = "sequences[0].layers[0]"
    places = [f"{where}.h[{t}][{unit}]" for t, unit in ((3, 5), (500, 0), (999, 63))]
    assert read["non_finite"] == [*places, f"{where}.h0[5]"]
    layer = read["sequences"][0]["layers"][0]
    assert [(t, k) for t, row in enumerate(layer["h"]) for k, one in enumerate(row) if one is None] == [
        *((3, 5), (500, 0), (999, 63))
    ]


def test_a_long_document_takes_little_memory() -> None:
    states = np.random.default_rng(0).standard_normal((150, 256))

    def sequences() -> Iterator[dict[str, Any]]:
        yield {"layers": [{"gates": {"i": states, "f": states}, "h": states}]}

    def written() -> int:
        return sum(len(piece) for piece in json_pieces({"sequences": sequences()}))

    tracemalloc.start()
    try:
        length = written()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert length > 2_000_000
    assert peak < 1_500_000
