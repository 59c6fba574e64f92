"""Pages as a reader sees them, at 80 and 120 columns. After a wanted change: pytest --overwrite-goldens, and read the diff."""

from collections.abc import Callable

import pytest

from tests.support.command import Result

PAGES = {
    "trace-nlp": ("trace", "I love NLP"),
    "trace-imdb": ("trace", "This movie was fantastic and I loved it.", "--model", "imdb"),
    "trace-lstm": ("trace", "I love NLP", "--cell", "lstm", "--hidden-size", "2", "--steps", "1"),
    "trace-gru-bidirectional": (
        *("trace", "I love NLP", "--cell", "gru", "--hidden-size", "2", "--bidirectional", "--steps", "1"),
        *("--no-arithmetic",),
    ),
    "trace-scripts": ("trace", "我爱 NLP naïve שלום", "--no-arithmetic"),
    "trace-why": ("trace", "I love NLP", "--why", "h[2][1]"),
    "trace-blank": ("trace", "I love", "--blank"),
    "trace-answers": ("trace", "I love", "--answers"),
}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", list(PAGES))
def test_page(
    name: str,
    width: int,
    call: Callable[..., Result],
    golden: Callable[[str, str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    result = call(*PAGES[name])
    assert (result.code, result.stderr) == (0, "")
    golden(f"{name}-{width}", result.stdout)
