"""Signs for terminals and files that can show only ASCII."""

ONE_FOR_ONE = str.maketrans(
    "·×⊗⊙−─━│┃┌┐└┘├┤┬┴┼╌→←↑↓▲▼░▒▓█▁▂▃▄▅▆▇●○✂δ∂σ∞√▏▌≡›",
    "*xx*---||+++++++++-><^v^v.oO@_.:-=+#o.Xdds8V|@#>",
)
MANY_FOR_ONE = {"…": "...", "∏": "prod ", "Σ": "sum ", "≤": "<=", "≥": ">=", "≈": "~", "∥": "||", "‖": "||", "⁺": "+", "²": "^2",
                "“": '"', "”": '"', "’": "'", "±": "+-", "Δ": "d", "α": "alpha", "λ": "lambda", "ρ": "rho", "≠": "!=", "½": "1/2",
                "␣": "_", "↵": "\\n", "⇥": "\\t"}  # fmt: skip


def signs_to_ascii(text: str) -> str:
    """The text with known signs by their stand-ins, and all else as it is."""
    text = text.translate(ONE_FOR_ONE)
    for sign, stand_in in MANY_FOR_ONE.items():
        text = text.replace(sign, stand_in)
    return text


def to_ascii(text: str) -> str:
    """The text in ASCII: known signs by their stand-ins, the rest as escapes."""
    return signs_to_ascii(text).encode("ascii", "backslashreplace").decode("ascii")
