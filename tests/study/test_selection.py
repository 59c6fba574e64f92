"""--steps, --unit, --layer, --direction and --why as they are typed."""

import pytest

from rnn_cli.core.network import MANY_TO_MANY
from rnn_cli.core.trace import trace
from rnn_cli.core.why import Quantity
from rnn_cli.errors import InputError
from rnn_cli.study.quantity import parse_quantity
from rnn_cli.study.selection import parse_direction, parse_numbers
from rnn_cli.study.shown import choose
from tests.support.networks import architecture_of, random_network, random_sequence

ONE_TO_FIVE = range(1, 6)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        (None, None),
        ("all", (1, 2, 3, 4, 5)),
        ("3", (3,)),
        ("2:4", (2, 3, 4)),
        (":2", (1, 2)),
        ("4:", (4, 5)),
        (":", (1, 2, 3, 4, 5)),
        ("5,1,3", (1, 3, 5)),
        ("1:2,2:3", (1, 2, 3)),
        (" 2 ", (2,)),
    ],
)
def test_numbers(text: str | None, numbers: tuple[int, ...] | None) -> None:
    assert parse_numbers("--steps", text, ONE_TO_FIVE) == numbers


@pytest.mark.parametrize(
    "text",
    ["", "x", "0", "6", "-1", "1:6", "3:2", "1,,2", "1:2:3", "1.5", "2-4", "all,1", "1" * 5000, "1:" + "9" * 20, ","],
)
def test_numbers_that_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="--steps") as raised:
        parse_numbers("--steps", text, ONE_TO_FIVE)
    assert len(str(raised.value).splitlines()) == 1


def test_direction() -> None:
    both = ("forward", "backward")
    assert parse_direction(None, both) == both
    assert parse_direction("backward", both) == ("backward",)
    for text in ("up", "", "Forward"):
        with pytest.raises(InputError, match="forward and backward"):
            parse_direction(text, both)
    with pytest.raises(InputError, match="this network has forward"):
        parse_direction("backward", ("forward",))


def test_choice() -> None:
    architecture = architecture_of("lstm", num_layers=2, bidirectional=True)
    choice = choose(architecture, 5, steps="2:3", unit="1,4", layer="1", direction="backward")
    assert (choice.steps, choice.units, choice.layers, choice.directions) == ((2, 3), (1, 4), (1,), ("backward",))
    every = choose(architecture, 5)
    assert (every.steps, every.units, every.layers) == (None, None, (0, 1))
    with pytest.raises(InputError, match="there are 0 to 1"):
        choose(architecture, 5, layer="2")
    with pytest.raises(InputError, match="there are 1 to 4"):
        choose(architecture, 5, unit="5")


def test_a_choice_in_numbers_is_the_choice_in_text() -> None:
    architecture = architecture_of("lstm", num_layers=2)
    assert choose(architecture, 5, steps=[3, 2], unit=4, layer=1) == choose(
        architecture, 5, steps="2,3", unit="4", layer="1"
    )


LSTM = trace(
    random_network(architecture_of("lstm", num_layers=2, bidirectional=True, output_size=2)), random_sequence(3, 3)
)
VANILLA = trace(random_network(architecture_of("rnn tanh", output_size=2, task=MANY_TO_MANY)), random_sequence(3, 3))
BOTH = ("forward", "backward")


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("h[2][1]", Quantity("h", 1, "forward", 2, 1)),
        (" c [3] [4] ", Quantity("c", 1, "forward", 3, 4)),
        ("a_f[1][2]@0.backward", Quantity("a_f", 0, "backward", 1, 2)),
        ("g[1][1]@1.backward", Quantity("g", 1, "backward", 1, 1)),
        ("logits[2]", Quantity("logits", 1, "forward", None, 2)),
    ],
)
def test_quantities_of_an_lstm(text: str, quantity: Quantity) -> None:
    assert parse_quantity(text, LSTM, (0, 1), BOTH) == quantity


def test_quantities_of_a_vanilla_rnn() -> None:
    assert parse_quantity("a[2][1]", VANILLA, (0,), ("forward",)) == Quantity("a_h", 0, "forward", 2, 1)
    assert parse_quantity("logits[3][2]", VANILLA, (0,), ("forward",)) == Quantity("logits", 0, "forward", 3, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "write quantity"),
        ("h", "write quantity"),
        ("h[1", "write quantity"),
        ("h[-1][1]", "write quantity"),
        ("h[1][1][1]", "write quantity"),
        ("h[1][1]@0.up", "write quantity"),
        ("h[1]", "give the step and the unit"),
        ("h[0][1]", "steps run from 1 to 3"),
        ("h[4][1]", "steps run from 1 to 3"),
        ("h[1][0]", "units run from 1 to 4"),
        ("h[1][5]", "units run from 1 to 4"),
        ("h[1][1]@2.forward", "no layer 2"),
        ("z[1][1]", "this network has h, c, i, f, g, o"),
        ("a[1][1]", "a_i"),
        ("logits[3]", "classes run from 1 to 2"),
        ("logits[1][1]", "one output for the whole sequence"),
        ("h[999999999][1]", "steps run"),
        ("h[9999999999][1]", "write quantity"),
    ],
)
def test_quantities_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_quantity(text, LSTM, (0, 1), BOTH)
    assert message in str(raised.value)
    assert str(raised.value).startswith("--why")
