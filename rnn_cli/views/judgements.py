"""The one sentence at the end of what is trained, measured or predicted: what is wrong comes before what is of interest.

JUDGEMENTS are asked in their order, whatever the task, and the first that holds speaks. Each reads of the facts what it
needs, and holds its tongue where that is not known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, isfinite, log

from rnn_cli.core.metrics.wilson import wilson
from rnn_cli.study.scores import Baseline
from rnn_cli.training.measure import ACCURACY, MAE, PERPLEXITY
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import percent, told_apart, unsigned

ROSE = 2.0
"""A loss that ends at so many times its beginning has diverged."""
REMEMBERED = 0.5
"""A training loss below this share of the validation loss comes of remembering."""
LEAST_STEPS = 10
"""Means of fewer steps rise by chance: each step has other examples."""
SMALL = 0.1
"""A cross-entropy below this is small in itself: whether another is smaller says little."""
HARDLY = 0.95
"""A squared error above this share of a guess's is hardly better."""
MOST = 0.5
"""So large a share of unknown tokens is most of a text."""
NAMES = {
    ACCURACY: "accuracy",
    PERPLEXITY: "perplexity",
    MAE: "mean absolute error",
    "loss": "loss",
    "macro_f1": "macro F1",
}


@dataclass(frozen=True)
class Best:
    """The best evaluation of a run: its step, and the score by which it is the best. `elsewhere` says how to keep that step
    where the weights at hand are another's; "" where they are its own."""

    step: int
    metric: str
    value: float
    elsewhere: str = ""


@dataclass(frozen=True)
class Facts:
    """What is known of a network and some data; None, 0 or () where it is not.

    part        what the data are called: validation, training, or "" where there is but one
    loss        the mean loss there; `metric` and `value` the number that a person understands, `low` and `high` its interval
    choices     among how many labels or tokens the network chooses; 0: its answers are numbers
    baselines   what simple answers reach, the best first
    ends        the mean training loss of so many first steps, and of as many last ones: (first, last, how many)
    training    the mean training loss of the last steps
    again       whether most of the last steps read what steps before them had read: else no loss is small by heart
    best        the best evaluation so far
    unknown     the share of the tokens that the vocabulary lacks
    read        of one text: how many of its tokens are unknown, how many there are, and what stands for the unknown ones
    parts       whether the network reads the beginnings and ends of words too
    behind      that every one of several columns is worse than a guess, in words; `unmet`: that some class is at chance
    digits      decimals of a loss
    """

    part: str = ""
    loss: float | None = None
    metric: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    choices: int = 0
    baselines: tuple[Baseline, ...] = ()
    ends: tuple[float, float, int] | None = None
    training: float | None = None
    again: bool = True
    best: Best | None = None
    unknown: float | None = None
    read: tuple[int, int, str] | None = None
    parts: bool = False
    behind: str = ""
    unmet: str = ""
    digits: int = 4

    def baseline(self, metric: str) -> tuple[float, str] | None:
        """The best one's score of a metric, and how it comes about."""
        return next(((one.scores[metric], clean(one.how)) for one in self.baselines if metric in one.scores), None)

    @property
    def guess(self) -> tuple[float, str] | None:
        """Of answers that are numbers, the mean squared error of a guess."""
        return None if self.choices else self.baseline("loss")

    @property
    def of_part(self) -> str:
        """ "validation " before a loss."""
        return f"{self.part} " if self.part else ""


def score_words(metric: str, value: float, digits: int) -> str:
    """93.1%, or a number with its decimals."""
    return percent(value) if metric == ACCURACY else unsigned(value, digits)


def an(name: str) -> str:
    """The name with its article."""
    return f"{'an' if name[0] in 'aeio' else 'a'} {name}"


def left_the_beginning(facts: Facts) -> str | None:
    """The run diverged, though in finite numbers."""
    if facts.ends is None or facts.ends[2] < LEAST_STEPS or not facts.ends[1] > ROSE * facts.ends[0]:
        return None
    first, last, count = facts.ends
    return (
        f"the training loss rose from {unsigned(first, facts.digits)} in the first {count} steps to "
        f"{unsigned(last, facts.digits)} in as many last ones, as it does where a run diverges. A lower --learning-rate or "
        "--clip-norm may hold it."
    )


def worse_than_nothing(facts: Facts) -> str | None:
    """Worse than one who has learnt nothing."""
    said = _above_a_guess(facts) or _behind_the_baseline(facts)
    if said is None:
        return None
    better = _best_step(facts)
    return said + (f" The network remembers the training part. {better}" if _remembers(facts) else "")


def _above_a_guess(facts: Facts) -> str | None:
    if facts.loss is None or facts.choices < 2 or not facts.loss > log(facts.choices):
        return None
    share, _ = told_apart(exp(-facts.loss), 1 / facts.choices, percent, 1)
    truth = f"in the geometric mean the truth gets a probability of {share}, less than 1 in {facts.choices:,}."
    if facts.metric == PERPLEXITY and facts.value is not None:
        return f"a perplexity of {_large(facts.value, facts.choices)} is worse than a guess among all {facts.choices:,} tokens: {truth}"
    loss, guess = told_apart(facts.loss, log(facts.choices), unsigned, facts.digits)
    return (
        f"a {facts.of_part}loss of {loss} is worse than a guess among the {facts.choices:,} "
        f"answers, which has ln {facts.choices} = {guess}: {truth}"
    )


def _behind_the_baseline(facts: Facts) -> str | None:
    guess = facts.guess
    if guess is not None and facts.loss is not None and facts.loss > guess[0]:
        loss, least = told_apart(facts.loss, guess[0], unsigned, facts.digits)
        return f"a {facts.of_part}loss of {loss} is worse than {least}: {guess[1]}."
    found = facts.baseline(facts.metric)
    if found is None or facts.value is None:
        return facts.behind or None
    score, how = found
    if facts.metric == ACCURACY:
        behind = facts.value < score and (facts.high is None or facts.high < score)
    else:
        behind = facts.value > score
    if not behind:
        return None
    value, other = _apart(facts, score)
    return f"{an(NAMES[facts.metric])} of {value} is worse than the baseline's {other}: {how}."


def remembers(facts: Facts) -> str | None:
    """It knows the training part by heart."""
    if not _remembers(facts) or facts.training is None or facts.loss is None:
        return None
    return (
        f"the training loss, {unsigned(facts.training, facts.digits)}, is far below the validation loss, "
        f"{unsigned(facts.loss, facts.digits)}: the network remembers its examples more than it has learnt from them. "
        f"{_best_step(facts)}"
    )


def _remembers(facts: Facts) -> bool:
    if facts.training is None or facts.loss is None or facts.part != "validation" or not facts.again:
        return False
    small = facts.choices > 0 and facts.loss <= SMALL
    return facts.training < REMEMBERED * facts.loss and not small


def _best_step(facts: Facts) -> str:
    best = facts.best
    if best is None:
        return "--patience N stops such a run."
    said = f"No step was better than {best.step:,} ({NAMES[best.metric]} {score_words(best.metric, best.value, facts.digits)})"
    return f"{said}{best.elsewhere}." if best.elsewhere else f"{said}, and these are its weights."


def mostly_unknown(facts: Facts) -> str | None:
    """Most of the text is beyond the vocabulary."""
    if facts.read is not None and mostly(*facts.read[:2]):
        unknown, tokens, stands = facts.read
        which = f"{unknown:,} of {tokens:,} tokens are" if tokens > 1 else "the only token is"
        its, it = ("its", "it") if unknown == 1 else ("their", "them")
        return f"{which} not in the vocabulary, with {stands} in {its} place: the network knows no more of {it}."
    if facts.unknown is None or facts.unknown < MOST:
        return None
    tell = (
        "and can tell them apart by their beginnings and ends alone"
        if facts.parts
        else "and cannot tell one of them from another"
    )
    return (
        f"{percent(facts.unknown)} of the {facts.of_part}tokens are not in the vocabulary: the network reads <unk> in their "
        f"places, {tell}."
    )


def mostly(unknown: int, tokens: int) -> bool:
    """Whether the unknown tokens are half of a text or more."""
    return tokens > 0 and unknown >= MOST * tokens


def at_chance(facts: Facts) -> str | None:
    """No better than without learning."""
    found = facts.baseline(facts.metric)
    if found is not None and facts.value is not None:
        score, how = found
        if facts.metric == ACCURACY:
            level = (facts.value if facts.low is None else facts.low) <= score
            level = level and not facts.value == score == 1  # nothing could be better
        else:
            level = facts.value >= score
        if level:
            value, other = _apart(facts, score)
            return (
                f"{an(NAMES[facts.metric])} of {value} is not clearly better than the baseline's {other} ({how}): what the "
                "network has learnt beyond it does not show on these data."
            )
    guess = facts.guess
    if guess is not None and facts.loss is not None and facts.loss > HARDLY * guess[0]:
        return (
            f"a {facts.of_part}loss of {unsigned(facts.loss, facts.digits)} is hardly better than "
            f"{unsigned(guess[0], facts.digits)}: {guess[1]}."
        )
    return facts.unmet or None


JUDGEMENTS: tuple[Callable[[Facts], str | None], ...] = (
    left_the_beginning,
    worse_than_nothing,
    remembers,
    mostly_unknown,
    at_chance,
)


def capital(sentence: str) -> str:
    """A sentence that follows another."""
    return sentence[:1].upper() + sentence[1:]


def judged(facts: Facts) -> tuple[Callable[[Facts], str | None], str] | None:
    """The first judgement that holds, and its sentence."""
    return next(((one, said) for one in JUDGEMENTS if (said := one(facts)) is not None), None)


def interval_of(metric: str, value: float | None, answers: float) -> tuple[float | None, float | None]:
    """The interval of a share that was measured in passing; neither end for anything else."""
    if metric != ACCURACY or value is None or answers <= 0 or not isfinite(value):
        return None, None
    return wilson(value, answers)


def _apart(facts: Facts, score: float) -> tuple[str, str]:
    """The result and the baseline's, with digits that show which is the larger."""
    assert facts.value is not None
    form, digits = (percent, 1) if facts.metric == ACCURACY else (unsigned, facts.digits)
    return told_apart(facts.value, score, form, digits)


def _large(value: float, other: float) -> str:
    return f"{value:.4g}" if value >= 1e6 else told_apart(value, other, unsigned, 2)[0]
