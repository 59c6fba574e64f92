"""A model as a program of PyTorch: its module, loaded by the file's own names where the file is a state dict."""

from rnn_cli.core.cells.base import Module
from rnn_cli.models.model import PYTORCH
from rnn_cli.models.sizes import said_sizes
from rnn_cli.study.code_parts import (
    Subject,
    arrays_of,
    file_imports,
    file_lines,
    framework_of,
    head,
    quoted,
    read_of,
    refuse,
    sample_lines,
    tuple_of,
    weights_lines,
)


def program(subject: Subject) -> list[str]:
    """The lines of the program."""
    module = framework_of(subject, "PyTorch")
    if subject.architecture.backward_only:
        raise refuse(subject, "a module of PyTorch runs forward or in both directions: --code numpy or keras")
    if subject.architecture.layer_sizes:
        raise refuse(
            subject,
            f"a module of PyTorch has layers of one size, and these have {said_sizes(subject.architecture)} units: --code numpy or "
            "keras",
        )
    foreign = subject.model.format == PYTORCH
    imports, lines = _own_names(subject, module) if foreign else _from_equations(subject, module)
    projected = bool(subject.model.read.get("projected"))
    return [
        *head(subject, [*imports, "import torch", *(["import numpy as np"] if _uses_numpy(subject, foreign) else [])]),
        "torch.set_default_dtype(torch.float64)",
        "",
        *lines,
        "",
        *sample_lines(subject),
        *_inputs(subject),
        "with torch.no_grad():",
        *(f"    {line}" for line in _run(subject, projected)),
    ]


def _uses_numpy(subject: Subject, foreign: bool) -> bool:
    return not foreign or subject.sample.numbers is not None


def _module_line(subject: Subject, module: Module, biased: bool = True) -> str:
    a, cell = subject.architecture, subject.model.network.cell
    options = [f"num_layers={a.num_layers}"] * (a.num_layers > 1) + ["bidirectional=True"] * a.bidirectional
    options += [f'{argument}="{getattr(cell, name)}"' for name, argument in (module.argument or {}).items()]
    options += [] if biased else ["bias=False"]
    if subject.model.read.get("projected"):
        P = subject.held.arrays[_projections(subject)["weight_hr_l0"]][1][0]
        options.append(f"proj_size={P}")
    return f"rnn = torch.nn.{module.name}({', '.join([str(a.input_size), str(a.hidden_size), *options])})"


def _projections(subject: Subject) -> dict[str, str]:
    """The arrays of proj_size: PyTorch's names -> the file's."""
    if not subject.model.read.get("projected"):
        return {}
    origins = subject.model.origins
    return {
        f"weight_hr_l{layer}{_suffix(way)}": subject.stored(origins[f"layers.{layer}.{way}.W_h"].names[-1])
        for layer, way in subject.places
    }


def _suffix(direction: str) -> str:
    return "_reverse" * (direction == "backward")


def _own_names(subject: Subject, module: Module) -> tuple[list[str], list[str]]:
    origins = subject.model.origins
    names = {
        f"{kind}_l{layer}{_suffix(way)}": name
        for layer, way in subject.places
        for kind, name in arrays_of(subject, layer, way).items()
    } | _projections(subject)
    first = names["weight_ih_l0"]
    prefix = first.removesuffix("weight_ih_l0")
    lines = file_lines(subject)
    lines.append(_module_line(subject, module, biased="bias_ih_l0" in names))
    if all(name == prefix + own for own, name in names.items()):
        in_file = f"{quoted(prefix)} + name" if prefix else "name"
        lines.append(f"rnn.load_state_dict({{name: file[{in_file}] for name in rnn.state_dict()}})")
    else:
        pairs = [f"    {quoted(own)}: file[{quoted(name)}]," for own, name in names.items()]
        lines += ["rnn.load_state_dict({", *pairs, "})"]
    if "embedding" in origins:
        array = quoted(subject.stored(origins["embedding"].names[0]))
        lines.append(f"embedding = torch.nn.Embedding.from_pretrained(file[{array}].double())")
    if "readout.W_hy" in origins:
        weight, bias = origins["readout.W_hy"].names[0], origins.get("readout.b_y")
        C, width = subject.held.arrays[subject.stored(weight)][1]
        loaded = [f'"weight": file[{quoted(subject.stored(weight))}]']
        loaded += [] if bias is None else [f'"bias": file[{quoted(subject.stored(bias.names[0]))}]']
        lines.append(f"readout = torch.nn.Linear({width}, {C}{', bias=False' * (bias is None)})")
        lines.append(f"readout.load_state_dict({{{', '.join(loaded)}}})")
    return [*file_imports(subject), "from safetensors.torch import load_file"], lines


def _from_equations(subject: Subject, module: Module) -> tuple[list[str], list[str]]:
    a = subject.architecture
    imports, lines = weights_lines(subject)
    suffixes = [f"l{layer}{_suffix(way)}" for layer, way in subject.places]
    zeros = f"np.zeros({a.hidden_size})"
    second = f'p.get("b_h" + gate, {zeros})' if module.apart else zeros
    lines += [
        "",
        f"GATES = {tuple_of(module.gates)}  # PyTorch stacks them in this order",
        _module_line(subject, module),
        "state = {}",
        f"for place, p in zip({tuple_of(suffixes)}, layers):",
        '    state["weight_ih_" + place] = np.concatenate([p["W_x" + gate] for gate in GATES])',
        '    state["weight_hh_" + place] = np.concatenate([p["W_h" + gate] for gate in GATES])',
        '    state["bias_ih_" + place] = np.concatenate([p["b_" + gate] for gate in GATES])',
        f'    state["bias_hh_" + place] = np.concatenate([{second} for gate in GATES])',
        "rnn.load_state_dict({name: torch.tensor(array) for name, array in state.items()})",
    ]
    if a.embedding_rows:
        lines.append("embedding = torch.nn.Embedding.from_pretrained(torch.tensor(embedding))")
    if a.output_size:
        lines.append(f"readout = torch.nn.Linear({a.output_width}, {a.output_size})")
        lines.append('readout.load_state_dict({"weight": torch.tensor(W_hy), "bias": torch.tensor(b_y)})')
    return imports, lines


def _inputs(subject: Subject) -> list[str]:
    a = subject.architecture
    if subject.sample.numbers is not None:
        return ["x = torch.tensor(x)"]
    if a.embedding_rows:
        return ["x = embedding(torch.tensor(rows))"]
    return [f"x = torch.eye({a.input_size})[rows]"]


def _run(subject: Subject, projected: bool) -> list[str]:
    model, a = subject.model, subject.architecture
    runs = a.num_layers * len(a.directions)
    start = [f"torch.zeros({runs}, {'rnn.proj_size' if projected else a.hidden_size})"]
    start += [f"torch.zeros({runs}, {a.hidden_size})"] * (len(model.network.cell.states) - 1)
    initial = start[0] if len(start) == 1 else f"({', '.join(start)})"
    lines = [
        f"output, _ = rnn(x, {initial})  # from {', '.join(f'{name}_0' for name in model.network.cell.states)} = 0"
    ]
    if projected and "readout.W_hy" not in model.origins:  # rnn calls the projection logits, and h what it is of
        return [*lines, 'print("logits", output.tolist())']
    lines += [] if projected else ['print("output", output.tolist())']
    if not a.output_size:
        return lines
    width = "rnn.proj_size" if projected else None
    lines += [
        f"logits = readout({read_of(subject, 'torch.cat([{}, {}])', 'dim', 'amax', width)})",
        'print("logits", logits.tolist())',
    ]
    return lines + ([] if model.numeric else ['print("probabilities", logits.softmax(dim=-1).tolist())'])
