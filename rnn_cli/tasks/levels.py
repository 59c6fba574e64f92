"""At which level a text is read where the person leaves it open, and what to say of a level that hardly fits."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rnn_cli.core.percentages import percent
from rnn_cli.inputs.already_cut import find_tokens, words_for
from rnn_cli.inputs.cut import cut
from rnn_cli.inputs.opening import called
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.inputs.tokens import CHARACTER, WHITESPACE, WORD
from rnn_cli.models.encoding import PIECE, Encoding
from rnn_cli.tasks.options import DataOptions

COUNTED = {
    WORD: "a word or a sign of punctuation; each line end is one too",
    CHARACTER: "a character; blanks and line ends are characters too",
    WHITESPACE: "what stands between white space; each line end is one too",
    PIECE: "a piece, by the rules of its tokenizer",
}
"""What a language model's token is, at each level: its loss and its perplexity are means over these."""

SAID = {WORD: "by words", CHARACTER: "by characters", WHITESPACE: "tokens as white space separates them"}

MANY_UNKNOWN = 0.5
"""The share of unknown tokens from which on words are the wrong thing to read."""


def choose_level(
    texts: Iterable[str], given: DataOptions, options: DataOptions, report: ReadingReport, files: Sequence[str]
) -> DataOptions:
    """The options with the level at which the texts are read, which the report says.

    `given` are the options as the person gave them, `options` with the task's defaults. Words are read as white space
    separates them where the texts surely were cut before; a level that was given stays, with a word of what it does.
    """
    files, level = [called(name) for name in files], options.level
    if level is None:
        return options
    found = None if level == WHITESPACE else find_tokens(texts)
    if found is not None and found.sure and level == WORD and given.level is None:
        for name in files:
            report.decide(name, "level", WHITESPACE, f"{SAID[WHITESPACE]}, for {found.signs} (--level)")
        return _by_white_space(given, options)
    for name in files:
        report.decide(name, "level", level, SAID[level])
    if found is not None and (level == WORD or (found.sure and given.level is None)):
        report.note(f"{', '.join(files)}: {words_for(found, level)}")
    return options


def _by_white_space(given: DataOptions, options: DataOptions) -> DataOptions:
    return replace(options, level=WHITESPACE, min_count=given.min_count)


def found_level(given: DataOptions, options: DataOptions, encoding: Encoding) -> DataOptions:
    """The options with the level that `choose_level` must have found: the encoding has it and the person did not say it."""
    found = given.level is None and options.level == WORD and encoding.level == WHITESPACE
    return _by_white_space(given, options) if found else options


def unknown_in(texts: Sequence[str], encoding: Encoding) -> tuple[int, int]:
    """How many tokens the texts have, and how many of them are not in the vocabulary."""
    known = {*encoding.vocabulary, *encoding.labels}
    tokens = [token for text in texts for token in cut(text, encoding)]
    return len(tokens), sum(token not in known for token in tokens)


def unknown_hint(level: str, texts: int, tokens: int, unknown: int) -> str | None:
    """What to say where most tokens of the validation texts are unknown; None where they are not.

    Names and other single words hardly ever come again: their letters do.
    """
    if level == CHARACTER or unknown <= MANY_UNKNOWN * tokens:
        return None
    single = tokens < 2 * texts
    return (
        f"{percent(unknown / tokens, 0)} of the validation tokens are not in the vocabulary: "
        f"{'names and other single words hardly come again' if single else 'most words do not come again'}; "
        "--level char reads their letters, which do"
    )
