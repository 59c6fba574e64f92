"""What rnn generate shows beside the text itself: the page that is saved, each token's probability, and what to notice."""

from collections.abc import Iterator, Sequence
from math import exp, inf

from rich.console import RenderableType
from rich.text import Text

from rnn_cli.core.gradients.verdict import exp_or_inf
from rnn_cli.study.generate import GenerateResult, Sample, Sampling, TextGenerator
from rnn_cli.study.range import LEFT
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, percent, unsigned
from rnn_cli.views.page import Grid, Prose, Wide, blank, following, heading, line, notice
from rnn_cli.views.parts import describe

Cell = str | Text

NOT_LIKE_REAL = "so that it is no measure of the network: rnn evaluate measures it on real text."


def generate_page(result: GenerateResult, digits: int) -> list[RenderableType]:
    """The texts, each token's probability where that is asked for, and what to notice."""
    model, name, generator, sampling = result.model, result.name, result.generator, result.sampling
    samples = result.samples
    how = f"temperature {sampling.temperature:g}" if sampling.temperature else "the likeliest token each time"
    how += f", among the {sampling.top_k} likeliest" if sampling.top_k is not None and sampling.temperature else ""
    first = (f"rnn generate {clean(name)}", style.TITLE)
    page: list[RenderableType] = [
        Wide(
            line(first, f", {how}     ", (describe(model), style.FAINT)),
            [line(first, f", {how}"), Prose(describe(model), style=style.FAINT)],
        ),
        *unknown_lines(generator),
        blank(),
    ]
    for number, sample in enumerate(samples, start=1):
        if len(samples) > 1:
            page.append(heading(f"{number} of {len(samples)}", f"perplexity {unsigned(sample.perplexity, digits)}"))
        prompt = generator.prompt if generator.end is None else ""
        page += [line(clean(one)) for one in (prompt + sample.text).split("\n")]
        page.append(blank())
        if result.explain:
            page += [heading("Each token", "probability at temperature 1, and the likeliest at its place")]
            page += [_tokens(sample, digits), blank()]
    return [*page, *closing(name if model.has_name else "", result)]


def _tokens(sample: Sample, digits: int) -> Grid:
    rows: list[list[Cell]] = []
    for t, one in enumerate(sample.tokens, start=1):
        instead = [f"{clean(token)} {percent(p)}" for token, p in one.instead]
        rows.append([str(t), clean(one.token), unsigned(exp(one.log_probability), digits), str(one.rank), *instead])
    if sample.ended:
        rows.append(["", "(end)", unsigned(exp(sample.end_log_probability), digits), "", "", "", ""])
    return Grid(["", "token", "p", "rank", "likeliest", "then", "then"], rows, frozen=2, align="><>><")


def unknown_lines(generator: TextGenerator) -> list[RenderableType]:
    """Which tokens of the prompt the vocabulary lacks."""
    if not generator.unknown:
        return []
    named = ", ".join(clean(token) for token in generator.unknown)
    return [Prose(f"not in the vocabulary: {named}; read as <unk>.", "  *", style=style.WARNING)]


def closing(name: str, result: GenerateResult) -> Iterator[RenderableType]:
    """What to notice, and what to try next with a model that has a name."""
    generator, sampling, samples, flags = result.generator, result.sampling, result.samples, result.model.beside
    yield notice(_what_to_notice(generator, sampling, samples))
    if not name:
        return
    prompt = ("--prompt", generator.prompt) if generator.prompt else ()
    other = "0.5" if sampling.temperature >= 1 else "1"
    says = "surer of itself" if other == "0.5" else "as unsure as it has learnt to be"
    yield from following(
        (command_line("generate", name, *prompt, "--temperature", other, flags=flags), says),
        (command_line("generate", name, *prompt, "--explain", flags=flags), "the probability of each token"),
    )


def _what_to_notice(generator: TextGenerator, sampling: Sampling, samples: Sequence[Sample]) -> str:
    sample = samples[-1]
    size = len(generator.encoding.labels) - len(generator.never)
    mean = exp_or_inf(
        sum(-one.log_probability for one in samples) / max(1, sum(len(one.tokens) + one.ended for one in samples))
    )
    if mean == inf:
        return f"the network's own perplexity for what it wrote {LEFT}: no float holds it."
    text = f"the network's own perplexity for {'what it wrote' if len(samples) == 1 else 'all that it wrote'} is {mean:.2f}, of {count(size, 'token')}"
    if sampling.temperature == 0:
        return f"{text}; the likeliest token each time has the least that is possible at its place, {NOT_LIKE_REAL}"
    if sampling.temperature < 1:
        return f"{text}; below temperature 1 likely tokens come more often than by their probabilities, {NOT_LIKE_REAL}"
    if not sample.ended and generator.end is not None:
        return text + f"; it was stopped after {count(len(sample.tokens), 'token')}: --length allows more."
    if sampling.temperature > 1:
        return (
            f"{text}; above temperature 1 unlikely tokens come more often than by their probabilities, {NOT_LIKE_REAL}"
        )
    if sampling.top_k is not None and sampling.top_k < size:
        return f"{text}; it was drawn among the {sampling.top_k:,} likeliest alone, {NOT_LIKE_REAL}"
    return text + "; hold it against the perplexity that rnn evaluate measures on real text."
