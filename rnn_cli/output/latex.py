"""A page as a plain LaTeX article that pdflatex, xelatex and lualatex compile; it needs no package beyond the base."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rich.console import RenderableType

from rnn_cli.output.ascii import signs_to_ascii
from rnn_cli.output.blocks import Block, Formula, Lines, Paragraph, Table, Title, blocks
from rnn_cli.output.mathematics import mathematics

HEAD = r"""\documentclass[10pt]{article}
\usepackage[a4paper,margin=2cm]{geometry}
\usepackage{amsmath}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\setlength{\tabcolsep}{4pt}
\renewcommand{\arraystretch}{1.2}
\allowdisplaybreaks
\sloppy
"""

ROOM = 92
"""Characters of the small type that a line of the paper holds."""

MOST_ROWS = 40
"""Rows of a table that stand together: a page of paper holds them."""

ESCAPES = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "-": r"-{}", "`": r"\textasciigrave{}", "'": r"'{}", '"': r"\char34{}", "?": r"?{}", "!": r"!{}",
    "[": r"{[}", "]": r"{]}",
}  # fmt: skip

ACCENTS = {0x300: r"\`", 0x301: r"\'", 0x302: r"\^", 0x303: r"\~", 0x304: r"\=", 0x306: r"\u", 0x307: r"\.", 0x308: r"\"",
           0x30A: r"\r", 0x30B: r"\H", 0x30C: r"\v", 0x323: r"\d", 0x327: r"\c"}  # fmt: skip

MEANS = {
    "·": r"\ensuremath{\cdot}", "×": r"\ensuremath{\times}", "⊗": r"\ensuremath{\otimes}", "→": r"\ensuremath{\rightarrow}",
    "←": r"\ensuremath{\leftarrow}", "∂": r"\ensuremath{\partial}", "‖": r"\ensuremath{\|}", "…": r"\ldots{}",
    "≤": r"\ensuremath{\leq}", "≥": r"\ensuremath{\geq}", "≈": r"\ensuremath{\approx}", "≠": r"\ensuremath{\neq}",
    "∏": r"\ensuremath{\prod}", "Σ": r"\ensuremath{\Sigma}", "√": r"\ensuremath{\surd}", "∞": r"\ensuremath{\infty}",
    "±": r"\ensuremath{\pm}", "²": r"\ensuremath{^2}", "⁺": r"\ensuremath{^+}", "█": r"\rule{0.5em}{1.3ex}",
    "“": "``", "”": "''", "’": "'", "‘": "`", "–": "--", "—": "---", "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}",
    "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}", "¿": "?`", "¡": "!`",
    "\u200d": "{}", "\ufe0f": "{}", "\ufe0e": "{}", "\xa0": "~", "λ": r"\ensuremath{\lambda}", "␣": r"\textvisiblespace{}",
}  # fmt: skip


def page_latex(parts: Iterable[RenderableType]) -> str:
    """The page as an article; every text of a user stands for itself."""
    body = "\n\n".join(_block(one) for one in blocks(parts))
    declared = "".join(f"  \\DeclareUnicodeCharacter{{{ord(one):04X}}}{{{_sign(one)}}}\n" for one in _strange(body))
    known = f"\\ifdefined\\pdftexversion\n{declared}\\fi\n" if declared else ""
    return f"{HEAD}{known}\\begin{{document}}\n\n{body}\n\n\\end{{document}}\n"


def escaped(text: str) -> str:
    """A text that stands for itself."""
    return "".join(ESCAPES.get(letter, letter) for letter in text)


def _strange(body: str) -> list[str]:
    return sorted({letter for letter in body if not letter.isascii()})


def _sign(letter: str) -> str:
    """What pdflatex, whose fonts are small, sets for a character: the sign, an accented letter, or its number."""
    if letter in MEANS:
        return MEANS[letter]
    parts = unicodedata.normalize("NFD", letter)
    if len(parts) == 2 and parts[0].isascii() and parts[0].isalpha() and ord(parts[1]) in ACCENTS:
        base = f"\\{parts[0]}" if parts[0] in "ij" else parts[0]
        return f"{ACCENTS[ord(parts[1])]}{{{base}}}"
    greek = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(letter, ""))
    if greek and greek[1] == "SMALL" and greek[2] in GREEK:
        return rf"\ensuremath{{\{greek[2].lower()}}}"
    return rf"{{\ttfamily U+{ord(letter):04X}}}"


GREEK = {"ALPHA", "BETA", "GAMMA", "DELTA", "EPSILON", "ETA", "THETA", "KAPPA", "MU", "NU", "XI", "PI", "RHO", "SIGMA",
         "TAU", "PHI", "CHI", "PSI", "OMEGA"}  # fmt: skip


def _block(block: Block) -> str:
    match block:
        case Title(text, note, level):
            command = {1: "section", 2: "subsection", 3: "subsubsection"}[level]
            return f"\\{command}*{{{escaped(text)}}}" + (f"\n\\textit{{{escaped(note)}}}" if note else "")
        case Paragraph(text, label):
            return f"\\textbf{{{escaped(label)}}} {escaped(text)}" if label else escaped(text)
        case Formula(lines):
            return "\n".join(f"\\[ {mathematics(one, escaped)} \\]" for one in lines)
        case Lines(lines):
            shown = [escaped(signs_to_ascii(one)).replace("  ", "~~").replace("~ ", "~~") or "~" for one in lines]
            written = "\\\\\n".join(f"\\mbox{{{re.sub('^ ', '~', one)}}}" for one in shown)
            return f"{{\\footnotesize\\ttfamily\n{written}\\par}}"
        case Table():
            return "\n\n".join(_tabular(table) for table in _fitting(block))


def _fitting(table: Table) -> list[Table]:
    """A table, or where it is wider than the paper the parts that it comes apart into, as on a narrow page."""
    if table.grid is None:
        return [table]
    every = [table.header, *table.rows]
    widths = [max(len(row[k]) for row in every) for k in range(len(table.header))]
    return [
        Table(
            [table.header[k] for k in block],
            [[row[k] for k in block] for row in table.rows],
            "".join(table.align[k] for k in block),
        )
        for block in table.grid.blocks(widths, ROOM)
    ]


def _tabular(table: Table) -> str:
    columns = ["r" if sign == ">" else "l" for sign in table.align]
    if table.math:  # the working is broken between its addends, the results stand below each other
        columns = ["l", "l", r"p{0.55\textwidth}", "l"]
    head = []
    if any(table.header):
        head = [_line([escaped(signs_to_ascii(cell)) for cell in table.header]), "\\hline"]
    rows = [_line([_cell(table, k, cell) for k, cell in enumerate(row)]) for row in table.rows]
    begin, end = f"{{\\footnotesize\\begin{{tabular}}{{@{{}}{''.join(columns)}@{{}}}}", "\\end{tabular}\\par}"
    parts = [rows[k : k + MOST_ROWS] for k in range(0, len(rows), MOST_ROWS)]
    return "\n\n".join("\n".join([begin, *head, *part, end]) for part in parts)


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _cell(table: Table, column: int, cell: str) -> str:
    if column in table.math and cell:
        return f"${mathematics(cell, escaped)}$"
    if cell and not cell.strip("█"):  # a bar
        return f"\\rule{{{len(cell) / 2:g}em}}{{1.4ex}}"
    if re.fullmatch(r"[+-]?\d+(\.\d+)?", cell):
        return f"${cell}$"
    return escaped(signs_to_ascii(cell))
