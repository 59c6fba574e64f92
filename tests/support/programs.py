"""Programs of rnn inspect --code at work: what they print is held against the forward pass of the same file."""

import io
import json
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np

from rnn_cli.core.activations import softmax
from rnn_cli.core.arrays import Array
from rnn_cli.core.forward import run_forward
from rnn_cli.core.network import MANY_TO_ONE
from rnn_cli.models.foreign.choices import NOTHING, Choices
from rnn_cli.models.load import load_model
from rnn_cli.study.code import code_of
from rnn_cli.study.inspect import inspect_model


def printed(program: str) -> dict[str, Array]:
    """What a program prints, by name."""
    with redirect_stdout(io.StringIO()) as out:
        exec(compile(program, "program.py", "exec"), {"__name__": "__main__"})
    lines = [line.partition(" ") for line in out.getvalue().splitlines()]
    return {name: np.array(json.loads(values)) for name, _, values in lines}


def hold_program(
    path: Path, framework: str, choices: Choices = NOTHING, tolerance: float = 1e-12
) -> tuple[str, dict[str, Array]]:
    """The program of a file, run: every number that it prints is that of the forward pass. -> it and what it printed."""
    model = load_model(str(path), choices)
    result = code_of(inspect_model(model, str(path)), framework)
    program = "\n".join(result.lines)
    assert program.isascii()
    long = [line for line in result.lines if len(line) > 120 and not line.startswith(("FILE", "means"))]
    assert all(line.count('"') == 2 for line in long)  # one name of the file
    found, sample, network = printed(program), result.sample, model.network
    if sample.numbers is not None:
        x = sample.numbers
        x = model.encoding.scaled(x) if model.encoding is not None and model.columns else x
    elif "embedding" in network.parameters:
        x = network.parameters["embedding"][list(sample.rows)]
        for t, own in enumerate(sample.parts):
            x[t] += network.parameters["parts"][list(own)].sum(axis=0)
    else:
        x = np.eye(network.architecture.input_size)[list(sample.rows)]
    run = run_forward(network, x[:, None])
    wanted = {"output": run.output[:, 0]}
    if run.logits is not None:
        wanted["logits"] = run.logits[0] if network.architecture.task == MANY_TO_ONE else run.logits[:, 0]
        wanted |= {} if model.numeric else {"probabilities": softmax(wanted["logits"])}
    for name, values in found.items():
        np.testing.assert_allclose(values, wanted[name], atol=tolerance, rtol=tolerance, err_msg=f"{name}\n{program}")
    assert set(found) >= {*wanted} - {"output"} or "proj_size" in program
    return program, found
