"""Programs of models that write a text: what they have in common. Both networks, the attention, and the loop that writes."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rnn_cli.core.attention.look import Attention
from rnn_cli.core.attention.parts import Addend, Part
from rnn_cli.core.systems.conditioned import Conditioned
from rnn_cli.core.systems.encoder_decoder import EncoderDecoder
from rnn_cli.models.decoder import decoder_of
from rnn_cli.models.tensors import METADATA_KEY
from rnn_cli.models.trained import FORMAT as TRAINED
from rnn_cli.study.code_parts import Program, Subject, begun, quoted, said_network, tuple_of
from rnn_cli.study.predict import LONGEST_DESCRIPTION
from rnn_cli.study.roles import DECODER, ENCODER, encoding_of
from rnn_cli.study.seq2seq import at_most

LOOK = """\
    alpha_ut = softmax over t of e_ut
    ctx_u = sum over t of alpha_ut h_t
    s~_u = tanh(W_c [ctx_u; s_u] + b_c)
"""


@dataclass(frozen=True, eq=False)
class Writer:
    """A model that writes.

    encoder    the network that reads; None where the first states were learnt for a condition
    attention  how the decoder looks back; None where it does not
    begin      the token that stands before the first one, end the one after the last; most: how many tokens are written
    """

    encoder: Subject | None
    decoder: Subject
    attention: Attention | None
    begin: int
    end: int
    most: int

    @property
    def sides(self) -> list[tuple[str, Subject]]:
        """The networks that there are, by their names."""
        return [(name, one) for name, one in ((ENCODER, self.encoder), (DECODER, self.decoder)) if one is not None]

    @property
    def trained(self) -> bool:
        """Whether `rnn train` wrote the file: its arrays are arrays of NumPy in every program."""
        return self.decoder.model.format == TRAINED


def writer_of(subject: Subject) -> Writer:
    """The parts of a model that writes. InputError where nobody has said its tokens."""
    encoding, system = encoding_of(subject.model), subject.model.system
    decoder = replace(subject, model=decoder_of(subject.model), side=f"{DECODER}.")
    begin, end = encoding.begin, encoding.end
    if isinstance(system, Conditioned):
        return Writer(None, decoder, None, begin, end, LONGEST_DESCRIPTION)
    assert isinstance(system, EncoderDecoder)
    encoder, sample = replace(subject, side=f"{ENCODER}."), subject.sample
    steps = len(sample.rows) if sample.numbers is None else len(sample.numbers)
    return Writer(encoder, decoder, system.attention, begin, end, at_most(steps))


def writer_head(writer: Writer, imports: list[str]) -> list[str]:
    """The first lines of the program."""
    title = writer.decoder.model.network.cell.title
    said = [f"{title[0].upper()}{title[1:]}: a model that writes a text.", ""]
    said += [f"    {name}    {said_network(one.architecture)}" for name, one in writer.sides]
    if writer.attention is not None:
        said.append(f"    attention  {writer.attention.score.name}")
    if writer.trained:
        imports = [*imports, "import json", "from safetensors import safe_open"]
    command = "rnn predict" if writer.encoder is None else "rnn trace"
    return begun(writer.decoder.path, said, command, imports)


def both(writer: Writer, lines_of: Callable[[Subject], Program], network: str) -> Program:
    """The lines that make `encoder` and `decoder`, which `lines_of` makes one at a time under the name `network`.

    The embedding that the encoder reads is then `words_read`; `embedding`, `W_hy` and `b_y` are the decoder's.
    """
    imports, lines = lines_of(writer.decoder)
    if writer.encoder is not None:
        more, first = lines_of(writer.encoder)
        start = next(k for k, line in enumerate(lines) if line.startswith(f"{network} = "))
        has_words = bool(writer.encoder.architecture.embedding_rows)
        named = f"encoder, words_read = {network}, embedding" if has_words else f"encoder = {network}"
        imports, lines = [*imports, *more], [*first, named, *lines[start:]]  # until there both open the file
    return imports, [*lines, f"decoder = {network}"]


def tokens_lines(writer: Writer) -> list[str]:
    """The lines that read the names of what is written, where the file has them."""
    if not writer.trained:
        return []
    return [
        'with safe_open(FILE, "numpy") as opened:',
        f'    labels = json.loads(opened.metadata()["{METADATA_KEY}"])["encoding"]["labels"]',
    ]


def loop_lines(writer: Writer, step: list[str]) -> list[str]:
    """The lines that write: after `step` there are `logits`, an array (C,), of what comes after `token`."""
    names = writer.decoder.model.labels
    lines = [
        f"ids, token = [], {writer.begin}  # {quoted(names[writer.begin])}",
        f"while len(ids) < {writer.most}:",
        *(f"    {line}" for line in step),
        "    if not ids:  # the first step",
        '        print("logits", logits.tolist())',
        "    token = int(logits.argmax())",
        f"    if token == {writer.end}:  # {quoted(names[writer.end])}",
        "        break",
        "    ids.append(token)",
        'print("ids", ids)',
    ]
    return [*lines, 'print("tokens", json.dumps([labels[k] for k in ids]))'] if writer.trained else lines


def attention_lines(writer: Writer, made: str = "{}") -> list[str]:
    """The line that reads the attention's weights; `made` makes of an array what the program computes with."""
    if writer.attention is None:
        return []
    names = list(writer.attention.parameters)
    array = made.format('file["attention." + name]')
    return [f"{', '.join(names)} = ({array} for name in {tuple_of(names)})"]


def look_lines(writer: Writer, function: Callable[[str, str], str], softmax: list[str], joined: str) -> list[str]:
    """look(s, h), what the readout reads of the decoder's s (S,) and the encoder's h (T, D); [] without attention.

    function   writes an activation of an expression, by its name
    softmax    makes `alpha` of `e`
    joined     is the function that puts two vectors into one
    """
    if writer.attention is None:
        return []
    score, w = writer.attention.score, writer.attention.parameters
    asks, answers = writer.decoder.architecture.output_width, w["W_c"].shape[1] - len(w["W_c"])
    parts = score.parts(w, np.zeros(asks), np.zeros(answers))
    return [
        "def look(s, h):",
        '    """What the readout reads: s_u asks, and all h_t answer.',
        "",
        f"    {score.equation.replace('·', '.')}",
        *LOOK.splitlines(),
        '    """',
        *(f"    {line}" for line in (*(_part(one, function) for one in parts), *softmax)),
        "    ctx = alpha @ h",
        f"    return {function('tanh', f'W_c @ {joined}([ctx, s]) + b_c')}",
        "",
        "",
    ]


def _part(part: Part, function: Callable[[str, str], str]) -> str:
    """A part of the score function for all words that were read at once."""
    summed = " + ".join(_addend(one, "t" in part.of) for one in part.addends)
    return f"{part.name} = {function(part.function, summed) if part.function else summed}"


def _addend(addend: Addend, rows: bool) -> str:
    """What is added, `rows` where there is one of it for each word."""
    vector, matrix = _plain(addend.vector_name), addend.matrix_name
    if addend.matrix is None:
        return vector
    if matrix.endswith("·"):
        return f"{vector} @ {_plain(matrix.removesuffix('·').strip())}"
    return f"{vector} @ {matrix}.T" if rows else f"{matrix} @ {vector}"


def _plain(name: str) -> str:
    """s_u -> s: what is counted by u and t has a name without them."""
    return re.sub(r"_(u|t|ut)$", "", name)
