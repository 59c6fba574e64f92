"""A network writes on its own: a language model goes on with a text, one that describes begins at a condition."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isinf
from zlib import crc32

import numpy as np

from rnn_cli.core.decode import draw
from rnn_cli.core.forward import run_forward
from rnn_cli.core.gradients.verdict import exp_or_inf
from rnn_cli.core.network import Network
from rnn_cli.core.state import InitialStates
from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.errors import InputError, NumberError
from rnn_cli.inputs.cut import Spelling
from rnn_cli.inputs.tokens import CHARACTER
from rnn_cli.models.answers import LANGUAGE_MODEL, is_language_model
from rnn_cli.models.checks import check_flag
from rnn_cli.models.encoding import Encoding
from rnn_cli.models.model import UNKNOWN, Model
from rnn_cli.study.foreign import as_trained
from rnn_cli.study.range import in_words
from rnn_cli.study.reading import condition_of, tokens_of
from rnn_cli.tasks.vocabulary import ids

LENGTH = {CHARACTER: 200}
WORDS = 50
"""How long a text becomes where nothing is said."""

LONGEST, MOST_TEXTS = 1_000_000, 100_000
"""Tokens of a text, and texts: each token is kept with its probability until the end, for the page and the document."""


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. temperature 0: always the likeliest; top_k: among so many; length: tokens at most."""

    temperature: float = 1.0
    top_k: int | None = None
    length: int = 200
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Token:
    """One token that was written.

    text             with the space that belongs before it
    log_probability  that the network gives at temperature 1, at any sampling temperature; rank: 1 for the likeliest
    instead          the likeliest tokens at this place with their probabilities
    """

    token: str
    id: int
    text: str
    log_probability: float
    rank: int
    instead: tuple[tuple[str, float], ...]


@dataclass(eq=False)
class Sample:
    """One text. `ended` says whether the network itself put the end, <eos>, whose log p then counts too."""

    tokens: list[Token] = field(default_factory=list)
    ended: bool = False
    end_log_probability: float = 0.0

    @property
    def text(self) -> str:
        """What was written."""
        return "".join(one.text for one in self.tokens)

    @property
    def log_probability(self) -> float:
        """The sum over all tokens, <eos> included."""
        return sum(one.log_probability for one in self.tokens) + self.end_log_probability

    @property
    def perplexity(self) -> float:
        """e^(-mean log p): how many equally likely tokens the network chose among, on average."""
        count = len(self.tokens) + self.ended
        return exp_or_inf(-self.log_probability / count) if count else 1.0


@dataclass(frozen=True, eq=False)
class TextGenerator:
    """A network ready to generate text: the state it begins at, the token it reads first, and what it never writes.

    prompt   the text it goes on with, or the condition; prompt_tokens: the text's tokens; unknown: those of them that
             the vocabulary lacks
    """

    network: Network
    encoding: Encoding
    state: InitialStates
    first: int
    never: tuple[int, ...]
    end: int | None
    prompt: str
    unknown: tuple[str, ...] = ()
    prompt_tokens: tuple[str, ...] = ()

    def samples(self, sampling: Sampling, count: int) -> Iterator[tuple[Sample, Iterator[Token]]]:
        """`count` texts, each a sample that fills while its tokens are drawn."""
        for number in range(count):
            generator = np.random.default_rng([sampling.seed, crc32(b"generate"), number])
            sample = Sample()
            yield sample, self._written(sample, sampling, generator)

    def _written(self, sample: Sample, sampling: Sampling, generator: np.random.Generator) -> Iterator[Token]:
        spelling = Spelling(self.encoding)
        for before in self.prompt_tokens:
            spelling(before)
        drawn = draw(self.network, self.state, self.first, generator, sampling.temperature, sampling.top_k, self.never)
        labels = self.encoding.labels
        while len(sample.tokens) < sampling.length:
            one = next(drawn)
            if one.token == self.end:
                sample.ended, sample.end_log_probability = True, one.log_probability
                return
            order = np.argsort(-one.log_probabilities, kind="stable")
            word = labels[one.token]
            token = Token(
                word,
                one.token,
                spelling(word),
                one.log_probability,
                int(np.flatnonzero(order == one.token)[0]) + 1,
                tuple((labels[k], float(np.exp(one.log_probabilities[k]))) for k in order[:3]),
            )
            sample.tokens.append(token)
            yield token


@dataclass(frozen=True, eq=False)
class GenerateResult:
    """What a model writes. `samples` fills while its texts are drawn, and holds those that are whole.

    name       how the model was asked for; `explain`: whether a page shows each token's probability
    """

    model: Model
    name: str
    generator: TextGenerator
    sampling: Sampling
    samples: list[Sample] = field(default_factory=list)
    explain: bool = False

    def stream(self, count: int) -> Iterator[Iterator[Token]]:
        """`count` texts, each as its tokens while they are drawn. NumberError where probabilities are not finite."""
        check_flag("count", count, 1, MOST_TEXTS)
        for sample, tokens in self.generator.samples(self.sampling, count):
            yield self._drawn(tokens)
            check_finite(sample)
            self.samples.append(sample)

    def _drawn(self, tokens: Iterator[Token]) -> Iterator[Token]:
        with in_words(self.model):
            yield from tokens

    @property
    def left_range(self) -> str | None:
        """Which text's perplexity a float cannot hold; None where there is none."""
        for number, one in enumerate(self.samples, start=1):
            if isinf(one.perplexity):
                return f"the perplexity of text {number} left the finite range"
        return None


def begin_generate(
    model: Model,
    name: str,
    *,
    prompt: str | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    length: int | None = None,
    explain: bool = False,
    seed: int = 0,
) -> GenerateResult:
    """A model ready to write, and nothing written yet. InputError where the model does not write."""
    if temperature < 0:
        raise InputError(f"--temperature {temperature:g}: it is 0 or greater")
    if length is not None:
        check_flag("length", length, 1, LONGEST)
    if model.foreign and model.vocabulary is not None and not model.has_decoder and not is_language_model(model):
        raise InputError(
            f"{name}: its readout does not name the tokens of its vocabulary at every step, so it does not write; "
            "rnn predict asks it"
        )
    model = as_trained(name, model)
    generator = text_generator(name, model, prompt)
    sampling = Sampling(temperature, top_k, length or default_length(generator.encoding), seed)
    return GenerateResult(model, name, generator, sampling, explain=explain)


def generate(
    model: Model,
    name: str,
    *,
    prompt: str | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    length: int | None = None,
    count: int = 1,
    explain: bool = False,
    seed: int = 0,
) -> GenerateResult:
    """`count` texts, whole. InputError where the model does not write; NumberError where probabilities are not finite."""
    result = begin_generate(
        model, name, prompt=prompt, temperature=temperature, top_k=top_k, length=length, explain=explain, seed=seed
    )
    for tokens in result.stream(count):
        for _ in tokens:
            pass
    return result


def text_generator(name: str, model: Model, prompt: str | None) -> TextGenerator:
    """The network of a model that writes, ready to go on with the prompt. InputError where the model does not write."""
    encoding, system = model.encoding, model.system
    if encoding is None or system is None:
        raise InputError(
            f"{name}: was not trained by rnn train to write; rnn train TEXT --task lm --out FILE makes one that does"
        )
    if isinstance(system, Conditioned):
        if prompt is None:
            known = ", ".join(encoding.vocabulary[:20]) + (", …" if len(encoding.vocabulary) > 20 else "")
            raise InputError(f"--prompt CONDITION: say what to describe; the model knows {known}")
        at = condition_of(prompt, encoding)
        state = system.first_states(np.array([[at]]), np.array([1]))
        bos, eos = encoding.begin, encoding.end
        return TextGenerator(system.decoder, encoding, state, bos, (encoding.labels.index(UNKNOWN), bos), eos, prompt)
    if model.trained_for != LANGUAGE_MODEL:
        raise InputError(f"{name}: was trained for {model.trained_for.partition(':')[0]} and does not write on its own; "
                         "rnn predict asks it")  # fmt: skip
    return _language_model_generator(name, model, encoding, prompt or "")


def _language_model_generator(name: str, model: Model, encoding: Encoding, prompt: str) -> TextGenerator:
    """The prompt is read but for its last token, which is the first that the generator reads.

    Without a prompt it begins after the end of a line, or where the text has no lines, after its commonest token.
    """
    if not model.network.architecture.forward_only:
        raise InputError(
            f"{name}: it reads a text from its end too, so it cannot write what comes next; rnn predict asks it"
        )
    index = {token: k for k, token in enumerate(encoding.vocabulary)}
    tokens = tokens_of(prompt, LANGUAGE_MODEL, encoding) if prompt else []
    read = ids(tokens, index, encoding.unknown)
    never = () if encoding.unknown is None else (index[encoding.unknown],)
    if not read:
        first = index.get(encoding.line_end or "")
        if first is None and model.foreign:
            raise InputError(f"--prompt TEXT: nothing says with which token {name} begins a text")
        first = min(1, len(index) - 1) if first is None else first
        return TextGenerator(model.network, encoding, {}, first, never, None, prompt)
    state: InitialStates = {}
    if len(read) > 1:
        x = model.network.parameters["embedding"][np.array(read[:-1])][:, None]
        state = run_forward(model.network, x).final
    strange = tuple(dict.fromkeys(token for token in tokens if token not in index))
    return TextGenerator(model.network, encoding, state, read[-1], never, None, prompt, strange, tuple(tokens))


def check_finite(sample: Sample) -> None:
    """NumberError where the network's probabilities are no numbers."""
    if sample.tokens and not np.isfinite(sample.log_probability):
        first = next((k for k, one in enumerate(sample.tokens, start=1) if not np.isfinite(one.log_probability)), None)
        raise NumberError(f"the log probability left the finite range at step {first or len(sample.tokens) + 1}")


def default_length(encoding: Encoding) -> int:
    """Characters or words, where nothing is said."""
    return LENGTH.get(encoding.level, WORDS)
