"""Text that was cut into tokens before, with white space between them: by which signs it is known.

Three signs are sure: tokens that only programs write (<unk>, -LRB-, @-@, sub@@ words, ▁pieces, a lone n't), blanks
around every sign of punctuation, and Chinese or Japanese with blanks between its words. None matters where cutting the
text into words gives the same tokens.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from rnn_cli.core.percentages import percent
from rnn_cli.inputs.tokens import CHARACTER, WORD, is_ideograph, tokenize

SAMPLE = 2000
"""So many lines are looked at."""

WRITTEN_BY_PROGRAMS = re.compile(
    r"""<(unk|eos|bos|sos|pad|sep|num|mask|s|/s)> | \[(cls|sep|unk|pad|mask)\] | -[lr][rcs]b- | @[-.,/]@ | @-@
      | .+@@ | \#\#\w+ | ▁.* | `` | '' | n't | '(s|re|ve|ll|d|m)""",
    re.VERBOSE | re.IGNORECASE,
)
SIGNS = ".,;:!?"
MARKED = 0.005
"""The share of tokens that programs wrote from which on a text is surely cut."""
SPACED = 0.9
"""The share of the signs of punctuation with blanks around them from which on a text is surely cut."""
ENOUGH, FEW = 20, 3
LONGEST_SEGMENT = 4
"""Words of Chinese and Japanese are shorter on average; lines that nobody cut are longer."""


@dataclass(frozen=True)
class AlreadyCut:
    """What was found. `signs` says it in words; `again` is the share of the tokens that the word tokenizer would cut again,
    `example` the commonest of them; `sure` says whether the text was surely cut before."""

    sure: bool
    signs: str
    again: float
    example: str


def find_tokens(texts: Iterable[str]) -> AlreadyCut | None:
    """What shows that the texts were cut before; None where nothing does, or it makes no difference."""
    runs: Counter[str] = Counter()
    for text in islice(texts, SAMPLE):
        runs.update(text.split())
    total = runs.total()
    again = {run: count for run, count in runs.items() if len(tokenize(run, WORD)) > 1}
    if not again:
        return None
    marked = {run: count for run, count in runs.items() if WRITTEN_BY_PROGRAMS.fullmatch(run)}
    alone = sum(runs[sign] for sign in SIGNS)
    attached = sum(count for run, count in runs.items() if len(run) > 1 and run[-1] in SIGNS)
    segments = {run: count for run, count in runs.items() if all(map(is_ideograph, run))}
    in_segments = sum(segments.values())
    length = sum(len(run) * count for run, count in segments.items()) / max(in_segments, 1)
    signs = []
    if marks := sum(marked.values()):
        commonest = sorted(marked, key=lambda run: -marked[run])[:3]
        signs.append("it holds " + ", ".join(f"{run} ({marked[run]:,})" for run in commonest))
    sure = marks >= FEW and marks >= MARKED * total
    if alone >= FEW and alone > attached:
        signs.append(f"{alone:,} of {alone + attached:,} signs of punctuation stand between blanks")
        sure |= alone >= ENOUGH and alone >= SPACED * (alone + attached)
    if 1 < length <= LONGEST_SEGMENT and in_segments >= ENOUGH and in_segments > total / 2:
        signs.append(f"blanks stand between words of {length:.1f} characters, in a script that has none")
        sure = True
    if not signs:
        return None
    example = max(set(again) & set(marked) or again, key=lambda run: again[run])
    return AlreadyCut(sure, "; ".join(signs), sum(again.values()) / total, example)


def words_for(found: AlreadyCut, level: str) -> str:
    """What a reader at this level does to such a text, for a note."""
    if level == CHARACTER:
        return f"its text is cut into tokens already ({found.signs}): --level whitespace reads these"
    parts = len(tokenize(found.example, WORD))
    return (
        f"its text is cut into tokens already ({found.signs}), and --level word cuts {percent(found.again)} of them "
        f"again, {found.example} into {parts}: --level whitespace leaves them whole"
    )
