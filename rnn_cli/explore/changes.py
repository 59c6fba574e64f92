"""The keys that change the world: the text, a number, the cell, a step of learning; and those that take it back or keep it."""

from dataclasses import replace

from rnn_cli.errors import InputError, RnnError
from rnn_cli.explore.cursor import shifted
from rnn_cli.explore.leaves import said_place, with_number
from rnn_cli.explore.numbers import Numbers, nothing_behind
from rnn_cli.explore.state import State
from rnn_cli.explore.world import World

COMPUTED = "is computed: unfold it with Enter, and change a weight, an input or a starting state"


class Changes(State):
    """What these keys do to a session."""

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
        from rnn_cli.explore.against import said_anew, said_answer
        from rnn_cli.explore.edits import same_words, with_text
        from rnn_cli.explore.strangers import said_strange

        before, world = self.world, with_text(self.world, text)
        if same_words(before, world):
            raise InputError("the text is the same: nothing changes")
        self._become(world, "")
        assert self.marked is not None
        left, answer = self.marked.said_gone, said_answer(before, self.world, self.marked.earlier)
        anew = said_anew(before, self.world, self.cursor.back)
        moved = f"{self._moved()}{left}{answer}{anew}"
        strange = said_strange(self.world)
        self.message = f"the text is another: {moved}; u goes back{f' · {strange}' if strange else ''}"

    def edit_number(self, text: str) -> None:
        """The number under the cursor is another."""
        from rnn_cli.explore.against import held, said_answer
        from rnn_cli.study.quiz import read_number
        from rnn_cli.views.quiz import unread

        value = read_number(text)
        opened = self.numbers.open(self.under_cursor)
        if opened is None:
            raise InputError(f"{self.under_cursor} {nothing_behind(self.under_cursor)}: it cannot be edited")
        if opened.leaf is None:
            raise InputError(f"{self.under_cursor} {COMPUTED}")
        if value is None:
            raise InputError(unread(text))
        if value == opened.value:
            raise InputError(f"{opened.key} is {value:g} already: nothing changes")
        before = self.world
        self._become(with_number(held(before), opened.leaf, value), "")
        moved = f"{self._moved()}{said_answer(before, self.world)}"
        self.message = f"{said_place(before, opened.leaf)} was {opened.value:g} and is {value:g}: {moved}; u goes back"

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
