"""Files of torch.save: refused unread, with the lines for what they hold. tests/oracle has PyTorch write some, and runs the lines."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import pytest

from rnn_cli.errors import ModelFileError
from rnn_cli.models.load import load_model

TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n)R"
ORDERED = b"ccollections\nOrderedDict\n"
STATE = ORDERED + b")RU\x01w" + TENSOR + b"s"
MODULE = b"cmine\nNet\n)\x81}U\x0b_parameters}sb"
GENERAL = "torch.load({}, weights_only=True).items()"


def refused(path: Path) -> str:
    """What is said of a file."""
    with pytest.raises(ModelFileError) as raised:
        load_model(str(path))
    return str(raised.value)


def archive(path: Path, pickle: bytes, member: str = "m/data.pkl", how: int = ZIP_STORED) -> Path:
    """An archive as torch.save builds it."""
    with ZipFile(path, "w", how) as file:
        file.writestr(member, pickle)
    return path


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".bin", ".pkl", ".ckpt"])
def test_pickles_are_refused_unread(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"m{suffix}"
    path.write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    said = refused(path)
    assert "safetensors.torch.save_model(module, 'model.safetensors')" in said
    assert f"save_file({{name: array.clone().contiguous() for name, array in {GENERAL.format(repr(str(path)))}" in said


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        (STATE, GENERAL),
        (b"}U\x01w" + TENSOR + b"s", GENERAL),
        (b"}(U\x05epochK\x03U\x05model" + STATE + b"U\x09optimizer}u", "weights_only=True)['model'].items()"),
        # the optimizer comes first and has the dictionary's class, which the model's then fetches from the memo
        (
            b"}(U\x03opt}K\x00" + ORDERED + b"q\x07)RsU\x02me" + STATE.replace(ORDERED, b"h\x07") + b"u",
            ")['me'].items()",
        ),
        (b"}U\x01a}U\x01b" + STATE + b"ss", "weights_only=True)['a']['b'].items()"),
        (b"\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R\x94\x8c\x01w" + TENSOR + b"sh\x00\x86", GENERAL),
        (MODULE, "save_model(torch.load({}, weights_only=False), "),
        (b"}U\x03net" + MODULE + b"s", "save_model(torch.load({}, weights_only=False)['net'], "),
        (TENSOR, GENERAL),
    ],
)
def test_the_lines_are_those_for_what_it_holds(saved: bytes, said: str, tmp_path: Path) -> None:
    path = archive(tmp_path / "m.pt", b"\x80\x02" + saved + b".")
    assert said.format(repr(str(path))) in refused(path)


def test_what_else_it_holds_is_named(tmp_path: Path) -> None:
    """Averaged weights beside the model's, and a state dict that stands under two names once."""
    ema, same = b"U\x03ema" + MODULE, b"U\x04copyq\x01"
    path = archive(tmp_path / "m.pt", b"\x80\x02}(U\x05model" + STATE + b"q\x05" + ema + same + b"h\x05u.")
    assert refused(path).endswith(
        "['model'].items()}, 'model.safetensors') the state dict in it; the file holds more, under ['ema']"
    )
    path = archive(tmp_path / "m.pt", b"\x80\x02}(" + b"".join(b"U\x01%c" % c + STATE for c in b"abcdefgh") + b"u.")
    assert refused(path).endswith("; the file holds more, under ['b'], ['c'], ['d'], ['e'], ['f'], …")


def test_a_program_of_torchscript_is_opened_as_one(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.pt", b"", "m/constants.pkl")
    assert f"torch.jit.load({str(path)!r}).state_dict().items()" in refused(path)


@pytest.mark.parametrize(
    "pickle",
    [
        b"",
        b"(" * 200_000,
        b"}U\x01a" * 30_000 + b"N" + b"s" * 30_000 + b".",
        b"}q\x00U\x01ah\x00s.",
        b"\x8c\x50" + b"a" * 80 + b"\x94" + b"".join(b"h%ch%c\x93\x94" % (k, k) for k in range(200)) + b".",
        b"\x8e" + b"\xff" * 7 + b"\x0fx",
        b"L" + b"9" * 100_000 + b"L\n.",
        b"S'\\d'\n.",
        b"h\x07.",
        b"NNb.",
    ],
    ids=["nothing", "marks", "deep", "in itself", "doubled", "longer than it is", "digits", "escape", "memo", "None"],
)
def test_a_hostile_one_has_the_general_lines(pickle: bytes, tmp_path: Path) -> None:
    """Each within a second and some megabytes: what is listed has an end, and what it would build is not built."""
    path = archive(tmp_path / "m.pt", pickle)
    assert GENERAL.format(repr(str(path))) in refused(path)


def test_what_is_packed_is_not_unpacked(tmp_path: Path) -> None:
    """torch.save packs nothing, and what is packed may grow."""
    path = archive(tmp_path / "m.pt", b"\x80\x02}U\x05model" + STATE + b"s.", how=ZIP_DEFLATED)
    assert "['model']" not in refused(path)


def test_a_name_of_control_characters_is_escaped(tmp_path: Path) -> None:
    path = archive(tmp_path / "m.pt", b"}X\x04\x00\x00\x00\xe2\x80\xae\x1b" + STATE + b"s.")
    assert r"['\u202e\x1b']" in refused(path)
