"""A person's way through a network: what is looked at, and what each key does to that. It knows no terminal."""

from rnn_cli.errors import InputError
from rnn_cli.explore.changes import Changes
from rnn_cli.explore.command import FIRST_SAVE, page_command, worked_out
from rnn_cli.explore.cursor import entered
from rnn_cli.explore.moves import Moves
from rnn_cli.explore.numbers import Numbers
from rnn_cli.explore.slopes import given_of, slope_key


class Session(Moves, Changes):
    """What a person looks at, with the keys that turn the view, ask for a prediction, and name the page of it."""

    def turn(self) -> None:
        """From a number to the error that arrives at it, and back; from a given number to its gradient."""
        from rnn_cli.explore.against import said_assumed

        world, own, cursor = self.world, given_of(self.world, self.key), self.cursor.turned(self.numbers)
        other = slope_key(world, self.key) if cursor.back else "" if own is None else own.key
        missed = "" if other or not cursor.back or not slope_key(world, self.under_cursor) else self.under_cursor
        path = (cursor.key(self.numbers), other) if other else ()
        self._go(cursor, tuple(entered(self.numbers, key) for key in path))
        self.facts = False
        hint = f"for the gradient of {missed}: Enter on it, and then b" if missed else ""
        self.message = (said_assumed(self.world) or hint) if self.cursor.back else ""

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
        from rnn_cli.explore.left_out import said_flips, said_without

        leaving = not (self.leaving and self.cursor.back)
        said = said_without(self.world) if leaving else ""
        if not self.cursor.back:
            self.turn()
        self.leaving = leaving
        meaning = "; ".join(filter(None, [said, self.message]))
        self.message = "\n".join(filter(None, [said_flips(self.world), meaning])) if leaving else ""

    def toggle_facts(self) -> None:
        """The facts of the gradient's path, or the map again; the keys that stand over them go."""
        self.helping = False
        if not self.facts:
            self.path  # noqa: B018  -- where there is no path, the map stays
        self.facts, self.beside, self.message, self.offset = not self.facts, False, "", 0

    def help(self) -> None:
        """The keys, or what stood there again."""
        self.helping, self.offset = not self.helping, 0

    # Predict, then reveal.

    def ask(self) -> None:
        """Hide the number that is shown until the person has said what it is."""
        from rnn_cli.explore.predict import question_of
        from rnn_cli.study.quiz import TRIES

        self.question = question_of(self.numbers, self.key)
        self.message = (
            f"what is {self.key}? to {self.digits} decimals; the last may be off by one. You have {TRIES} tries; "
            "? tells it, Escape leaves it"
        )

    def answer(self, text: str) -> str:
        """What the prediction is: one of quiz.py's verdicts. The number is shown once nothing more is asked."""
        from rnn_cli.explore.predict import reply
        from rnn_cli.study.quiz import judge

        assert self.question is not None
        question = self.question
        verdict = judge(question, text, self.world.trace, self.digits)
        self.question = None if question.over else question
        self.message = reply(question, verdict, self.key, self.digits, text)
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
