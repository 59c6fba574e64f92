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
from rnn_cli.inputs.sequence import encode_text, encode_tokens
from rnn_cli.models.decoder import conditions_of
from rnn_cli.models.foreign.choices import NOTHING, Choices
from rnn_cli.models.load import load_model
from rnn_cli.models.model import Model
from rnn_cli.study.code import CodeResult, code_of
from rnn_cli.study.inspect import inspect_model
from rnn_cli.study.predict import write_answer
from rnn_cli.study.roles import encoding_of
from rnn_cli.study.seq2seq import decode


def printed(program: str) -> dict[str, Array]:
    """What a program prints, by name."""
    with redirect_stdout(io.StringIO()) as out:
        exec(compile(program, "program.py", "exec"), {"__name__": "__main__"})
    lines = [line.partition(" ") for line in out.getvalue().splitlines()]
    return {name: np.array(json.loads(values)) for name, _, values in lines}


def written(model: Model, path: Path, framework: str) -> tuple[CodeResult, str]:
    """The program of a model in a file: no line of it is too long, and no sign strange."""
    result = code_of(inspect_model(model, str(path)), framework)
    program = "\n".join(result.lines)
    assert program.isascii()
    long = [line for line in result.lines if len(line) > 120 and not line.startswith(("FILE", "means"))]
    assert all(line.count('"') == 2 for line in long)  # one name of the file
    return result, program


def hold_program(
    path: Path, framework: str, choices: Choices = NOTHING, tolerance: float = 1e-12
) -> tuple[str, dict[str, Array]]:
    """The program of a file, run: every number that it prints is that of the forward pass. -> it and what it printed."""
    model = load_model(str(path), choices)
    result, program = written(model, path, framework)
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


def hold_writer(
    path: Path, framework: str, choices: Choices = NOTHING, tolerance: float = 1e-12
) -> tuple[str, dict[str, Array]]:
    """The same of a model that writes a text: the states that it read, the logits of its first token, and all tokens."""
    model = load_model(str(path), choices)
    result, program = written(model, path, framework)
    found, tokens, conditions = printed(program), result.sample.tokens, conditions_of(model)
    assert [encoding_of(model).vocabulary[k] for k in result.sample.rows] == list(tokens)
    sequence = encode_text(tokens[0], model, 0) if conditions else encode_tokens("", tokens, model, 0)
    done = decode(model, sequence, None, 0)
    logits, labels = done.decoder.trace.logits, done.decoder.model.labels
    assert logits is not None
    wanted = {"logits": logits[0]} | ({} if done.encoder is None else {"output": done.encoder.trace.outputs})
    assert set(wanted) | {"ids"} == set(found) - {"tokens"}
    for name, values in wanted.items():
        np.testing.assert_allclose(found[name], values, atol=tolerance, rtol=tolerance, err_msg=f"{name}\n{program}")
    answer = write_answer(model, tokens[0] if conditions else sequence, 1).hypotheses[0]
    assert [labels[k] for k in found["ids"].astype(int)] == list(answer.tokens), program
    assert found.get("tokens", np.array(answer.tokens)).tolist() == list(answer.tokens)
    return program, found
