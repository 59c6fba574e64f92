"""The one sentence of an evaluation: what its numbers say."""

from rnn_cli.core.metrics.confusion import confused_pairs
from rnn_cli.core.metrics.wilson import wilson
from rnn_cli.study.baselines.commonest_label import commonest_of
from rnn_cli.study.scores import Classes, Columns, Evaluation
from rnn_cli.training.measure import ACCURACY, PERPLEXITY
from rnn_cli.views.clean import clean
from rnn_cli.views.judgements import Facts, judged
from rnn_cli.views.numbers import change_words, count, percent, points, some, told_apart

MOST_NAMED = 5


def what_to_notice(found: Evaluation) -> str:
    """What is wrong, by the judgements of all commands; else what is of interest."""
    wrong = judged(facts_of(found))
    if wrong is not None:
        return wrong[1]
    if found.classes is not None:
        return _of_classes(found, found.classes)
    if found.columns is not None:
        return _of_columns(found, found.columns)
    if found.bleu is not None:
        next_token, whole = found.scores["token_accuracy"].value, found.scores["exact_match"].value
        return (
            f"with the truth before it the next token is right in {percent(next_token)} of all cases; writing alone, after "
            f"its own words, the network gets {percent(whole)} of the whole texts right."
        )
    assert found.baseline is not None
    perplexity, guess = found.scores["perplexity"].value, found.baseline.scores["perplexity"]
    even = guess == found.choices
    without = f"without, among {guess:,.0f}" if even else f"from {clean(found.baseline.how)}, among {guess:,.2f}"
    return f"after what it has read, the network is as unsure as a guess among {perplexity:.2f} tokens; {without}."


def facts_of(found: Evaluation) -> Facts:
    """What an evaluation knows."""
    metric = next((one for one in (PERPLEXITY, ACCURACY) if one in found.scores), "")
    score = found.scores.get(metric)
    return Facts(
        loss=found.scores["loss"].value if "loss" in found.scores else None,
        metric=metric,
        value=None if score is None else score.value,
        low=None if score is None else score.low,
        high=None if score is None else score.high,
        choices=found.choices,
        baselines=found.baselines or (() if found.baseline is None else (found.baseline,)),
        unknown=found.unknown / found.tokens if found.tokens else None,
        parts=found.parts,
        behind=_no_column_gains(found) or _texts_behind(found),
        unmet="" if found.classes is None else _never_called(found.classes),
    )


def _never_called(classes: Classes) -> str:
    """Of classes that occur, those that the network could answer and never does."""
    never = [k for k in range(classes.learnt) if classes.each.true[k] and not classes.each.predicted[k]]
    never.sort(key=lambda k: -classes.each.true[k])
    if not never:
        return ""
    named = some([f"{clean(classes.labels[k])} ({classes.each.true[k]:,.0f} there)" for k in never], MOST_NAMED)
    of = "this class" if len(never) == 1 else "these classes"
    return f"the network never answers {named}: on these data nothing shows that it has learnt {of}."


def _no_column_gains(found: Evaluation) -> str:
    columns = found.columns
    if columns is None or columns.last_mae is None:
        return ""
    if all(mae.value >= last for mae, last in zip(columns.mae, columns.last_mae, strict=True)):
        return (
            "no column is predicted better than by repeating its last value: on these data the network does not help."
        )
    for one in found.baselines:
        if one.errors is not None and all(
            mae.value >= least for mae, least in zip(columns.mae, one.errors[0].mean(axis=0), strict=True)
        ):
            return f"no column is predicted better than by {clean(one.how)}: on these data the network is not needed."
    return ""


def _texts_behind(found: Evaluation) -> str:
    """Of a network that writes: a simple answer whose texts are nearer to the references."""
    if found.bleu is None:
        return ""
    exact, near = found.scores["exact_match"].value, found.scores["bleu"].value
    for one in found.baselines:
        if "bleu" in one.scores and one.scores["bleu"] > near and one.scores["exact_match"] >= exact:
            bleu, other = told_apart(near, one.scores["bleu"], points, 1)
            same, others = told_apart(exact, one.scores["exact_match"], percent, 1)
            return f"BLEU {bleu} and {same} exact matches are worse than the baseline's {other} and {others}: {clean(one.how)}."
    return ""


def _of_classes(found: Evaluation, classes: Classes) -> str:
    pairs = confused_pairs(classes.matrix)
    if not pairs:
        low = found.scores["accuracy"].low
        by = "by the interval of the accuracy" if low is not None else "if each answer stands alone"
        least = wilson(1.0, found.answers)[0] if low is None else low
        return (
            f"no mistake in {count(found.answers, 'answer')}: the true share of mistakes may still be as high as "
            f"{percent(1 - least)}, {by}."
        )
    k, j, n = pairs[0]
    wrong = sum(times for _, _, times in pairs)
    commonest = commonest_of("mistake", [times for _, _, times in pairs])
    return (
        f"{clean(classes.labels[k])} called {clean(classes.labels[j])} is {commonest}: {n:,} of {wrong:,} "
        f"({percent(n / wrong)}), and {percent(n / float(classes.each.true[k]))} of all {clean(classes.labels[k])}."
    )


def _of_columns(found: Evaluation, columns: Columns) -> str:
    if columns.last_mae is None:
        guess = "" if found.baseline is None else f"; {found.baseline.how}"
        return f"the mean squared error is {found.scores['loss'].value:.4g}{guess}."
    both = list(zip(columns.names, columns.mae, columns.last_mae, strict=True))
    changes = some([f"{change_words(mae.value, last)} for {clean(name)}" for name, mae, last in both], MOST_NAMED)
    unsure = [
        clean(name)
        for name, mae, last in both
        if mae.low is not None and mae.high is not None and mae.low <= last <= mae.high
    ]
    text = f"against a forecast that repeats the last value, the mean absolute error is {changes}"
    return (
        f"{text}; not sure for {some(unsure, MOST_NAMED)}, where the interval holds the last value's error too."
        if unsure
        else f"{text}."
    )
