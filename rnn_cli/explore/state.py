"""What a session holds: the model at work, where the cursor is, and what is seen in place of the map."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from rnn_cli.explore.cursor import Cursor, Fold
from rnn_cli.explore.numbers import Numbers, Opened, moved_by
from rnn_cli.explore.world import World
from rnn_cli.models.model import Model

if TYPE_CHECKING:  # what the first screen does not need is loaded when somebody asks for it
    from rnn_cli.explore.moved import Moved
    from rnn_cli.study.gradient_path import GradientPath
    from rnn_cli.study.quiz import Question

Save = Callable[[str, World], Model]
"""Keeps the model of a world under a name, and opens it again. InputError where that is not possible."""


class State:
    """What a person looks at.

    world      the model at work; `history` holds those before each edit, and `marked` what the last one moved
    cursor     the number of the map; `folds` the numbers that were walked into from there
    leaving    whether words are left out, to see what they are worth to the loss
    facts      whether the facts of the gradient's path stand in place of the map, and `helping` the keys
    beside     whether these facts are of all cells side by side
    offset     the first of their lines that is shown, and `page` how many have room
    message    what the last key has to say
    question   the number that the person predicts, which is hidden until then
    rate       how far l goes against the gradient
    """

    def __init__(self, world: World, save: Save | None = None, digits: int = 4, rate: float = 0.1) -> None:
        self.numbers = Numbers(world)
        self.digits, self.rate, self._save = digits, rate, save
        self.folds: tuple[Fold, ...] = ()
        self.facts = self.helping = self.leaving = self.beside = False
        self.offset, self.page = 0, 1
        self.message = ""
        self.question: Question | None = None
        self.history: list[World] = []
        self.marked: Moved | None = None
        a = world.model.network.architecture
        self.cursor = Cursor(world.model.network.cell.states[0], a.num_layers - 1, a.directions[0])

    @property
    def world(self) -> World:
        """The model at work."""
        return self.numbers.world

    @property
    def key(self) -> str:
        """The number whose arithmetic is shown: that of the map, or the one walked into last."""
        return self.folds[-1].key if self.folds else self.cursor.key(self.numbers)

    @property
    def opened(self) -> Opened:
        """The same, with what it is made of."""
        found = self.numbers.open(self.key)
        if found is None:  # an error that nothing gives, as after the last step of a run
            value = self.numbers.column(self.cursor.kind, self.cursor.layer, self.cursor.direction, self.cursor.t)
            return Opened(self.key, float(value[self.cursor.unit - 1]))
        return found

    @property
    def under_cursor(self) -> str:
        """The key of the number under the cursor: an operand, where one was walked into."""
        if not self.folds or not self.opened.operands:
            return self.key
        fold = self.folds[-1]
        return self.numbers.key_of(self.opened.operands[fold.product][fold.factor], fold.key)

    @property
    def shown(self) -> Cursor:
        """Where the number shown stands: on the map, or what was walked into from there, if that has a step."""
        key = self.key
        if not self.folds or moved_by(key, 1) == key:
            return self.cursor
        layer, direction, t = self.numbers.place(key)
        unit = re.search(r"\[(\d+)\](?:@|$)", key)
        assert unit is not None
        return Cursor(self.numbers.kind_of(key), layer, direction, t, int(unit[1]), self.cursor.back)

    @property
    def trail(self) -> tuple[str, ...]:
        """The numbers from that of the map to the one shown."""
        return (self.cursor.key(self.numbers), *(fold.key for fold in self.folds[1:]))

    @property
    def reading(self) -> bool:
        """Whether lines to scroll stand in place of the map."""
        return self.facts or self.helping

    def scrolled(self, most: int, page: int) -> int:
        """The first line of the facts that is shown; `most` is the last that can be the first, and so many have room."""
        self.offset, self.page = min(self.offset, max(most, 0)), page
        return self.offset

    def asks(self, key: str) -> bool:
        """Whether the number of a key is the one that the person predicts."""
        return self.question is not None and self.question.row.key == key

    @property
    def path(self) -> "GradientPath":
        """The gradient's path through the layer and direction of the cursor."""
        from rnn_cli.explore.path import path_of

        return path_of(self.world, self.cursor.layer, self.cursor.direction)

    def _go(self, cursor: Cursor, folds: tuple[Fold, ...] = ()) -> None:
        self.cursor, self.folds, self.message, self.question = cursor.within(self.numbers), folds, "", None
