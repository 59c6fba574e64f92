"""A model as a program of PyTorch: its module, loaded by the file's own names where the file is a state dict."""

from rnn_cli.core.cells.base import Module
from rnn_cli.core.network import Architecture
from rnn_cli.models.model import PYTORCH
from rnn_cli.study.code_files import tensors_lines
from rnn_cli.study.code_parts import (
    Program,
    Subject,
    framework_of,
    head,
    quoted,
    read_of,
    sample_lines,
    tuple_of,
)
from rnn_cli.study.code_weights import (
    BEFORE,
    arrays_of,
    before_one_unit,
    behind_embedding,
    projections_of,
    weights_lines,
)


def program(subject: Subject) -> list[str]:
    """The lines of the program."""
    module, a = framework_of(subject, "PyTorch"), subject.architecture
    foreign = subject.model.format == PYTORCH and not _stacked(a)
    imports, lines = own_names(subject, module) if foreign else _from_equations(subject, module)
    return [
        *head(subject, [*imports, *its_imports(subject, foreign)]),
        "torch.set_default_dtype(torch.float64)",
        "",
        *lines,
        "",
        *sample_lines(subject),
        *inputs_lines(subject, foreign),
        "with torch.no_grad():",
        *(f"    {line}" for line in (_through_layers(subject) if _stacked(a) else _through(subject))),
        *(f"    {line}" for line in _printed(subject, foreign)),
    ]


def _stacked(a: Architecture) -> bool:
    """Whether the layers need modules of their own: one has layers of one size, and runs forward or in both directions."""
    return bool(a.layer_sizes) or a.backward_only


def its_imports(subject: Subject, foreign: bool) -> list[str]:
    """What a program imports beside what opens its file; `foreign` where that gives tensors under names of PyTorch."""
    uses_numpy = not foreign or subject.sample.numbers is not None
    return ["import torch", *["import numpy as np"] * uses_numpy]


def _module(subject: Subject, module: Module, inputs: int, size: int, layers: int = 1, biased: bool = True) -> str:
    a, cell = subject.architecture, subject.model.network.cell
    options = [f"num_layers={layers}"] * (layers > 1) + ["bidirectional=True"] * a.bidirectional
    options += [f'{argument}="{getattr(cell, name)}"' for name, argument in (module.argument or {}).items()]
    options += [] if biased else ["bias=False"]
    options += [f"proj_size={_projected_size(subject)}"] * bool(_projections(subject))
    return f"torch.nn.{module.name}({', '.join([str(inputs), str(size), *options])})"


def _projected_size(subject: Subject) -> int:
    """proj_size, 0 without it."""
    names = _projections(subject)
    return subject.held.arrays[names["weight_hr_l0"]][1][0] if names else 0


def _projections(subject: Subject) -> dict[str, str]:
    """The arrays of proj_size: PyTorch's names -> the file's."""
    return {
        f"weight_hr_l{layer}{_suffix(way)}": name
        for (layer, way), name in zip(subject.places, projections_of(subject), strict=False)
    }


def _suffix(direction: str) -> str:
    return "_reverse" * (direction == "backward")


def own_names(subject: Subject, module: Module) -> Program:
    """Open the file, and load `rnn`, `embedding` and `readout` by its names."""
    origins = subject.origins
    names = {
        f"{kind}_l{layer}{_suffix(way)}": name
        for layer, way in subject.places
        for kind, name in arrays_of(subject, layer, way).items()
    } | _projections(subject)
    first = names["weight_ih_l0"]
    prefix = first.removesuffix("weight_ih_l0")
    imports, lines = tensors_lines(subject)
    a = subject.architecture
    rnn = _module(subject, module, a.input_size, a.hidden_size, a.num_layers, biased="bias_ih_l0" in names)
    lines.append(f"rnn = {rnn}")
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
        C = 1 if before_one_unit(subject) else a.output_size
        width = _projected_size(subject) * len(a.directions) or a.output_width
        loaded = [f'"weight": file[{quoted(subject.stored(weight))}]']
        loaded += [] if bias is None else [f'"bias": file[{quoted(subject.stored(bias.names[0]))}]']
        lines.append(f"readout = torch.nn.Linear({width}, {C}{', bias=False' * (bias is None)})")
        lines.append(f"readout.load_state_dict({{{', '.join(loaded)}}})")
    return imports, lines


def _from_equations(subject: Subject, module: Module) -> Program:
    imports, lines = weights_lines(subject)
    return imports, [*lines, "", *order_lines(module), *equations_lines(subject, module, "layers")]


def order_lines(module: Module) -> list[str]:
    """The line that says how the module has the gates."""
    return [f"ORDER = {tuple_of(module.gates)}  # PyTorch stacks the gates in this order"]


def equations_lines(subject: Subject, module: Module, layers: str, embedding: str = "embedding") -> list[str]:
    """Load `rnn`, `embedding` and `readout` from the parameters of the equations, those of the layers under the name `layers`."""
    a = subject.architecture
    if _stacked(a) and not subject.side:
        lines = _module_for_each_layer(subject, module)
    else:
        places = [f"l{layer}{_suffix(way) * a.bidirectional}" for layer, way in subject.places]
        rnn = _module(subject, module, a.input_size, a.hidden_size, a.num_layers)
        lines = [f"rnn = {rnn}", *_loaded(module, places, layers)]
    if a.embedding_rows:
        lines.append(f"{embedding} = torch.nn.Embedding.from_pretrained(torch.tensor({embedding}))")
    if a.output_size:
        lines.append(f"readout = torch.nn.Linear({a.output_width}, {a.output_size})")
        lines.append('readout.load_state_dict({"weight": torch.tensor(W_hy), "bias": torch.tensor(b_y)})')
    return lines


def _module_for_each_layer(subject: Subject, module: Module) -> list[str]:
    a, directions = subject.architecture, len(subject.architecture.directions)
    widths = [a.input_size, *(directions * size for size in a.sizes)]
    first = "layers[k:]" if directions == 1 else f"layers[{directions} * k :]"
    return [
        "network = [  # a module of PyTorch has layers of one size, and runs forward or in both directions",
        *(f"    {_module(subject, module, width, size)}," for width, size in zip(widths, a.sizes, strict=False)),
        "]",
        "for k, rnn in enumerate(network):",
        *(f"    {line}" for line in _loaded(module, ["l0", "l0_reverse"][:directions], first)),
    ]


def _loaded(module: Module, places: list[str], layers: str) -> list[str]:
    """Lines that load `rnn` from the parameters of the equations."""
    zeros = '0 * p["b_" + gate]'
    second = f'p.get("b_h" + gate, {zeros})' if module.apart else zeros
    return [
        "state = {}",
        f"for place, p in zip({tuple_of(places)}, {layers}):",
        '    state["weight_ih_" + place] = np.concatenate([p["W_x" + gate] for gate in ORDER])',
        '    state["weight_hh_" + place] = np.concatenate([p["W_h" + gate] for gate in ORDER])',
        '    state["bias_ih_" + place] = np.concatenate([p["b_" + gate] for gate in ORDER])',
        f'    state["bias_hh_" + place] = np.concatenate([{second} for gate in ORDER])',
        "rnn.load_state_dict({name: torch.tensor(array) for name, array in state.items()})",
    ]


def inputs_lines(subject: Subject, foreign: bool, embedding: str = "embedding") -> list[str]:
    """The lines that make `x` of the sample."""
    a = subject.architecture
    if subject.sample.numbers is not None:
        return ["x = torch.tensor(x)"]
    if a.embedding_rows:
        behind = behind_embedding(subject) if foreign else ""
        rows = f"{embedding}(torch.tensor(rows))"
        return [f"x = torch.{behind}({rows})  # it stands behind the embedding" if behind else f"x = {rows}"]
    return [f"x = torch.eye({a.input_size})[rows]"]


def _through_layers(subject: Subject) -> list[str]:
    """The lines that run modules on each other; all begin with 0 where nothing is given, as PyTorch does."""
    a, D = subject.architecture, len(subject.architecture.directions)
    begun = [f"    begun = {_begun(subject, f'starts[{D} * k : {D} * k + {D}]')}"] if subject.model.starts else []
    given = ", begun" * len(begun)
    ran = f"rnn(output{given})[0]"
    if a.backward_only:
        ran = f"rnn(output.flip(0){given})[0].flip(0)  # from the last step to the first"
    loop = "for k, rnn in enumerate(network):" if begun else "for rnn in network:"
    return ["output = x", loop, *begun, f"    output = {ran}"]


def _begun(subject: Subject, starts: str) -> str:
    """The states that the file gives, as a module takes them."""
    alone = len(subject.model.network.cell.states) == 1
    return (
        f"torch.tensor(np.array({starts}))[:, 0]"
        if alone
        else f"tuple(torch.tensor(np.array(one)) for one in zip(*{starts}))"
    )


def _through(subject: Subject) -> list[str]:
    """The line that runs the module."""
    model, a = subject.model, subject.architecture
    runs = a.num_layers * len(a.directions)
    start = [f"torch.zeros({runs}, {'rnn.proj_size' if _projections(subject) else a.hidden_size})"]
    start += [f"torch.zeros({runs}, {a.hidden_size})"] * (len(model.network.cell.states) - 1)
    initial = start[0] if len(start) == 1 else f"({', '.join(start)})"
    if model.starts:
        return [f"output, _ = rnn(x, {_begun(subject, 'starts')})"]
    return [f"output, _ = rnn(x, {initial})  # from {', '.join(f'{name}_0' for name in model.network.cell.states)} = 0"]


def _printed(subject: Subject, foreign: bool) -> list[str]:
    """The lines that print the output, and the logits with their softmax where there are any."""
    model, a, projected = subject.model, subject.architecture, bool(_projections(subject))
    if projected and "readout.W_hy" not in model.origins:  # rnn calls the projection logits, and h what it is of
        return ['print("logits", output.tolist())']
    lines = [] if projected else ['print("output", output.tolist())']
    if not a.output_size:
        return lines
    width = "rnn.proj_size" if projected else None
    alone = foreign and before_one_unit(subject)
    lines += [
        f"logits = readout({read_of(subject, 'torch.cat([{}, {}])', 'dim', 'amax', width)})",
        *[f"logits = torch.nn.functional.pad(logits, (1, 0))  # {BEFORE}"] * alone,
        'print("logits", logits.tolist())',
    ]
    return lines + ([] if model.numeric else ['print("probabilities", logits.softmax(dim=-1).tolist())'])
