"""The equations of a page, written in its letters, as LaTeX mathematics: for .tex and for .md alike."""

import re
from collections.abc import Callable

NAMED = {"tanh": r"\tanh", "exp": r"\exp", "log": r"\log", "max": r"\max", "min": r"\min", "ln": r"\ln"}
OPERATORS = ("sigmoid", "log_sigmoid", "relu", "identity", "softmax", "diag", "onehot")
UNDERSCORE = r"\_"
SIGNS = {
    "*": r"\odot ", "·": r"\cdot ", "⊗": r"\otimes ", "⊙": r"\odot ", "∂": r"\partial ", "‖": r"\|", "Σ": r"\sum ",
    "∏": r"\prod ", "≤": r"\leq ", "≥": r"\geq ", "≈": r"\approx ", "≠": r"\neq ", "√": r"\surd ", "→": r"\to ",
    "…": r"\ldots ", "×": r"\times ", "±": r"\pm ", "∞": r"\infty ", "λ": r"\lambda ", "σ": r"\sigma ", "ρ": r"\rho ",
    "δ": r"\delta ", "Δ": r"\Delta ", "²": "^{2}", "⁺": "^{+}", "%": r"\%", "#": r"\#", "&": r"\&", "$": r"\$",
    "{": r"\{", "}": r"\}",
}  # fmt: skip
"""Signs of the pages, with an element-by-element product as the circled dot."""

WORD = r"(?!d[a-nphxzLW]\b|dlogits\b)[A-Za-z][A-Za-z']+(?![A-Za-z_(])"
"""An ordinary word. A d before a quantity makes its gradient: da, dL, dlogits; "do" is a word."""

TOKEN = re.compile(
    r"(?P<blank>_{4,})|(?P<function>" + "|".join(sorted((*NAMED, *OPERATORS), key=len, reverse=True)) + r")(?=\(| p\()"
    r"|(?P<name>[A-Za-z]+)_(?:\{(?P<braced>[^{}]*)\}|(?P<sub>[A-Za-z0-9]+))"
    r"|(?P<aligned>(?<=[-=+*/·⊗])\s{2,})|(?P<wide>\s{3,})"
    rf"|(?P<word> ?{WORD}(?: {WORD})*(?: (?! ))?)|d(?P<gradient>[A-Za-z]|logits)(?![A-Za-z_])"
    r"|(?P<power>\^)(?P<of>T\b|\d+|-?[A-Za-z]+_[A-Za-z0-9]+|-?[A-Za-z])|(?P<arrow>->)|(?P<plain>[A-Za-z]|[-+=/,;:.()\[\]<>|!?'\"\d]+|\s)"
    r"|(?P<other>.)",
    re.DOTALL,
)


def mathematics(text: str, words: Callable[[str], str]) -> str:
    """An equation of a page; `words` makes ordinary words safe inside \\text{}."""
    return "".join(_written(found, words) for found in TOKEN.finditer(text.strip())).strip()


def _written(found: re.Match[str], words: Callable[[str], str]) -> str:
    kind = found.lastgroup
    if found["blank"]:
        return r"\underline{\hspace{5em}}"
    if found["function"]:
        name = found["function"]
        return NAMED.get(name) or f"\\operatorname{{{name.replace('_', UNDERSCORE)}}}"
    if found["name"]:
        below = found["sub"] or mathematics(found["braced"], words)
        return f"{found['name']}_{{{below}}}"
    if found["gradient"]:
        return f"d{found['gradient']}" if len(found["gradient"]) == 1 else rf"d\text{{{words(found['gradient'])}}}"
    if found["aligned"]:  # columns of the page; an equation has none
        return " "
    if found["wide"]:
        return r"\qquad "
    if found["word"]:
        return rf"\text{{{words(found['word'])}}}"
    if found["power"]:
        return r"^{\top}" if found["of"] == "T" else f"^{{{mathematics(found['of'], words)}}}"
    if found["arrow"]:
        return r"\to "
    if kind == "plain":
        return found[0]
    return SIGNS.get(found[0]) or rf"\text{{{words(found[0])}}}"
