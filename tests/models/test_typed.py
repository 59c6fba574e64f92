"""Dataclasses from JSON: values of another type than the field's are refused, whatever they are."""

from dataclasses import dataclass

import pytest

from rnn_cli.models.typed import typed


@dataclass(frozen=True)
class Settings:
    name: str
    size: int = 1
    rate: float | None = 0.5
    labels: tuple[str, ...] = ()
    whether: bool = False


def test_values_go_where_they_belong() -> None:
    data = {"name": "x", "size": 3, "rate": 2, "labels": ["a", "b"], "whether": True, "unheard of": 1}
    assert typed(Settings, data) == Settings("x", 3, 2, ("a", "b"), True)
    assert typed(Settings, {"name": "x", "rate": None}) == Settings("x", rate=None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 1}, {"name": None}, {"name": ["x"]}, {"size": True}, {"size": 1.0}, {"size": "1"}, {"rate": True},
        {"rate": "1"}, {"rate": float("nan")}, {"rate": float("inf")}, {"rate": 10**400}, {"labels": "ab"},
        {"labels": ["a", 1]}, {"labels": [["a"]]}, {"labels": {}}, {"whether": 1},
    ],
)  # fmt: skip
def test_another_type_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        typed(Settings, {"name": "x"} | wrong)


def test_a_missing_value_is_refused() -> None:
    with pytest.raises(TypeError):
        typed(Settings, {})
