"""The pages of rnn predict: one answer with all its details, or many answers, drawn as they come."""

from collections.abc import Iterable, Iterator
from math import exp, log, log10

import numpy as np
from rich.cells import cell_len
from rich.console import RenderableType
from rich.text import Text

from rnn_cli.models.model import Model
from rnn_cli.study.kind import forecasts
from rnn_cli.study.predict import CLASS, NEXT, NUMBERS, TAGS, TEXTS, Answer, PredictResult, likeliest
from rnn_cli.study.rollout import COVERED, LEAST, Ahead
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.forward import Row
from rnn_cli.views.judgements import Facts, capital, judged, mostly
from rnn_cli.views.logs import times_words
from rnn_cli.views.numbers import count, percent, told_apart, unsigned
from rnn_cli.views.page import Grid, Prose, Wide, blank, following, heading, line, notice, title_line
from rnn_cli.views.parts import QUOTED, describe
from rnn_cli.views.unknown import said_unknown

Cell = str | Text

ONE_CLASS = "the network has one class, so its softmax is 1 whatever it reads."
MEASURED = "rnn evaluate says how large its errors are."


def predict_page(result: PredictResult, digits: int) -> Iterable[RenderableType]:
    """The page for one answer, or a table with one row for each answer."""
    return _one_page(result, digits) if result.single else _many_page(result, digits)


def _one_page(result: PredictResult, digits: int) -> list[RenderableType]:
    model, name, kind, width = result.model, result.name, result.kind, result.beam
    (answer,) = result.answers
    page: list[RenderableType] = [*_title(_title_text(answer), model), *_unknown(model, [answer]), blank()]
    if kind == TAGS:
        page += [heading("Tags", "under each word its tag, and how likely the network takes it to be")]
        page.append(_tags(model, answer))
    elif kind == TEXTS:
        page += _texts(answer, width, digits)
    elif kind == NUMBERS:
        page += _numbers(model, answer, digits)
    else:
        page += _classes(model, kind, answer, result.top, digits)
    if answer.explained is not None:
        from rnn_cli.views.why_answers import why_part

        page += [blank(), *why_part(answer.explained, digits)[:-1]]
    return [*page, blank(), notice(_sentence(model, kind, answer, digits)), *_next(model, name, kind, answer)]


def _many_page(result: PredictResult, digits: int) -> Iterator[RenderableType]:
    """Each answer is drawn as it comes."""
    model, name, kind, answers = result.model, result.name, result.kind, result.answers
    yield from _title(result.called, model)
    yield blank()
    number, answer, shortest, least = 0, Answer(None), "", (2.0, 0)
    as_unsure = 0
    marked, strange = False, 0
    for number, answer in enumerate(answers, start=1):
        marked |= answer.known is not None and not all(answer.known)
        shortest = min(filter(None, (shortest, _short_text(answer))), key=len, default="")
        strange += (
            bool(model.vocabulary) and answer.known is not None and mostly(answer.known.count(False), len(answer.known))
        )
        if kind in (CLASS, NEXT):
            assert answer.probabilities is not None
            ((best, share),) = likeliest(answer.probabilities, 1)
            as_unsure = 1 if share < least[0] else as_unsure + (share == least[0])
            least = min(least, (share, answer.line or number))
            widest = max(cell_len(clean(label)) for label in (model.labels or ("class 999",)))
            label = clean(model.label(best))
            yield Row(
                [str(answer.line or number), label, percent(share)], [5, -min(widest, 30), 6], _marked(answer, kind)
            )
        elif kind == TAGS:
            if number > 1:
                yield blank()
            yield _tags(model, answer)
        elif kind == TEXTS:
            source, written = clean(answer.text or ""), clean(answer.hypotheses[0].text)
            yield Wide(
                line((source, style.FAINT), " → ", written, indent=2),
                [line((source, style.FAINT), indent=2), line("→ ", written, indent=4)],
            )
        else:
            if number > 1:
                yield blank()
            yield from _numbers(model, answer, digits)
        if answer.explained is not None:
            from rnn_cli.views.why_answers import why_words

            yield Prose(why_words(answer.explained, digits, short=True), " " * 6, style=style.FAINT)
    yield blank()
    if marked:
        yield Prose(f"not in the vocabulary; each has {model.unknown_words}.", "  *", style=style.WARNING)
    said = count(number, "input")
    strangers = f"In {strange:,} of {said} half of the tokens or more are not in the vocabulary. " if strange else ""
    if kind in (CLASS, NEXT):
        where = "number" if answer.line is None else "line"
        more = f", and of {as_unsure - 1:,} more" * (as_unsure > 1)
        yield notice(
            f"{strangers}Of {said} the network is least sure of {where} {least[1]}{more}: {percent(least[0])}."
        )
    else:
        more = {TAGS: "one at a time shows more.", TEXTS: "one at a time shows its probability too."}.get(
            kind, MEASURED
        )
        yield notice(f"{strangers}{said}; {more}")
    if shortest and model.has_name:
        yield from following(
            (command_line("predict", [name, shortest], flags=model.beside), "one input with all that belongs to it")
        )


def _title(text: str, model: Model) -> list[RenderableType]:
    shown = clean(" ".join(text.split()))
    what = describe(model)
    return [
        Wide(
            line((shown, style.TITLE), "     ", (what, style.FAINT)),
            [title_line(shown), Prose(what, style=style.FAINT)],
        )
    ]


def _title_text(answer: Answer) -> str:
    return answer.text if answer.text is not None else count(answer.steps, "step")


def _unknown(model: Model, answers: Iterable[Answer]) -> list[RenderableType]:
    """Which tokens the vocabulary lacks."""
    strange = [
        token
        for answer in answers
        for token, known in zip(answer.tokens or (), answer.known or (), strict=True)
        if not known
    ]
    said = said_unknown(model, strange, most=len(strange))
    return [Prose(f"{said}.", "  *", style=style.WARNING)] if said else []


def _bar(share: float, width: int = 20) -> Text:
    return Text("█" * round(share * width), style=style.POSITIVE)


def _classes(model: Model, kind: str, answer: Answer, most: int, digits: int) -> list[RenderableType]:
    assert answer.probabilities is not None
    rows: list[list[Cell]] = []
    for k, share in likeliest(answer.probabilities, most):
        label = clean(model.label(k))
        rows.append([label, unsigned(share, digits), _bar(share), "<- prediction" if not rows else ""])
    title = "The next token" if kind == NEXT else "Label"
    parts: list[RenderableType] = [
        heading(title, "softmax over all of them"),
        Grid(["", "probability", "", ""], rows, align="<><<"),
    ]
    rest = len(answer.probabilities) - len(rows)
    if rest > 0:
        left = 1 - sum(share for _, share in likeliest(answer.probabilities, most))
        parts.append(
            line(
                (f"{rest:,} more share {percent(max(left, 0.0))}: --top {len(answer.probabilities)}", style.FAINT),
                indent=2,
            )
        )
    return parts


def _tags(model: Model, answer: Answer) -> Grid:
    """Words over tags over probabilities, in columns; a new block where the page ends."""
    assert answer.probabilities is not None
    words = [clean(word) for word in answer.tokens or (f"x_{t + 1}" for t in range(len(answer.probabilities)))]
    if answer.known is not None and model.vocabulary:
        words = [word + "*" * (not known) for word, known in zip(words, answer.known, strict=True)]
    best = answer.probabilities.argmax(axis=-1)
    tags: list[Cell] = [Text(clean(model.label(int(k))), style=style.EQUATION) for k in best]
    shares: list[Cell] = [Text(percent(p, 0), style=style.FAINT) for p in answer.probabilities.max(axis=-1)]
    header: list[Cell] = [Text(word, style=style.WORD) for word in words]
    return Grid(header, [tags, shares], frozen=0, align="<")


def _marked(answer: Answer, kind: str) -> str:
    """The text, with * behind the words that the vocabulary lacks."""
    if answer.known is None or answer.tokens is None or all(answer.known) or kind == NEXT:
        return clean(answer.text or "")
    return " ".join(clean(token) + "*" * (not known) for token, known in zip(answer.tokens, answer.known, strict=True))


def _texts(answer: Answer, width: int, digits: int) -> list[RenderableType]:
    stopped = not all(one.finished for one in answer.hypotheses)  # said before the text, which may be as long as a line
    rows: list[list[Cell]] = []
    for k, one in enumerate(answer.hypotheses, start=1):
        end = ["" if one.finished else "(has no end yet)"] * stopped
        shares = (unsigned(value, digits) for value in (one.log_probability, exp(one.log_probability)))
        rows.append([str(k), *shares, *end, clean(one.text)])
    how = f"the best of a beam of {width}" if width > 1 else "greedy: the likeliest token at every step"
    return [
        heading("Written", f"{how}; log p of the whole text, with its end where it has one"),
        Grid(["", "log p", "p", *[""] * stopped, "text"], rows, align=">>><"),
    ]


def _numbers(model: Model, answer: Answer, digits: int) -> list[RenderableType]:
    assert model.encoding is not None
    assert answer.numbers is not None
    assert answer.last is not None
    names = [clean(name) for name in model.encoding.target_columns]
    ahead = answer.ahead
    reach = None if ahead is None or np.isnan(ahead.reach).all() else ahead.reach
    rows: list[list[Cell]] = []
    if np.isfinite(answer.last).any():
        last = [unsigned(v, digits) if np.isfinite(v) else "" for v in answer.last]
        rows.append(["last", *(last if reach is None else [cell for one in last for cell in (one, "")])])
    for s, values in enumerate(answer.numbers, start=1):
        cells = [unsigned(value, digits) for value in values]
        if reach is not None:
            around = [f"± {unsigned(one, digits)}" if np.isfinite(one) else "" for one in reach[s - 1]]
            cells = [cell for pair in zip(cells, around, strict=True) for cell in pair]
        rows.append([f"+{s}", *cells])
    title = "Forecast" if forecasts(model) else "Answer"
    of = f"of {clean(answer.series)}, " if answer.series else ""
    note = f"{of}after {count(answer.steps, 'step')}, in the units of the data"
    if ahead is None:
        return [heading(title, note), Grid(["", *names], rows)]
    header = names if reach is None else [cell for name in names for cell in (name, f"{percent(COVERED, 0)} within")]
    return [
        heading(title, note),
        Grid(["", *header], rows),
        *(Prose(text, "  ", style=style.FAINT) for text in past_words(model, ahead, digits)),
    ]


def past_words(model: Model, ahead: Ahead, digits: int) -> list[str]:
    """What the intervals of a forecast say and rest on, or why there are none."""
    past = ahead.past
    assert model.encoding is not None
    if isinstance(past, str):
        return [f"No intervals: {past}, so that no past errors are known."]
    known = int((past.counts >= LEAST).sum())
    if not known:
        return [f"No intervals: only {count(int(past.counts[0]), 'error')} at 1 step, and {LEAST} are needed."]
    said = [
        f"So many steps ahead at least {percent(COVERED, 0)} of the errors on the validation part lay within ± that number."
    ]
    for k, name in enumerate(model.encoding.target_columns):
        if ahead.grows[k]:
            ends = {count(s, "step"): percent(float(past.within[s - 1, k])) for s in dict.fromkeys((1, known))}
            of_last = " and ".join(f"{within} at {steps}" for steps, within in ends.items())
            said.append(f"{clean(name)}: as shares of the last value, {of_last}.")
    rest = f"They rest on {count(int(past.counts[0]), 'error')} at 1 step"
    rest += f" and {past.counts[known - 1]:,} at {known:,}" if known > 1 else ""
    of_them = [*["which overlap"] * (known > 1), *["by which the kept step was chosen"] * past.chosen]
    rest += f", {', and '.join(of_them)}." if of_them else "."
    if known < len(past.counts):
        few = f"From {count(known + 1, 'step')} on there are fewer than {LEAST} errors: too few for an interval."
        rest = f"{rest} {few}"
    return [*said, rest]


def _sentence(model: Model, kind: str, answer: Answer, digits: int) -> str:
    """What the network makes of a text, or why where that was asked for; before it, that most of it is unknown."""
    said = _notice(model, kind, answer)
    if answer.explained is not None:
        from rnn_cli.views.why_answers import why_words

        said = why_words(answer.explained, digits)
    if answer.known is None or not model.vocabulary:
        return said
    unknown = [token for token, known in zip(answer.tokens or (), answer.known, strict=True) if not known]
    parts = model.encoding is not None and any(map(model.encoding.parts_of, unknown))
    wrong = judged(Facts(read=(len(unknown), len(answer.known), model.unknown_words), parts=parts))
    return said if wrong is None else f"{wrong[1]} {capital(said)}"


def _notice(model: Model, kind: str, answer: Answer) -> str:
    if kind == NUMBERS:
        assert answer.numbers is not None
        window = model.data_options.get("window")
        if forecasts(model) and isinstance(window, int) and answer.steps < window:
            return f"the network learnt on windows of {window} steps and was given {answer.steps}: it knows less than it is used to."
        return f"the network reads {count(answer.steps, 'step')}; {MEASURED}"
    if kind == TEXTS:
        first = answer.hypotheses[0]
        if not first.finished:
            return "the network did not end the text: it was stopped. More training, or a wider beam, may help."
        if len(answer.hypotheses) > 1:
            second = answer.hypotheses[1]
            if first.log_probability == second.log_probability:
                return f"the first and the second, “{clean(second.text)}”, are equally likely."
            times = times_words((first.log_probability - second.log_probability) / log(10))
            return f"the first is {times} times as likely as the second, “{clean(second.text)}”."
        return f"the network gives this text a probability of {percent(exp(first.log_probability))}; --beam 5 shows what else it considered."
    assert answer.probabilities is not None
    if kind == TAGS:
        shares = answer.probabilities.max(axis=-1)
        t = int(shares.argmin())
        if len(answer.probabilities[t]) == 1:
            return ONE_CLASS
        k, runner_up = likeliest(answer.probabilities[t], 2)[-1]
        word = clean(answer.tokens[t]) if answer.tokens else f"x_{t + 1}"
        sure = "is the least sure" if (shares == shares[t]).sum() == 1 else "is one of the least sure"
        return f"“{word}” {sure}: {percent(float(shares[t]))}, and {percent(runner_up)} for {clean(model.label(k))}."
    if len(answer.probabilities) == 1:
        return ONE_CLASS
    (best, first_share), (k, runner_up) = likeliest(answer.probabilities, 2)
    if first_share < 0.5 and len(answer.probabilities) > 2:
        share, _ = told_apart(first_share, 0.5, percent, 1)
        return f"the likeliest has less than half of the probability ({share}): the network is not sure."
    label = clean(model.label(k))
    if not runner_up:
        return (
            f"the first has all of the probability: what is left for the second, “{label}”, is too little for a float."
        )
    if first_share == runner_up:
        return f"the first and the second, “{label}”, are equally likely: the order of the classes decided."
    times = times_words(log10(first_share) - log10(runner_up))
    return f"“{clean(model.label(best))}” is {times} times as likely as the second, “{label}”."


def _short_text(answer: Answer) -> str:
    """The text, where it is short and can be pasted; - would be stdin."""
    text = answer.text or ""
    return text if len(text) <= QUOTED and text.isprintable() and text != "-" else ""


def _next(model: Model, name: str, kind: str, answer: Answer) -> list[RenderableType]:
    text = _short_text(answer) if model.vocabulary is not None or not model.foreign else ""
    if not model.has_name:
        return []
    commands = []
    if kind in (CLASS, NEXT, TAGS) and text and answer.explained is None:
        commands.append(
            (command_line("predict", [name, text], "--explain", flags=model.beside), "what each word gave to it")
        )
    if kind in (CLASS, TAGS) and text:
        options = () if model.flags else ("--model", name)
        trace = command_line("trace", text, *options, flags=model.flags)
        commands.append((trace, "the arithmetic behind the answer"))
    if kind == TEXTS and len(answer.hypotheses) == 1 and text:
        if answer.explained is None:
            explain = command_line("predict", [name, text], "--explain", flags=model.beside)
            commands.append((explain, "what it rests on"))
        commands.append(
            (
                command_line("predict", [name, text], "--beam", "5", flags=model.beside),
                "what else the network considered",
            )
        )
    if kind == NEXT and text:
        commands.append((command_line("generate", name, "--prompt", text, flags=model.beside), "let it go on"))
    return following(
        *commands, (command_line("inspect", name, flags=model.of_file), "its parameters, matrix by matrix")
    )
