"""A number that the person predicts before it is shown: what is asked, and what is said to an answer."""

from dataclasses import replace

from rnn_cli.core.activations import ACTIVATIONS
from rnn_cli.core.why import Product
from rnn_cli.errors import InputError
from rnn_cli.explore.numbers import LOGITS, Numbers
from rnn_cli.study.quiz import RIGHT, TELL, UNCLEAR, Question
from rnn_cli.study.rows import BACK_KEY, Row
from rnn_cli.study.worksheet import Part
from rnn_cli.views.numbers import signed
from rnn_cli.views.quiz import hint, unread

MOST_OTHERS = 256
"""A number is recognised as that of another unit among so many first ones."""


def question_of(numbers: Numbers, key: str) -> Question:
    """The question for a number. InputError where it is given."""
    row = numbers.row(key)
    if row is None or not row.products:
        raise InputError(f"{key} is given: there is nothing to predict")
    if copied(row.function, row.products):
        other = numbers.key_of(row.products[0].factors[0], key)
        raise InputError(f"{key} is {other} and nothing else: Enter goes into it, and t asks for it there")
    layer, direction, t = numbers.place(key)
    about = "back" if BACK_KEY.fullmatch(key) else "readout" if key.startswith(LOGITS) else "step"
    whole = _whole(numbers, row)
    made = _made(numbers, whole) if about == "back" else {}
    return Question(Part(about, (row,), layer, direction, t), whole, _others(numbers, key), made)


def copied(function: str, products: tuple[Product, ...]) -> bool:
    """Whether a number is another one as it stands, with nothing to work out."""
    factors = [one for product in products for one in product.factors]
    return not function and len(factors) == 1 and not factors[0].function and not factors[0].inside


def _whole(numbers: Numbers, row: Row) -> Row:
    """An activation with the sum that it is taken of in the brackets: a person may slip in either."""
    factors = [one for product in row.products for one in product.factors]
    if row.function not in ACTIVATIONS or len(factors) != 1:
        return row
    inner = numbers.row(numbers.key_of(factors[0], row.key))
    return row if inner is None or inner.function else replace(row, products=inner.products)


def _made(numbers: Numbers, row: Row) -> dict[str, Row]:
    """The errors among the operands of one, as rows."""
    factors = [one for product in row.products for one in product.factors if not one.inside]
    rows = {one.name: numbers.row(key) for one in factors if BACK_KEY.fullmatch(key := numbers.key_of(one, row.key))}
    return {name: found for name, found in rows.items() if found is not None}


def _others(numbers: Numbers, key: str) -> tuple[float, ...]:
    """The same number of the other units: where a map shows it, without the products behind each."""
    stem, _, unit = key.partition("@")[0].rpartition("[")
    kind, place = numbers.kind_of(key), numbers.place(key)
    if kind in numbers.kinds(key.startswith("d")):
        column = numbers.column(kind, *place)[:MOST_OTHERS]
        return tuple(float(value) for k, value in enumerate(column, start=1) if f"{k}]" != unit)
    size = min(numbers.size(kind, place[0]), MOST_OTHERS)
    keys = (f"{stem}[{k}]{''.join(key.partition('@')[1:])}" for k in range(1, size + 1) if f"{k}]" != unit)
    return tuple(found.value for found in map(numbers.open, keys) if found is not None)


def reply(question: Question, verdict: str, key: str, digits: int, text: str) -> str:
    """What is said to an answer, as rnn quiz says it."""
    told = f"{key} is {signed(question.row.value, digits)}"
    if verdict in (RIGHT, TELL):
        return f"right: {told}" if verdict == RIGHT else told
    if verdict == UNCLEAR:
        return f"{unread(text)}; ? tells it, Escape leaves it"
    hints = "\nor: ".join(hint(name, question) for name in question.last_slips[:2])
    if question.over:
        return f"no; {told}" + (f" ({hints})" if hints else "")
    return f"not yet, one more try: {hints or 'work it out once more'}"
