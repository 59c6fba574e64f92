"""Lines with a delimiter between the columns: which sign it is, and whether quotes enclose cells.

All of a long stretch of lines decides, not the first: a sign is the delimiter where it cuts the lines into the same
number of cells. Where none does because a text holds the sign, a label at the end or at the start of the lines shows
where to cut them once.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from rnn_cli.errors import InputError
from rnn_cli.inputs.quoted import SPACES, Evidence, Lines, common_ends, quoted_rows, split
from rnn_cli.inputs.reading_report import ReadingReport
from rnn_cli.reading import whole_number

SAMPLE = 5000
"""The lines that decide."""

MISFITS = 0.1
"""The share of the lines that may have another number of cells."""

SIGNS = {"\t": "tab", ";": "semicolon", "|": "vertical bar", ",": "comma", SPACES: "run of spaces"}
"""The signs that are tried; of two that fit as well, the earlier."""

NAMES = {
    "tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "bar": "|", "space": " ", "spaces": SPACES,
}  # fmt: skip
"""What --delimiter calls a sign, beside the sign itself."""

OF_ENDING = {".tsv": "\t", ".tab": "\t", ".psv": "|", ".csv": ",;\t|"}
"""The delimiters that the ending of a file's name allows to expect."""

FIRST, LAST = "first", "last"
OPEN_QUOTE = "the quote that opens here is not closed where a cell ends"


@dataclass(frozen=True)
class Form:
    """How the lines are to be cut.

    sign    the delimiter; `quotes`: whether quotes enclose cells
    width   how many cells most rows have; `fits` of the `rows` have as many
    labels  whether the first or the last cells come again and again
    cut     FIRST or LAST: cut each row at this delimiter alone, the others are signs of the text
    seen    what the quotes look like
    """

    sign: str
    quotes: bool
    width: int
    fits: int
    rows: int
    labels: bool
    seen: Evidence
    cut: str = ""

    @property
    def regular(self) -> bool:
        """Whether the rows agree on the number of cells; one may differ in a short table too: a title, a bad row."""
        share = 0 if self.sign == SPACES else MISFITS  # in a text, two spaces may be a slip of the finger
        return self.width > 1 and self.rows - self.fits <= max(1 if self.rows > 2 else 0, share * self.rows)


def find_form(name: str, ending: str, lines: Lines, delimiter: str | None, quotes: bool | None, ragged: bool) -> Form:
    """The form of a file's lines. `ragged` allows to cut each line once where a label stands at an end of it.

    InputError where no sign cuts the lines into columns.
    """
    sample = list(islice(lines, SAMPLE))
    chosen = None if delimiter is None else NAMES.get(delimiter, delimiter)
    if chosen == "":
        raise InputError("--delimiter: give the sign between the columns, or tab, space or spaces")
    forms = [_form_of(sample, sign, quotes) for sign in ([chosen] if chosen else SIGNS)]
    expected = OF_ENDING.get(ending, "")
    regular = [form for form in forms if form.regular]
    own = [form for form in regular if form.sign in expected] or [form for form in regular if form.sign == "\t"]
    best = max(own or regular, key=lambda form: (form.fits / form.rows, form.labels, form.width), default=None)
    if ragged and (best is None or best.sign == " " or _narrow_start(sample, best)):
        cuts = [replace(form, cut=_cut_of(sample, form)) for form in ([best] if best else forms)]
        found = [form for form in cuts if form.cut and form.sign != SPACES]
        own = [form for form in found if form.sign in expected or form.sign == "\t"]
        best = next(iter(own or found), best)
    if best is None:
        best = max(
            (form for form in forms if form.sign in (chosen or expected)), key=lambda form: form.fits, default=None
        )
    if best is None or best.width < 2:
        raise InputError(_no_delimiter(name, sample, chosen))
    return best


def rows_of(name: str, lines: Lines, form: Form, report: ReadingReport) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row, with the white space around them; rows with an open quote are refused."""
    if not form.quotes:
        for number, line in lines:
            if line.strip():
                yield number, _cut(split(line, form.sign), form)
        return
    for number, cells, span in quoted_rows(lines, form.sign, common_ends(lines, form.sign), form.width):
        if cells is not None:
            yield number, _cut(cells, form)
        elif span == 1:
            report.refuse(name, number, "a quote within a cell in quotes is not doubled")
        else:
            report.refuse(name, number, f"{OPEN_QUOTE}; it would swallow {lines_more(span)}", kind=OPEN_QUOTE)
            if "open_quote" not in report.read.get(name, {}):
                words = f"the quote that opens in line {number} would swallow {lines_more(span)}; they are read as they stand"
                report.decide(name, "open_quote", {"line": number, "lines": span}, words)


def lines_more(span: int) -> str:
    """How many lines a row of so many lines takes beside its first, in words."""
    return f"{span - 1:,} more line{'' if span == 2 else 's'}"


def say_form(name: str, form: Form, delimiter: str | None, quotes: bool | None, report: ReadingReport) -> None:
    """Note how the lines are cut."""
    sign = "space" if form.sign == " " else SIGNS.get(form.sign, repr(form.sign))
    words = f"a {sign} between columns (--delimiter)"
    if form.cut:
        words = f"each line cut at its {form.cut} {sign}, any other being text (--delimiter)"
    report.decide(name, "delimiter", form.sign, words if delimiter is None or form.cut else "")
    if form.cut:
        report.decide(name, "cut", form.cut)
    if form.seen.any:
        usual = form.quotes == (form.sign != "\t")
        words = "quotes enclose cells (--no-quotes: they are characters)"
        if not form.quotes:
            words = "quotes are characters (--quotes: they enclose cells)"
            if form.seen.first is not None and form.sign != "\t":
                line, span = form.seen.first
                swallowed = f" and would swallow {lines_more(span)}" if span > 1 else ""
                words = f"quotes are characters: one opens in line {line}{swallowed} (--quotes: they enclose cells)"
        report.decide(name, "quotes", form.quotes, "" if usual or quotes is not None else words)


def labelish(values: Counter[str]) -> bool:
    """Whether the values come again and again, as labels do."""
    rows = values.total()
    alone = sum(count == 1 for count in values.values())
    return rows >= 4 and len(values) <= rows / 2 and alone <= rows / 5


def _form_of(sample: Lines, sign: str, quotes: bool | None) -> Form:
    seen = Evidence(sign)
    cells = plain = [split(line, sign) for _, line in sample if line.strip()]
    if any('"' in line for _, line in sample):  # without one, all that follows is the same, and each sign is tried
        rows = list(quoted_rows(sample, sign, common_ends(sample, sign), seen=seen))
        if len(sample) == SAMPLE and rows and rows[-1][1] is None:
            rows.pop()  # where the sample ends, a cell may be cut in two
        cells = [[] if cells is None else cells for _, cells, _ in rows]
    quotes = seen.enclose() if quotes is None else quotes
    cells = cells if quotes else plain
    widths = Counter(len(row) for row in cells if len(row) > 1)
    width, count = max(widths.items(), key=lambda one: one[1], default=(1, 0))
    ends = [Counter(row[k].strip() for row in cells if len(row) == width) for k in (0, -1) if width > 1]
    return Form(sign, quotes, width, count, len(cells), any(map(labelish, ends)), seen)


def _cells(sample: Lines, form: Form) -> list[list[str]]:
    if not form.quotes:
        return [split(line, form.sign) for _, line in sample if line.strip()]
    ends = common_ends(sample, form.sign)
    return [cells for _, cells, _ in quoted_rows(sample, form.sign, ends) if cells is not None]


def _narrow_start(sample: Lines, form: Form) -> bool:
    """Whether line 1, the names of the columns, has fewer cells than the rows: each text holds the sign."""
    rows = _cells(sample, form)
    width = len(rows[0])
    if not 1 < width < form.width or all(whole_number(row[0].strip('" ')) is not None for row in rows[1:]):
        return False
    return any(cell.strip() for row in rows[1:] for cell in row[width:])


def _cut_of(sample: Lines, form: Form) -> str:
    """Where to cut each line once: beside the end at which a label stands. "" where neither end shows labels."""
    rows = _cells(sample, form)[1:]
    enough = [row for row in rows if len(row) > 1]
    if len(enough) < max(4, 0.95 * len(rows)):
        return ""
    heads, tails = (Counter(row[k].strip() for row in enough) for k in (0, -1))
    labels = [labelish(heads) and heads[""] == 0, labelish(tails) and tails[""] == 0]
    if all(labels):
        labels = [2 * len(heads) <= len(tails), 2 * len(tails) <= len(heads)]
    return FIRST if labels == [True, False] else LAST if labels == [False, True] else ""


def _cut(cells: list[str], form: Form) -> list[str]:
    if not form.cut or len(cells) < 2:
        return cells
    sign = "  " if form.sign == SPACES else form.sign
    if form.cut == FIRST:
        return [cells[0], sign.join(cells[1:])]
    return [sign.join(cells[:-1]), cells[-1]]


def _no_delimiter(name: str, sample: Lines, chosen: str | None) -> str:
    number, line = next(one for one in sample if one[1].strip())
    if chosen is not None:
        return f"{name}: --delimiter {chosen!r} does not cut its lines into columns; line {number} is {shortened(line)}"
    words = Counter(text.split()[0] for _, text in sample if text.strip())
    if len(sample) >= 10 and labelish(words) and len(words) <= 20:
        few = ", ".join(sorted(words)[:5])
        sign = ":" if all(word.endswith(":") for word in words) else "space"
        return (
            f"{name}: neither tabs nor commas between columns; its lines begin with {few}: "
            f"where that is the label, give --delimiter {sign}"
        )
    return (
        f"{name}: neither tabs nor commas (nor ; or |) cut its lines into columns; line {number} is {shortened(line)}\n"
        "expected columns (--delimiter SIGN) or JSON lines; for classes also a file for each, a text a line, and for "
        "translations two files side by side (--source, --target)"
    )


def shortened(text: str, most: int = 40) -> str:
    """A text in quotes, cut where it is long."""
    text = " ".join(text.split())
    return repr(text if len(text) <= most else f"{text[: most - 1]}…")
