"""A model as Python sees it: whatever a command shows of one, one method call."""

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from rnn_cli.errors import InputError
from rnn_cli.front.quiet import quiet
from rnn_cli.front.reading import (
    NOTHING,
    Input,
    Inputs,
    holds_text,
    numbers_of,
    read_all,
    read_one,
    read_to_predict,
    starting_at,
    text_of,
)
from rnn_cli.front.result import Result
from rnn_cli.models.model import Model as LoadedModel

if TYPE_CHECKING:
    from rnn_cli.study.selection import Numbers


class Model:
    """A network with its vocabulary and labels.

    Made by `rnn.load`, `rnn.build`, `rnn.from_torch` and `rnn.train`. An input x is a text, a list of tokens, or an
    array (T, I) with a row of I numbers for each of T steps. Every method gives a Result, and raises InputError where
    its arguments do not fit the model.

    >>> import rnn_cli as rnn
    >>> model = rnn.load("nlp")
    >>> model.trace("I love NLP").states("h").shape
    (3, 3)
    """

    def __init__(self, loaded: LoadedModel, source: str, seed: int = 0) -> None:
        self.loaded = loaded
        self.source = source
        self.seed = seed

    @property
    def name(self) -> str:
        """What pages call it."""
        return self.loaded.name

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of its classes; () where it has none."""
        return self.loaded.labels

    def __repr__(self) -> str:
        from rnn_cli.views.parts import describe

        return f"<{describe(self.loaded)}>"

    @quiet
    def inspect(self) -> Result:
        """What the model is made of: sizes, parameters, conventions."""
        from rnn_cli.study.inspect import inspect_model

        return Result(inspect_model(self.loaded, self.source))

    @quiet
    def trace(
        self,
        x: Input,
        *,
        why: str | None = None,
        worksheet: str | None = None,
        steps: "Numbers | None" = None,
        unit: "Numbers | None" = None,
        layer: "Numbers | None" = None,
        direction: str | None = None,
        target: str | None = None,
        network: str | None = None,
        arithmetic: bool | None = None,
        state: "Mapping[str, Any] | None" = None,
    ) -> Result:
        """Every step with every term of every gate.

        why         unfold one number, as "h[2][1]": quantity[step][unit]
        worksheet   "blank" or "answers": the page leaves the results out, or is the key
        steps, unit, layer, direction   what the page shows: numbers, lists, or text such as "2:5"; unit="moved" and
                    "readout" choose units by what they do
        arithmetic  whether the page writes the products out; None: not of a large network of which no part was chosen
        target      of a model that writes a text: let it write this one; `network`: show "encoder" or "decoder" alone
        state       where the memory starts: {"h": (L*D, H), …}, what it leaves out as the model has it

        >>> import rnn_cli as rnn
        >>> step = rnn.load("nlp").trace("I love NLP").document()["steps"][1]
        >>> step["token"], [round(value, 4) for value in step["h"]]
        ('love', [0.9443, 0.0296, -0.1287])
        """
        from rnn_cli.study.trace import trace_sequence

        return Result(
            trace_sequence(
                self.loaded,
                self._read(x, state),
                why=why,
                worksheet=worksheet,
                target=target,
                network=network,
                arithmetic=arithmetic,
                seed=self.seed,
                steps=steps,
                unit=unit,
                layer=layer,
                direction=direction,
            )
        )

    @quiet
    def forward(
        self,
        *x: Inputs,
        steps: "Numbers | None" = None,
        unit: "Numbers | None" = None,
        layer: "Numbers | None" = None,
        direction: str | None = None,
        explain_shapes: bool = False,
        dtype: str = "float64",
        target: str | None = None,
        network: str | None = None,
        state: "Mapping[str, Any] | None" = None,
    ) -> Result:
        """States and gates of one sequence, or of several: several arguments, or a list of sequences.

        A list of strings is the tokens of one sequence. The result of several has a length, and result[k] is one. `state` is
        where the memory of each starts: {"h": (L*D, H), …}, what it leaves out as the model has it.

        >>> import rnn_cli as rnn
        >>> model = rnn.build("lstm", input_size=2, hidden_size=4)
        >>> result = model.forward([[0.1, 0.2], [0.3, 0.4]], [[0.5, 0.6]])
        >>> len(result), result[0].states("c").shape, result[1].states("f").shape
        (2, (2, 4), (1, 4))
        """
        from rnn_cli.study.forward import forward_sequences

        shown: dict[str, Any] = {"steps": steps, "unit": unit, "layer": layer, "direction": direction}
        asked: dict[str, Any] = {"dtype": dtype, "target": target, "network": network, "seed": self.seed}
        sequences = [starting_at(one, self.loaded, state) for one in read_all(x, self.loaded, self.seed)]
        called = (f"{len(sequences)} sequences", "")
        record = forward_sequences(
            self.loaded, sequences, source=called, explain_shapes=explain_shapes, **asked, **shown
        )
        return Result(record, self._parts(record))

    @quiet
    def bptt(
        self,
        x: Input,
        target: "str | float | Sequence[float] | None" = None,
        *,
        targets: "str | Sequence[str] | Sequence[Sequence[float]] | None" = None,
        loss: str | None = None,
        dL_dh: Any = None,
        reduction: str | None = None,
        state: "Mapping[str, Any] | None" = None,
        truncate: "int | tuple[int, int] | str | None" = None,
        truncate_sweep: bool = False,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        lr: float = 0.1,
        check: bool = False,
        checkpoint_every: "int | str | None" = None,
        worksheet: str | None = None,
        steps: "Numbers | None" = None,
        unit: "Numbers | None" = None,
        layer: "Numbers | None" = None,
        direction: str | None = None,
        network: str | None = None,
    ) -> Result:
        """Backpropagation through time: the loss, its gradient, and every step between.

        target      what the network should have said: a label, a number or numbers (C,), or a text to write
        targets     the same for each of T steps: labels, or numbers (T, C)
        loss        "cross-entropy", "mse", or of a network without a readout also "sum": then all are of its outputs
        dL_dh       in place of a loss, the error that arrives at those outputs, (D*H,) at the last step or (T, D*H)
        reduction   "sum" or "mean" of the losses of several steps
        state       where the memory starts: {"h": (L*D, H), …}, what it leaves out as the model has it
        truncate    K: each error goes back K steps; (K1, K2): every K1 steps back K2
        clip_norm, clip_value   clip the gradient, by its global norm or each element
        lr          of the step of gradient descent that is tried
        check       raise CheckFailed where the gradient differs from central differences, or NumberError where it
                    is not finite
        checkpoint_every        N or "auto": loss and gradient alone, in little memory
        worksheet   "blank" or "answers": the page leaves the results out, or is the key

        >>> import rnn_cli as rnn
        >>> loss = rnn.load("nlp").bptt("I love NLP", target="negative", truncate=2).document()["loss"]
        >>> loss["kind"], round(loss["total"], 4)
        ('cross-entropy', 2.303)
        """
        from rnn_cli.study.bptt import bptt_sequence

        record = bptt_sequence(
            self.loaded,
            self._read(x, state),
            target=_as_target(target),
            upstream=_as_rows(dL_dh),
            reduction=reduction,
            targets=targets if targets is None or isinstance(targets, str) else [str(_as_target(t)) for t in targets],
            loss=loss,
            truncate=",".join(map(str, truncate)) if isinstance(truncate, tuple) else _as_text(truncate),
            truncate_sweep=truncate_sweep,
            clip_norm=clip_norm,
            clip_value=clip_value,
            lr=lr,
            check=check,
            checkpoint_every=_as_text(checkpoint_every),
            worksheet=worksheet,
            network=network,
            seed=self.seed,
            steps=steps,
            unit=unit,
            layer=layer,
            direction=direction,
        )
        if check:
            record.hold()
        return Result(record)

    @quiet
    def gradients(
        self,
        x: Input,
        target: "str | float | Sequence[float] | None" = None,
        *,
        loss: str | None = None,
        dL_dh: Any = None,
        reduction: str | None = None,
        state: "Mapping[str, Any] | None" = None,
        layer: int | None = None,
        direction: str | None = None,
        steps: "Numbers | None" = None,
        unit: "Numbers | None" = None,
        all_singular_values: bool = False,
    ) -> Result:
        """What becomes of the gradient back through time, along a sequence: vanishing, stable or exploding, and why.

        `target` is that of the loss, what the network says itself where None; `layer` and `direction` are what the
        gradient goes back through, the last layer and "forward" where None; `steps` and `unit` are what is shown. The others
        are those of `bptt`. Of a state of
        more than 64 numbers the eight leading singular values are found, or `all_singular_values`, in far more time.

        >>> import rnn_cli as rnn
        >>> rnn.load("nlp").gradients("I love NLP").document()["verdict"]
        'vanishing'
        """
        from rnn_cli.study.gradients import gradients_along

        return Result(
            gradients_along(
                self.loaded,
                self._read(x, state),
                layer=layer,
                direction=direction,
                target=_as_target(target),
                loss=loss,
                upstream=_as_rows(dL_dh),
                reduction=reduction,
                seed=self.seed,
                steps=steps,
                unit=unit,
                all_singular_values=all_singular_values,
            )
        )

    @quiet
    def predict(
        self,
        *x: Input,
        beam: int = 1,
        top: int = 10,
        explain: bool = False,
        about: str | int | None = None,
        steps: int | None = None,
    ) -> Result:
        """What the model answers to one input or to several.

        Numbers are in the units of the data that it was trained on. `beam` is of a model that writes: so many
        hypotheses; `top`: so many labels or next tokens are listed. `explain`: also what each word gave to the answer;
        `about`: the label, the number of the word or the column that is meant. `steps`: of a forecast so many steps
        ahead, with the intervals that hold 80% of the errors in the validation part.

        >>> import rnn_cli as rnn
        >>> rnn.load("nlp").predict("I love NLP").document()["predictions"][0]["prediction"]
        'positive'
        """
        from rnn_cli.study.predict import Why, predict

        if not x:
            raise InputError(NOTHING)
        if about is not None and not explain:
            raise InputError("about= says what explain=True is about: give both")
        why = Why(None if about is None else str(about)) if explain else None
        asked: dict[str, Any] = {"beam": beam, "top": top, "seed": self.seed, "why": why, "steps": steps}
        if self.loaded.has_decoder or all(isinstance(one, str) for one in x):
            texts = [text_of(one, self.loaded) for one in x]
            return Result(predict(self.loaded, self.source, texts=texts, source=f"{len(x)} texts", **asked))
        if not any(holds_text(one) for one in x):
            numbers = [numbers_of(one) for one in x]
            return Result(predict(self.loaded, self.source, numbers=numbers, source="x", **asked))
        sequences = [read_to_predict(one, self.loaded, self.seed) for one in x]
        return Result(predict(self.loaded, self.source, sequences=sequences, source=f"{len(x)} texts", **asked))

    @quiet
    def generate(
        self,
        prompt: str | None = None,
        *,
        length: int | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        count: int = 1,
        explain: bool = False,
        seed: int | None = None,
    ) -> Result:
        """What a language model, or one that describes, writes on its own.

        `length` is the number of tokens at most; `seed` that of the model where None. NumberError where probabilities
        are not finite.
        """
        from rnn_cli.study.generate import generate

        return Result(
            generate(
                self.loaded,
                self.source,
                prompt=prompt,
                temperature=temperature,
                top_k=top_k,
                length=length,
                count=count,
                explain=explain,
                seed=self.seed if seed is None else seed,
            )
        )

    @quiet
    def evaluate(
        self,
        *data: "str | PathLike[str]",
        held_out: bool = False,
        against: "Model | None" = None,
        beam: int = 1,
        resamples: int = 1000,
        seed: int | None = None,
        text: str | None = None,
        label: str | None = None,
        column: str | None = None,
        separator: str | None = None,
        header: bool | None = None,
        deduplicate: bool = False,
        strict: bool = False,
        **reading: Any,
    ) -> Result:
        """How good the model is on data files that look like those of its training, with 95% intervals.

        Without data for a task that generates its examples. `held_out`: the data are those of training, and the part
        that it held out is measured. `against`: another model, on the same examples. `text` to `strict` say how data are read that look different, and so do the other
        flags of `rnn evaluate`: encoding, delimiter, quotes, time, series, … InputError where there is no such flag;
        NumberError where the loss is not finite.
        """
        from rnn_cli.front.training import DATA_SETTINGS
        from rnn_cli.study.evaluate import evaluate_model

        unknown = next((name for name in reading if name not in DATA_SETTINGS), None)
        if unknown is not None:
            raise InputError(f"no setting {unknown!r}; the settings of reading are {', '.join(DATA_SETTINGS)}")
        reading |= {"text": text, "label": label, "column": column, "separator": separator}
        return Result(
            evaluate_model(
                self.loaded,
                self.source,
                [fspath(one) for one in data],
                held_out=held_out,
                against=None if against is None else (against.loaded, against.source),
                beam=beam,
                resamples=resamples,
                seed=self.seed if seed is None else seed,
                header=header,
                deduplicate=deduplicate,
                strict=strict,
                **reading,
            )
        )

    def _read(self, x: Any, state: "Mapping[str, Any] | None") -> Any:
        return starting_at(read_one(x, self.loaded, self.seed), self.loaded, state)

    def _parts(self, record: object) -> tuple[Result, ...] | None:
        """A result for each sequence, where there are several."""
        from rnn_cli.study.forward import each_of

        parts = each_of(record)
        return None if parts is None else tuple(map(Result, parts))


def _as_target(value: Any) -> str | None:
    """A target as the command line writes it; numbers keep all their digits."""
    if value is None or isinstance(value, str):
        return value
    values = value.tolist() if hasattr(value, "tolist") else value
    return ",".join(map(repr, values)) if isinstance(values, list | tuple) else repr(values)


def _as_rows(value: Any) -> Any:
    """An error as numbers: an array, or lists."""
    return value.tolist() if hasattr(value, "tolist") else value


def _as_text(value: int | str | None) -> str | None:
    return None if value is None else str(value)
