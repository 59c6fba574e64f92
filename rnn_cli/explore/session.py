"""A person's way through a network: what is looked at, and what each key does to that. It knows no terminal."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from rnn_cli.errors import InputError, RnnError
from rnn_cli.explore.command import FIRST_SAVE, page_command, worked_out
from rnn_cli.explore.cursor import Cursor, Fold, entered, shifted
from rnn_cli.explore.leaves import with_number
from rnn_cli.explore.numbers import Numbers, Opened, nothing_behind
from rnn_cli.explore.still import still
from rnn_cli.explore.world import World
from rnn_cli.models.model import Model

if TYPE_CHECKING:  # what the first screen does not need is loaded when somebody asks for it
    from rnn_cli.explore.moved import Moved
    from rnn_cli.study.gradient_path import GradientPath
    from rnn_cli.study.quiz import Question

Save = Callable[[str, World], Model]
"""Keeps the model of a world under a name, and opens it again. InputError where that is not possible."""


class Session:
    """What a person looks at.

    world      the model at work; `undone_by` holds those before each edit, and `labels` what each edit was
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

    # Where the cursor is.

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
    def trail(self) -> tuple[str, ...]:
        """The numbers from that of the map to the one shown."""
        return (self.cursor.key(self.numbers), *(fold.key for fold in self.folds[1:]))

    # Keys that move.

    def step(self, steps: int) -> None:
        """To a later step, or an earlier one; a path that was walked goes along as far as it can."""
        t = min(max(self.cursor.t + steps, 1), self.world.length)
        folds = shifted(self.numbers, self.folds, t - self.cursor.t) if t != self.cursor.t else self.folds
        said = still(self, "step", t == self.cursor.t, steps)
        self._go(replace(self.cursor, t=t), folds)
        self.message = said

    def edge(self, by: int) -> None:
        """To the first step or the last; of the facts, to the first lines or the last."""
        if self.reading:
            self.offset = 0 if by < 0 else FAR
        else:
            self.step(by * FAR)

    def down(self, units: int) -> None:
        """To another unit; of a number that was walked into, to another of its products; of the facts, to other lines."""
        if self.reading:
            self.offset = max(self.offset + units, 0)
            return
        if not self.folds:
            was = self.cursor
            self._go(replace(was, unit=was.unit + units))
            self.message = still(self, "unit", self.cursor == was, units)
            return
        fold, operands = self.folds[-1], self.opened.operands
        if operands:
            product = min(max(fold.product + units, 0), len(operands) - 1)
            factor = min(fold.factor, len(operands[product]) - 1)
            self.folds = (*self.folds[:-1], replace(fold, product=product, factor=factor))
        self.message = ""

    def next_kind(self, by: int = 1) -> None:
        """To the next quantity; of a number that was walked into, to the next factor of the product."""
        if not self.folds:
            kinds = self.numbers.kinds(self.cursor.back)
            self._go(replace(self.cursor, kind=kinds[(kinds.index(self.cursor.kind) + by) % len(kinds)]))
        elif self.opened.operands:
            fold = self.folds[-1]
            factors = self.opened.operands[fold.product]
            self.folds = (*self.folds[:-1], replace(fold, factor=(fold.factor + by) % len(factors)))
            self.message = ""

    def layer(self, by: int) -> None:
        """To a layer above or below; of the facts, as many lines up or down as are shown."""
        if self.reading:
            self.down(-by * self.page)
            return
        was = self.cursor
        self._go(replace(was, layer=was.layer + by))
        self.message = still(self, "layer", self.cursor == was, by)

    def other_direction(self) -> None:
        """To the layer's other direction."""
        directions = self.numbers.a.directions
        was = self.cursor
        self._go(replace(was, direction=directions[(directions.index(was.direction) + 1) % len(directions)]))
        self.message = still(self, "direction", self.cursor == was)

    def place(self, t: int, unit: int | None = None, kind: str | None = None) -> None:
        """To a step, a unit and a quantity, as with a mouse."""
        here = self.cursor
        self._go(replace(here, t=t, unit=here.unit if unit is None else unit, kind=here.kind if kind is None else kind))

    def _go(self, cursor: Cursor, folds: tuple[Fold, ...] = ()) -> None:
        self.cursor, self.folds, self.message, self.question = cursor.within(self.numbers), folds, "", None

    def unfold(self) -> None:
        """Into the number under the cursor: its operands can be walked to, and into them."""
        key = self.under_cursor
        opened = self.numbers.open(key)
        if opened is None:
            self.message = f"{key} {nothing_behind(key)}"
        elif self.folds and opened.key == self.folds[-1].key:
            self.message = f"{key} is given, and made of nothing: w changes it"
        else:
            self.folds, self.message, self.question = (*self.folds, entered(self.numbers, key)), "", None

    def fold(self) -> None:
        """Back to the number that the one shown is an operand of."""
        said = still(self, "fold", not self.folds)
        self.folds, self.message, self.question = self.folds[:-1], said, None

    # Keys that turn the view.

    def turn(self) -> None:
        """From a number to the error that arrives at it, and back."""
        from rnn_cli.explore.against import said_assumed

        self._go(self.cursor.turned(self.numbers))
        self.facts = False
        self.message = said_assumed(self.world) if self.cursor.back else ""

    def truncate(self, by: int) -> None:
        """A window of so many steps more or fewer that errors go back; from T on, all."""
        T, window = self.world.length, self.world.window
        window = max((T if window is None else window) + by, 1)
        world = self.world.whole
        if window < T:
            world = self.world.same_run(window=window)
            world.__dict__["whole"] = self.world.whole
        world.back  # noqa: B018  -- a sequence that cannot be truncated is refused before anything changes
        self.numbers = Numbers(world)
        if not self.cursor.back:
            self.turn()
        self._go(self.cursor, self.folds)
        self.message = "errors go back all the way" if world.window is None else ""  # a window is said all the time

    def leave_out(self) -> None:
        """Beside the slope of each word the change of the loss without it, or no more."""
        from rnn_cli.explore.left_out import said_without

        leaving = not (self.leaving and self.cursor.back)
        said = said_without(self.world) if leaving else ""
        if not self.cursor.back:
            self.turn()
        self.leaving = leaving
        self.message = "; ".join(filter(None, [said, self.message])) if leaving else ""

    def toggle_facts(self) -> None:
        """The facts of the gradient's path, or the map again; the keys that stand over them go."""
        self.helping = False
        if not self.facts:
            self.path  # noqa: B018  -- where there is no path, the map stays
        self.facts, self.beside, self.message, self.offset = not self.facts, False, "", 0

    def help(self) -> None:
        """The keys, or what stood there again."""
        self.helping, self.offset = not self.helping, 0

    @property
    def reading(self) -> bool:
        """Whether lines to scroll stand in place of the map."""
        return self.facts or self.helping

    def scrolled(self, most: int, page: int) -> int:
        """The first line of the facts that is shown; `most` is the last that can be the first, and so many have room."""
        self.offset, self.page = min(self.offset, max(most, 0)), page
        return self.offset

    @property
    def path(self) -> "GradientPath":
        """The gradient's path through the layer and direction of the cursor."""
        from rnn_cli.explore.path import path_of

        return path_of(self.world, self.cursor.layer, self.cursor.direction)

    # Keys that change the world.

    def _become(self, world: World, says: str) -> None:
        """Another world; every number that moved is marked."""
        from rnn_cli.explore.moved import Moved

        before = self.numbers
        self.history.append(self.world)
        self.numbers = Numbers(world)
        try:
            cursor = self.cursor.within(self.numbers)  # a backward pass may be impossible in the new world
        except RnnError:
            self.numbers = before
            self.history.pop()
            raise
        self.marked = Moved(before, self.numbers)
        folds = shifted(self.numbers, self.folds, 0)
        self._go(cursor, folds)
        self.facts = False
        self.message = says

    def edit_text(self, text: str) -> None:
        """The same model on another text."""
        from rnn_cli.explore.against import said_anew
        from rnn_cli.explore.edits import with_text
        from rnn_cli.explore.strangers import said_strange

        before = self.world
        self._become(with_text(before, text), "")
        left = "" if self.marked is None else self.marked.said_gone
        anew = said_anew(before, self.world, self.cursor.back)
        strange = said_strange(self.world)
        self.message = (
            f"the text is another: {self._moved()}{left}{anew}; u goes back{f' · {strange}' if strange else ''}"
        )

    def edit_number(self, text: str) -> None:
        """The number under the cursor is another."""
        from rnn_cli.explore.against import held
        from rnn_cli.study.quiz import read_number

        value = read_number(text)
        opened = self.numbers.open(self.under_cursor)
        if opened is None:
            raise InputError(f"{self.under_cursor} {nothing_behind(self.under_cursor)}: it cannot be edited")
        if opened.leaf is None:
            raise InputError(f"{self.under_cursor} {COMPUTED}")
        if value is None:
            raise InputError(f"{text.strip()!r} is no number: write 0.25, -1/4 or 2.5e-1")
        if value == opened.value:
            raise InputError(f"{opened.key} is {value:g} already: nothing changes")
        self._become(with_number(held(self.world), opened.leaf, value), "")
        self.message = f"{opened.key} was {opened.value:g} and is {value:g}: {self._moved()}; u goes back"

    @property
    def editable(self) -> bool:
        """Whether the number under the cursor is given, and not computed."""
        opened = self.numbers.open(self.under_cursor)
        return opened is not None and opened.leaf is not None

    def learn(self) -> None:
        """One step of gradient descent on this sequence."""
        from rnn_cli.explore.learning import descended, said_step

        before = self.world
        world, promised = descended(before, self.rate)
        self._become(world, said_step(before, world, self.rate, promised))

    def change_rate(self, doublings: int) -> None:
        """A larger or a smaller step of l."""
        from rnn_cli.explore.learning import doubled

        self.rate = doubled(self.rate, doublings)
        self.message = f"the learning rate of l is {self.rate:g}"

    def next_cell(self) -> None:
        """A random network of the next cell; in the facts of the gradient's path all cells side by side, or the one alone."""
        if self.facts:
            self._set_beside()
            return
        from rnn_cli.explore.against import said_anew
        from rnn_cli.explore.edits import said_random, with_next_cell

        before = self.world
        self._become(with_next_cell(before), "")
        anew = said_anew(before, self.world, self.cursor.back)
        self.message = f"{self.world.model.network.cell.title}, {said_random(before, self.world)}{anew}; u goes back"

    def _set_beside(self) -> None:
        from rnn_cli.explore.beside import columns

        columns(self.world, self.cursor.layer, self.cursor.direction, self.path)
        self.beside, self.message, self.offset = not self.beside, "", 0

    def undo(self) -> None:
        """The world before the last edit."""
        if not self.history:
            raise InputError("nothing was edited, so there is nothing to undo")
        self.numbers, self.marked, self.facts = Numbers(self.history.pop()), None, False
        try:
            self._go(self.cursor, shifted(self.numbers, self.folds, 0))
        except RnnError:  # the world before has no loss to go back from
            self._go(replace(self.cursor, back=False))
        self.message = "undone"

    def save(self, name: str) -> None:
        """The model into a file, which p names from now on."""
        from rnn_cli.explore.edits import encoded

        if self._save is None:
            raise InputError("this session keeps no files")
        model = self._save(name, self.world)
        text = self.world.sequence.text
        sequence = self.world.sequence if text is None else encoded(self.world, model, text)
        sequence = replace(sequence, initial=self.world.sequence.initial)
        self.numbers = Numbers(replace(self.world, model=model, sequence=sequence, edited=False))
        self.message = f"saved: {name}"

    def _moved(self) -> str:
        assert self.marked is not None
        moved, every = self.marked.count()
        return f"{moved:,} of {every:,} numbers of h moved"

    # Predict, then reveal.

    def ask(self) -> None:
        """Hide the number that is shown until the person has said what it is."""
        from rnn_cli.explore.predict import question_of

        self.question = question_of(self.numbers, self.key)
        self.message = f"what is {self.key}? to {self.digits} decimals; the last may be off by one"

    def answer(self, text: str) -> str:
        """What the prediction is: one of quiz.py's verdicts. The number is shown once nothing more is asked."""
        from rnn_cli.explore.predict import reply
        from rnn_cli.study.quiz import judge

        assert self.question is not None
        question = self.question
        verdict = judge(question, text, self.world.trace, self.digits)
        self.question = None if question.over else question
        self.message = reply(question, verdict, self.key, self.digits)
        return verdict

    # What a person takes away.

    def command(self) -> str:
        """The command that prints the page of this. InputError where there is none, with the reason."""
        return page_command(self.numbers, self.cursor, self._page_key(), self.facts, self.beside)

    def said_command(self) -> str:
        """The same, after what its page has not of the number that is shown."""
        command, key = self.command(), self._page_key()
        back = self.cursor.back and not self.facts
        lacks = back and worked_out(self.numbers, self.cursor, key) is None
        return f"without the products of {key}: {command}" if lacks else command

    def _page_key(self) -> str:
        """The number shown, or where it is given the nearest above that is computed."""
        keys = [key for key in self.trail if (found := self.numbers.open(key)) is not None and found.leaf is None]
        return keys[-1] if keys else self.cursor.key(self.numbers)

    def farewell(self) -> str:
        """What stands on the terminal when the session is over."""
        try:
            return self.command()
        except InputError as error:
            return "# the edited numbers were not saved" if str(error) == FIRST_SAVE else f"# {error}"


FAR = 10_000_000
"""More steps, or lines, than there are."""

COMPUTED = "is computed: unfold it with Enter, and change a weight, an input or a starting state"
