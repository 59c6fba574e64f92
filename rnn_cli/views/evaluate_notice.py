"""The one sentence of an evaluation: what its numbers say."""

from rnn_cli.core.metrics.confusion import confused_pairs
from rnn_cli.study.scores import Classes, Columns, Evaluation
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count, percent


def what_to_notice(found: Evaluation) -> str:
    """What to see first."""
    if found.classes is not None:
        return _of_classes(found, found.classes)
    if found.columns is not None:
        if found.columns.last_mae is None and found.baseline is not None:
            return f"this network's squared error is {found.scores['loss'].value:.4g}; {found.baseline.how}."
        return _of_columns(found.columns)
    if found.bleu is not None:
        next_token, whole = found.scores["token_accuracy"].value, found.scores["exact_match"].value
        return (
            f"with the truth before it the next token is right in {percent(next_token)} of all cases; writing alone, after "
            f"its own words, the network gets {percent(whole)} of the whole texts right."
        )
    perplexity, size = (
        found.scores["perplexity"].value,
        1 / (found.baseline.scores["accuracy"] if found.baseline else 1),
    )
    if perplexity >= size:
        return f"a perplexity of {perplexity:.2f} is worse than a guess among all {size:,.0f} tokens: what the network has learnt does not fit these data."
    return f"after what it has read, the network is as unsure as a guess among {perplexity:.2f} tokens; without, among {size:,.0f}."


def _of_classes(found: Evaluation, classes: Classes) -> str:
    pairs = confused_pairs(classes.matrix)
    if not pairs:
        return (
            f"no mistake in {count(found.answers, 'answer')}: resampling finds none either, so the intervals are points; the true "
            f"share of mistakes may still be as high as 3/{found.answers} = {percent(min(1.0, 3 / found.answers))}."
        )
    k, j, n = pairs[0]
    wrong = sum(times for _, _, times in pairs)
    best = found.baseline.scores.get("accuracy") if found.baseline is not None else None
    accuracy = found.scores["accuracy"]
    if best is not None and (accuracy.value if accuracy.low is None else accuracy.low) <= best:
        return (
            f"an accuracy of {percent(accuracy.value)} is not clearly better than the baseline's {percent(best)}: "
            "what the network has learnt does not show on these data."
        )
    return (
        f"{clean(classes.labels[k])} called {clean(classes.labels[j])} is the commonest mistake: {n:,} of {wrong:,} "
        f"({percent(n / wrong)}), and {percent(n / float(classes.each.true[k]))} of all {clean(classes.labels[k])}."
    )


def _of_columns(columns: Columns) -> str:
    if columns.last_mae is None:
        return f"the mean absolute error is {columns.mae[0].value:.4g}, in the unit of {clean(columns.names[0])}."
    gains = [1 - mae.value / last if last else 0.0 for mae, last in zip(columns.mae, columns.last_mae, strict=True)]
    best = max(range(len(gains)), key=gains.__getitem__)
    worse = [clean(columns.names[k]) for k, gain in enumerate(gains) if gain <= 0]
    if len(worse) == len(gains):
        return (
            "no column is predicted better than by repeating its last value: on these data the network does not help."
        )
    text = (
        f"{clean(columns.names[best])}: {percent(gains[best])} less error than a forecast that repeats the last value"
    )
    return text + (f"; {', '.join(worse)}: no better than that." if worse else ".")
