"""A model as a program of NumPy: the steps of its cell, written by the cell itself."""

from rnn_cli.core.symbols import written_step
from rnn_cli.study.code_parts import Subject, answer_lines, head, read_of, sample_lines
from rnn_cli.study.code_weights import weights_lines


def program(subject: Subject) -> list[str]:
    """The lines of the program."""
    imports, weights = weights_lines(subject)
    return [
        *head(subject, [*imports, "from types import SimpleNamespace", "import numpy as np"]),
        *step_lines(subject),
        *_forward(subject),
        *weights,
        "",
        *sample_lines(subject),
        *inputs_lines(subject),
        "",
        f"output = forward(x, layers{', starts' * bool(subject.model.starts)})  # h of the last layer, (T, {subject.architecture.output_width})",
        'print("output", output.tolist())',
        *_readout(subject),
    ]


def step_lines(subject: Subject) -> list[str]:
    """The functions of the activations, and that of one step."""
    cell = subject.model.network.cell
    step = written_step(cell)
    lines = []
    for name, makes in step.functions.items():
        lines += ["", f"def {name}(a):", f"    return {makes}", ""]
    before, after = [f"{name}_prev" for name in cell.states], list(step.state.values())
    unpacked, returned = (", ".join(one) if len(one) > 1 else f"({one[0]},)" for one in (before, after))
    lines += ["", "def step(w, x, state):", '    """One step:', ""]
    lines += [f"    {line}" for line in cell.equations]
    return [
        *lines,
        '    """',
        f"    {unpacked} = state",
        *(f"    {line}" for line in step.lines),
        f"    return {returned}",
        "",
        "",
    ]


def run_lines(subject: Subject, own: bool = False, ends: bool = False) -> list[str]:
    """The function that runs a direction: with `own` it is told where to start, with `ends` it gives what it ends with too."""
    a, cell = subject.architecture, subject.model.network.cell
    size = f'len(parameters["{cell.parameters[0]}"])' if a.layer_sizes else a.hidden_size
    start = f"(np.zeros({size}),)" + f" * {len(cell.states)}" * (len(cell.states) > 1)
    first = ", ".join(f"{name}_0" for name in cell.states)
    said = f"from {first}{' = 0' * (not own)} on{', and what it ends with' * ends}"
    return [
        f"def run(xs, parameters{', start' * own}):",
        f'    """h at each step of one direction, {said}."""',
        f"    w, state, rows = SimpleNamespace(**parameters), {'start' if own else start}, []",
        "    for x in xs:",
        "        state = step(w, x, state)",
        "        rows.append(state[0])",
        f"    return np.array(rows){', state' * ends}",
        "",
        "",
    ]


def _forward(subject: Subject) -> list[str]:
    """The functions that run a direction, and all layers."""
    a, own = subject.architecture, bool(subject.model.starts)
    lines = [
        *run_lines(subject, own),
        f"def forward(xs, layers{', starts' * own}):",
        '    """Through all layers: each reads what the one below it gives."""',
    ]
    if a.bidirectional:
        given = ("forth, start", "back, end") if own else ("forth", "back")
        there, back = (", ".join(one) for one in (("xs", given[0]), ("xs[::-1]", given[1])))
        parts = ["layers[::2]", *["starts[::2]"] * own, "layers[1::2]", *["starts[1::2]"] * own]
        lines += [
            f"    for {', '.join(given)} in zip({', '.join(parts)}):",
            f"        xs = np.concatenate([run({there}), run({back})[::-1]], axis=1)",
        ]
    else:
        each, given_ = ("parameters, start", "zip(layers, starts)") if own else ("parameters", "layers")
        ran = f"run(xs[::-1], {each})[::-1]" if a.backward_only else f"run(xs, {each})"
        lines += [f"    for {each} in {given_}:", f"        xs = {ran}"]
    return [*lines, "    return xs", "", ""]


def inputs_lines(subject: Subject, embedding: str = "embedding") -> list[str]:
    """The lines that make `x` (T, I) of the sample."""
    a = subject.architecture
    if subject.sample.numbers is not None:
        return []
    if a.part_rows:
        return [f"x = {embedding}[rows] + np.array([parts[own].sum(axis=0) for own in parts_of])"]
    return [f"x = {embedding}[rows]" if a.embedding_rows else f"x = np.eye({a.input_size})[rows]"]


def _readout(subject: Subject) -> list[str]:
    a = subject.architecture
    if not a.output_size:
        return []
    read = read_of(subject, "np.concatenate([{}, {}])")
    return [f"logits = {read} @ W_hy.T + b_y", *answer_lines(subject)]
