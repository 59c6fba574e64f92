"""A file for `rnn check`: forward and backward of a cell in NumPy, written by the cell's own steps, or with them left blank."""

import re
from collections.abc import Iterable, Mapping

from rnn_cli.core.cells import CELLS, make_cell
from rnn_cli.core.cells.base import Cell
from rnn_cli.core.symbols import written_step, written_step_backward
from rnn_cli.models.options import options_from_flags
from rnn_cli.reading import matched

BLANK = '''
def blank(what):
    """Put the expression that belongs there in the place of each call of this."""
    raise NotImplementedError(f"{what} is still blank")

'''

OUTPUT_LATER = ", without the error of its own output, which backward adds"


def template(cell: str, blank: bool = False, options: Mapping[str, str] | None = None) -> str:
    """The file for a cell by its name. InputError where there is no such cell, or it has no such option."""
    name = matched(cell, CELLS)
    chosen = options_from_flags(name, options or {})
    made = make_cell(name, dict(chosen))
    flags = "".join(f" --{option} {value}" for option, value in chosen)
    lines = [
        *_head(made, f"rnn check FILE --cell {name}{flags}"),
        *(BLANK if blank else _functions(made)).splitlines(),
        *_readout(blank),
        *_forward(made, blank),
        *_backward(made, blank),
    ]
    return "\n".join(lines) + "\n"


def _head(cell: Cell, command: str) -> list[str]:
    return [
        f'"""{cell.title[0].upper()}{cell.title[1:]}, forwards and backwards, for one sequence.',
        "",
        f"    {command}",
        "",
        "calls forward and backward with random numbers and compares what they return. T steps, I inputs, H hidden units, K",
        "classes. W_x… (H, I), W_h… (H, H), b_… (H,); the readout has W_hy (K, H) and b_y (K,).",
        '"""',
        "",
        "from types import SimpleNamespace",
        "",
        "import numpy as np",
        "",
    ]


def _functions(cell: Cell) -> str:
    """The activations that are more than a function of NumPy."""
    defined = written_step(cell).functions.items()
    return "".join(f"\ndef {name}(a):\n    return {makes}\n\n" for name, makes in defined)


def _forward(cell: Cell, blank: bool) -> list[str]:
    step = written_step(cell)
    before, initial = _each(cell, "{}_prev"), _each(cell, "{}0")
    after = _tuple([f'steps[-1]["{name}"]' for name in cell.states])
    shown = [name for name in cell.numbers if name in {*cell.gates, *cell.states}]
    return [
        "",
        f"def step(w, x, {', '.join(before)}):",
        '    """One step, from x (I,) and the state before it, (H,) each; -> all its numbers by name:',
        "",
        *(f"    {line}" for line in cell.equations),
        '    """',
        *(_filled(line, _named(cell, _left(line)), "(H,)", blank) for line in step.lines),
        f"    return {_dict(cell.numbers)}",
        "",
        "",
        "def run(w, X, state):",
        '    """All steps of a sequence; -> the state before each, and the numbers of each."""',
        "    before, steps = [], []",
        "    for x in X:",
        "        before.append(state)",
        "        steps.append(step(w, x, *state))",
        f"        state = {after}",
        "    return before, steps",
        "",
        "",
        f"def forward(params, X, {', '.join(initial)}):",
        f'    """X (T, I), {", ".join(f"{name} (H,)" for name in initial)} -> arrays by name."""',
        "    w = SimpleNamespace(**params)",
        f"    _, steps = run(w, X, {_tuple(initial)})",
        f"    result = {{name: np.array([one[name] for one in steps]) for name in {_quoted(shown)}}}  # (T, H) each",
        '    logits, probabilities = readout(w, result["h"])',
        '    return {**result, "logits": logits, "probabilities": probabilities}',
        "",
    ]


def _readout(blank: bool) -> list[str]:
    softmax = "the softmax of the logits, for which e^1000 must not overflow"
    return [
        "",
        "def readout(w, h):",
        '    """h (T, H) -> the logits of every step, y_t = W_hy h_t + b_y, and their softmax e^y_k / sum_j e^y_j."""',
        _filled("logits = h @ w.W_hy.T + w.b_y", "the logits of every step", "(T, K)", blank),
        *(
            []
            if blank
            else ["    e = np.exp(logits - logits.max(axis=1, keepdims=True))  # e^y_k, all divided by the largest"]
        ),
        _filled("probabilities = e / e.sum(axis=1, keepdims=True)", softmax, "(T, K)", blank),
        "    return logits, probabilities",
        "",
    ]


def _backward(cell: Cell, blank: bool) -> list[str]:
    back = written_step_backward(cell)
    before, initial, errors = (_each(cell, one) for one in ("{}_prev", "{}0", "d{}"))
    earlier = [f"d{name}_prev" for name in cell.states]
    used = " ".join([*back.lines, *back.before.values(), *(word for pair in back.given.values() for word in pair)])
    read = [name for name in cell.numbers if re.search(rf"\b{name}\b", used)]
    sums = {name: f"np.outer({left}, {right})" if right else left for name, (left, right) in back.given.items()}
    shapes = {
        name: "(H,)" if not right else "(H, I)" if right == "x" else "(H, H)" for name, (_, right) in back.given.items()
    }
    found = ["dx", *errors, *(f"da_{gate}" for gate in cell.gates)]
    return [
        "",
        f"def step_backward(w, x, {', '.join(before)}, now, {', '.join(errors)}):",
        f'    """One step backwards: {_are(errors)} of the states after it, (H,) each, and `now` what step gave.',
        "",
        *(f"    {line}" for line in cell.backward_equations),
        "",
        "    -> the errors of this step, those of the states before it, and what it adds to the gradients.",
        '    """',
        f"    {', '.join(read) if len(read) > 1 else _tuple(read)} = (now[name] for name in {_quoted(read)})",
        *(_filled(line, _left(line), "(H,)", blank) for line in back.lines),
        _filled(f"dx = {back.dx}", "dx", "(I,)", blank),
        *(
            _filled(f"d{name}_prev = {text}", f"d{name}_{{t-1}}{OUTPUT_LATER * (name == 'h')}", "(H,)", blank)
            for name, text in back.before.items()
        ),
        "    gradients = {",
        *(
            "    " + _filled(f'"{name}": {text}', f"what the step gives to d{name}", shapes[name], blank, ",")
            for name, text in sums.items()
        ),
        "    }",
        f"    errors = {_dict(found)}",
        f"    return errors, {_tuple(earlier)}, gradients",
        "",
        "",
        f"def backward(params, X, target, {', '.join(initial)}):",
        '    """target (T,) holds class numbers -> the loss, a sum over the steps, and its gradients by name."""',
        "    w, T = SimpleNamespace(**params), len(X)",
        f"    before, steps = run(w, X, {_tuple(initial)})",
        '    h = np.array([one["h"] for one in steps])  # (T, H)',
        "    _, probabilities = readout(w, h)",
        _filled(
            "loss = -np.log(probabilities[np.arange(T), target]).sum()",
            "loss, the sum of -log p of the targets",
            "one number",
            blank,
        ),
        _filled("dlogits = probabilities - np.eye(len(w.b_y))[target]", "dL/dlogits", "(T, K)", blank),
        "    sums = {name: np.zeros_like(array) for name, array in params.items()}",
        _filled('sums["W_hy"] = dlogits.T @ h', "dW_hy", "(K, H)", blank),
        _filled('sums["b_y"] = dlogits.sum(axis=0)', "db_y", "(K,)", blank),
        f"    errors, future = [None] * T, {_tuple([f'np.zeros_like({name})' for name in initial])}",
        "    for t in reversed(range(T)):",
        f"        {', '.join(errors) if len(errors) > 1 else _tuple(errors)} = future",
        "    "
        + _filled(
            "dh = dh + w.W_hy.T @ dlogits[t]", "dh_t: what comes from the future, and from the output", "(H,)", blank
        ),
        f"        errors[t], future, gradients = step_backward(w, X[t], *before[t], steps[t], {', '.join(errors)})",
        "        for name, array in gradients.items():",
        "            sums[name] += array",
        '    result = {"loss": loss, "dlogits": dlogits}',
        "    result |= {name: np.array([one[name] for one in errors]) for name in errors[0]}",
        f"    result |= dict(zip({_quoted([f'd{name}' for name in initial])}, future))  # of the states before step 1",
        '    return {**result, **{f"d{name}": array for name, array in sums.items()}}',
    ]


def _filled(line: str, what: str, shape: str, blank: bool, end: str = "") -> str:
    """A line of the program with its shape; with `blank`, without its right side."""
    left, sign, _ = line.partition(": " if end else " = ")
    return f'    {left}{sign}blank("{what}"){end}  # {shape}' if blank else f"    {line}{end}  # {shape}"


def _named(cell: Cell, number: str) -> str:
    """A number of a step, with what the equations call it where they do."""
    title = cell.gate_title(number)
    if title == number or "=" in title:
        return f"{number}_t"
    return f"{number}_t, {'' if title.startswith('what ') else 'the '}{title}"


def _left(line: str) -> str:
    return line.partition(" = ")[0]


def _each(cell: Cell, form: str) -> list[str]:
    return [form.format(name) for name in cell.states]


def _tuple(items: list[str]) -> str:
    return f"({', '.join(items)}{',' * (len(items) == 1)})"


def _quoted(names: list[str]) -> str:
    return _tuple([f'"{name}"' for name in names])


def _dict(names: Iterable[str]) -> str:
    """Variables by their own names."""
    return "{" + ", ".join(f'"{name}": {name}' for name in names) + "}"


def _are(errors: list[str]) -> str:
    return f"{', '.join(errors)} {'is the error' if len(errors) == 1 else 'are the errors'}"
