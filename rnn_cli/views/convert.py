"""The page of rnn convert: what was done to each array, and how it was proved."""

from rich.console import RenderableType

from rnn_cli.study.convert import ConvertResult
from rnn_cli.usage import command_line
from rnn_cli.views import style
from rnn_cli.views.clean import clean
from rnn_cli.views.numbers import count
from rnn_cli.views.page import Grid, Prose, blank, following, head, heading, notice
from rnn_cli.views.parts import describe

MOST_ARRAYS = 60


def convert_page(result: ConvertResult, digits: int) -> list[RenderableType]:
    """What became of each array."""
    words, what = f"{clean(result.source)} -> {clean(result.target)}", f"{result.format.title}, {result.dtype}"
    page: list[RenderableType] = [
        head(words, what),
        Prose(describe(result.model)),
        blank(),
        heading("Arrays", "each array of the target, where it came from, and what was done to it"),
    ]
    rows = [
        [
            clean(one.name),
            "×".join(map(str, one.shape)),
            clean(" and ".join(one.sources)) or "-",
            clean("; ".join(one.how)),
        ]
        for one in result.arrays
    ]
    shown = rows if len(rows) <= MOST_ARRAYS else rows[:MOST_ARRAYS]
    page.append(Grid(["in the target", "shape", "from", "how"], shown, align="<<<<"))
    if len(shown) < len(rows):
        page.append(Prose(f"{len(rows) - len(shown)} more arrays; --json has all.", " ", style.FAINT))
    page += [blank(), heading("Proof", "the file, before it stands at its name"), *_proof(result), blank()]
    if result.left_behind:
        page.append(heading("Left behind", "what a file of this format does not hold"))
        page += [Prose(one, "  -") for one in result.left_behind]
        page.append(blank())
    page.append(notice(_notice(result)))
    flags = {f"--{name}": value for name, value in result.flags.items()}
    if not result.proof.passed:
        return page
    options = [word for pair in flags.items() for word in pair]
    return [
        *page,
        *following((command_line("inspect", result.target, *options), "what the file holds, as rnn reads it")),
    ]


def _proof(result: ConvertResult) -> list[RenderableType]:
    proof = result.proof
    found = "not finite, or of another shape" if proof.max_difference == float("inf") else f"{proof.max_difference:.1e}"
    return [
        Prose(f"{proof.method}.", "  how"),
        Prose(
            f"{proof.sequences} random ones, one at a time: {count(proof.compared, 'number')} compared", "  sequences"
        ),
        Prose(f"{found}, of what is larger, 1 or the number itself; at most {proof.tolerance:.0e} may be", "  largest"),
    ]


def _notice(result: ConvertResult) -> str:
    proof = result.proof
    if not proof.passed:
        return f"The file does not compute what {clean(result.source)} computes: nothing was written."
    found = (
        "no number differs"
        if proof.max_difference == 0
        else f"no number differs by more than {proof.max_difference:.1e}"
    )
    return (
        f"{clean(result.target)} computes what {clean(result.source)} computes: {found} over "
        f"{count(proof.compared, 'number')} of {proof.sequences} random sequences."
    )
