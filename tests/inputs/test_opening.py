"""Bytes as they are found, as UTF-8 text: encodings, packing, line ends, and what is no text."""

import gzip
import io
import random
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.errors import InputError
from rnn_cli.inputs import census, compression, opening
from rnn_cli.inputs.opening import open_text, suffix_of
from rnn_cli.inputs.reading_report import ReadingReport

WESTERN = {
    "French": "Le garçon a mangé des pâtes à l’hôtel, où il était né. C’est très bon… 5 € !",
    "German": "Müller fährt über die Straße nach Köln, „schöne Grüße“. ÄRGER",
    "Spanish": "El niño comió ¿qué? mañana. ¡Adiós! el corazón está aquí, 1º",
    "Portuguese": "A nação não põe o coração às vezes, você está aí; informações em português",
    "Italian": "Perché è così, città più università, però già",
    "Swedish": "Jag älskar smörgåsar och kött på ön. Åke",
    "Danish": "Jeg elsker rødgrød med fløde på øen, æbler",
    "Icelandic": "Það er góður maður sem býr í húsinu, þú ert ágætur; öll börnin",
    "Estonian": "Õhtul lähme õue, küsimus töö kõik häda",
    "English": "He said “hello” – it’s £5 for a café at 20°C, naïve résumé, 3 m²",
    "a price": "call 0800 now, only £5 a week",
    "names": "José\nMüller\nÅsa\nFrançois\nBjørn\nZoë\nPeña\nLefèvre\nSørensen\nGonçalves\nHämäläinen\nSmith",
}
OTHERS = {
    ("windows-1250", "iso8859-2"): [
        "Zażółć gęślą jaźń. Nie wiem co się dzieje, może będzie później mógł być źle",
        "Příliš žluťoučký kůň úpěl ďábelské ódy, když řekl že není",
        "Árvíztűrő tükörfúrógép; a nőnek jövő héten kellő idő lesz, hogy gyűjtse az erőt",
        "Băieţii şi fetele merg la şcoală, în ţara noastră; oraş",
        "Čovjek i žena idu šumom, kuća je veća, đak uči",
    ],
    ("windows-1254",): ["Çalıştığı için öğrenci güzel şeyler yaptı, değil mi? İyi günler"],
    ("iso8859-3",): ["Ĉiuj homoj estas denaske liberaj; ŝi aŭ ĝi, ĵus ĥoro, antaŭ ĉio"],
    ("windows-1258",): ["Tôi không biê\u0301t, đươ\u0323c rô\u0300i, ngươ\u0300i Viê\u0323t co\u0301 nhiê\u0300u sách"],
    ("windows-1257",): ["Žmogus eina į namus, gražūs žodžiai, ąžuolas, ėjęs, šuo, čia, sūnų"],
    ("windows-1251", "koi8-r", "cp866", "iso8859-5"): ["Привет, как дела? Это хороший фильм.\tpos\nПлохо\tneg"],
    ("windows-1253",): ["Καλημέρα, τι κάνεις; και η ταινία ήταν πολύ καλή"],
    ("windows-1255",): ["שלום עולם, מה שלומך היום"],
    ("windows-1256",): ["مرحبا بالعالم كيف حالك اليوم"],
    ("cp874",): ["สวัสดีครับ วันนี้อากาศดี"],
    ("mac_roman", "cp850"): ["Müller fährt über die Straße nach Köln, schöne Grüße", "garçon, été, à côté, hôtel"],
    ("shift_jis", "euc_jp"): ["今日はとてもいい天気ですね。映画を見に行きました。\tpos"],
    ("gb18030",): ["我不知道你在说什么，这个电影是很好的，我们都喜欢。\tpos"],
    ("big5",): ["我不知道你在說什麼，這個電影是很好的，我們都喜歡。\tpos"],
    ("euc_kr",): ["이 영화는 정말 재미있었다. 나는 그것을 좋아한다\tpos"],
}


def opened(path: Path, content: bytes, encoding: str | None = None) -> tuple[bytes, ReadingReport]:
    """What a file with this content is opened as."""
    path.write_bytes(content)
    report = ReadingReport(encoding=encoding)
    with open_text(str(path), report) as stream:
        return stream.read(), report


def decided(path: Path, report: ReadingReport, key: str) -> object:
    """What the report says of a file under this key."""
    return report.read[str(path)].get(key)


@pytest.mark.parametrize("text", WESTERN.values(), ids=WESTERN)
def test_western_text_is_known_by_its_words(tmp_path: Path, text: str) -> None:
    read, report = opened(tmp_path / "a", text.encode("windows-1252"))
    assert read.decode() == text
    assert decided(tmp_path / "a", report, "encoding") == "Windows-1252"
    (said,) = report.said[str(tmp_path / "a")]
    shown = said.split('"')[1]
    assert shown in text
    assert not shown.isascii()


@pytest.mark.parametrize(
    ("encoding", "text"), [(one, text) for names, texts in OTHERS.items() for one in names for text in texts]
)
def test_other_old_encodings_are_asked_for_with_the_right_candidate(tmp_path: Path, encoding: str, text: str) -> None:
    content = text.encode(encoding, "ignore")
    with pytest.raises(InputError, match=r"a:1:\d+: not UTF-8") as raised:
        opened(tmp_path / "a", content)
    said = str(raised.value)
    assert len(said.splitlines()) == 2
    assert f"{encoding} (" in said
    read, _ = opened(tmp_path / "a", content, encoding)
    assert read.decode() == content.decode(encoding)
    shown = said.split(f'{encoding} ("')[1].split('"')[0]
    assert shown in "".join(c for c in read.decode() if shown in read.decode() or not c.isascii())


MARKED = ["utf-8-sig", "utf-16", "utf-32"]
UNMARKED = ["utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"]


@pytest.mark.parametrize("encoding", MARKED + UNMARKED)
@pytest.mark.parametrize("text", ["good film\tpos\nbad film\tneg\n", "Привет, как дела\nfilm\n", "映画を見\nに行き\n"])
def test_unicode_is_known_by_its_mark_or_its_zeros(tmp_path: Path, encoding: str, text: str) -> None:
    read, report = opened(tmp_path / "a", text.encode(encoding))
    assert read.decode() == text
    found = str(decided(tmp_path / "a", report, "encoding"))
    assert text.encode(found) in text.encode(encoding)
    assert bool(report.said) == (found != "UTF-8")


def test_the_person_has_the_last_word(tmp_path: Path) -> None:
    text = "Привет é".encode()
    assert opened(tmp_path / "a", text, "latin-1")[0].decode() == text.decode("latin-1")
    assert opened(tmp_path / "a", "a\nbé".encode("utf-16"), "UTF_16")[0].decode() == "a\nbé"
    with pytest.raises(InputError, match=r"a:2:3: not ascii, as --encoding says"):
        opened(tmp_path / "a", "x\nabé".encode(), "ascii")
    with pytest.raises(InputError, match=r"a:2:2: not UTF-8, as --encoding says"):
        opened(tmp_path / "a", b"a\nb\xe9c", "utf8")
    _, report = opened(tmp_path / "a", "don’t".encode("windows-1252"), "latin-1")
    assert "windows-1252 has signs" in report.notes[0]


@pytest.mark.parametrize("name", ["nonsense", "base64", "rot13", "idna", "unicode_escape", "undefined", "a\0b"])
def test_what_is_no_encoding_of_files_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError, match="--encoding"):
        opened(tmp_path / "a", b"abc", name)


def test_a_damaged_byte_stays_for_its_row_to_be_left_out(tmp_path: Path) -> None:
    for content in (b"one\ntw\xffo\nthree\n", ("é ж 漢" * 10).encode() + b"\nx\xe9y\n", "é".encode() + b"\xe6\xbc"):
        read, report = opened(tmp_path / "a", content)
        assert read == content
        assert decided(tmp_path / "a", report, "encoding") == "UTF-8"
        assert "cannot be read" in report.said[str(tmp_path / "a")][0]


@pytest.mark.parametrize(
    ("content", "damaged"),
    [
        (b"tw\xffo " * 3, 3),
        (b"tw\xffo " * 4, 0),
        (b"tw\xffo " * 4 + b"plain words\n" * 340, 4),  # one in a thousand
        (b"tw\xff\xfeo\n", 2),
        (b"tw\xff\xfe\xffo\n", 0),  # together they may be a word
        ("é ".encode() * 20 + b"tw\xffo " * 5, 5),
        ("é ".encode() * 19 + b"tw\xffo " * 5, 0),  # less than four good ones for a bad one
    ],
    ids=range(7),
)
def test_so_many_bytes_are_damage_and_more_are_another_encoding(tmp_path: Path, content: bytes, damaged: int) -> None:
    if damaged == 0:
        with pytest.raises(InputError, match="not sure to be anything else"):
            opened(tmp_path / "a", content)
        return
    read, report = opened(tmp_path / "a", content)
    assert read == content
    assert report.said[str(tmp_path / "a")] == [f"UTF-8 text in which {damaged} bytes cannot be read"]


def test_a_late_byte_of_another_encoding_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(census, "LOOK", 1 << 12)
    plain = b"plain words of no accent\n" * 30_000
    read, _ = opened(tmp_path / "a", plain + "un café à la carte\n".encode("windows-1252"))
    assert read == plain + "un café à la carte\n".encode()


@pytest.mark.parametrize(
    ("content", "expected", "ends"),
    [
        (b"a\tb\rc\td\r", b"a\tb\nc\td\n", "CR"),
        (b"a\tb\r\nc\td\r\n", b"a\tb\nc\td\n", None),
        (b"a\tb\r\r\nc\td\r\r\n", b"a\tb\nc\td\n", None),
        (b"a\tb\rc\td\ne\tf\r\ng\th\n", b"a\tb\nc\td\ne\tf\ng\th\n", "CR and LF"),
        (b"a\rb\tc\nd\te\n", b"a\rb\tc\nd\te\n", None),  # would break a row
        (b'"a\rb",c\nd,e\n', b'"a\rb",c\nd,e\n', None),  # within quotes
        ("a\x0cb\u2028c\x85d\n".encode(), "a\x0cb\u2028c\x85d\n".encode(), None),
    ],
)
def test_one_kind_of_line_end(tmp_path: Path, content: bytes, expected: bytes, ends: str | None) -> None:
    for mark in (b"", b"\xef\xbb\xbf"):
        read, report = opened(tmp_path / "a", mark + content)
        assert read == expected
        assert decided(tmp_path / "a", report, "line_ends") == ends


@given(st.text(st.sampled_from("aé漢\r\n"), min_size=1, max_size=40), st.integers(1, 9))
def test_pieces_of_any_size_give_the_same_lines(text: str, size: int) -> None:
    patch = pytest.MonkeyPatch()
    patch.setattr(opening, "PIECE", size)
    patch.setattr(census, "PIECE", size)
    patch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(text.encode("utf-16"))))
    with patch.context(), open_text("-", ReadingReport()) as stream:
        read = stream.read().decode()
    patch.undo()
    lone = text.replace("\r\n", "\n").replace("\r", "\n") if "\r\r\n" not in text else None
    assert lone is None or read == lone
    assert "\r" not in read


def test_gzip_is_known_by_its_bytes_whatever_it_is_called(tmp_path: Path) -> None:
    read, report = opened(tmp_path / "a.tsv", gzip.compress("é\tb\r\n".encode("utf-16")))
    assert read.decode() == "é\tb\n"
    assert report.read[str(tmp_path / "a.tsv")] == {"compression": "gzip", "encoding": "UTF-16-LE"}
    assert opened(tmp_path / "b.gz", b"plain\n")[0] == b"plain\n"
    two = gzip.compress(b"one\n") + gzip.compress(b"two\n")
    assert opened(tmp_path / "c.gz", two)[0] == b"one\ntwo\n"
    assert [suffix_of(name) for name in ("a.TSV.gz", "b.csv", "c.GZ", "d", "x/e.tar.gz")] == [
        ".tsv",
        ".csv",
        "",
        "",
        ".tar",
    ]


def test_gzip_that_cannot_be_trusted_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(random.Random(0).randbytes(1000))
    for content, message in (
        (packed[:-20], "damaged or cut off"),
        (packed[:200] + b"\0\0\0\0" + packed[204:], "damaged or cut off"),
        (gzip.compress(packed), "twice"),
    ):
        with pytest.raises(InputError, match=message):
            opened(tmp_path / "a.gz", content)
    monkeypatch.setattr(compression, "MOST", 10_000)
    with pytest.raises(InputError, match=r"unpack to more than \d\d,\d00: text does not"):
        opened(tmp_path / "a.gz", gzip.compress(b"a" * 100_000))


def zipped(*names: str) -> bytes:
    """A zip file with members of these names."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return content.getvalue()


def tarred() -> bytes:
    """A tar file with one member."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.txt"))
    return content.getvalue()


def array() -> bytes:
    """A .npy file."""
    content = io.BytesIO()
    np.save(content, np.ones(3))
    return content.getvalue()


NO_TEXT: dict[bytes, str] = {
    b"": "the file is empty",
    b"\xef\xbb\xbf": "the file is empty",
    b"{\\rtf1\\ansi good\\par}": "an RTF document: save it as plain text",
    b"%PDF-1.7\n": "a PDF document",
    zipped("word/document.xml"): r"a Word document \(.docx\): save it as plain text",
    zipped("xl/workbook.xml"): r"an Excel workbook \(.xlsx\): save the sheet as CSV",
    zipped("mimetype", "content.xml"): "an OpenDocument file",
    zipped("archive/data.pkl"): "torch.save",
    zipped("arr_0.npy"): r"NumPy arrays \(.npz\): arrays are for --input",
    zipped("a.txt"): "a zip archive: unpack it first",
    b"PK\x03\x04cut": "a damaged zip archive",
    tarred(): "a tar archive",
    gzip.compress(tarred()): "a tar archive",
    b"PAR1\x15\x00": "a Parquet file",
    b"SQLite format 3\0": "an SQLite database",
    b"\x89HDF\r\n\x1a\n": "an HDF5 file",
    **{bytes([0x80, k]) + b"}.": "a Python pickle" for k in range(2, 6)},
    array(): r"a NumPy array \(.npy\)",
    b"\x89PNG\r\n\x1a\n\0": "a PNG image",
    b"BZh91AY&SY\x00": "a bzip2 file",
    b"\xfd7zXZ\0\0": "an xz file",
    b"\x28\xb5\x2f\xfd\x04": "a Zstandard file",
    b"version https://git-lfs.github.com/spec/v1\noid sha256:4d\n": "a pointer of Git LFS",
    b"\n<!DOCTYPE HTML>\n<html>": "an HTML page",
    bytes(range(256)) * 4: "a binary file, not text",
    b"".join(k.to_bytes(2, "little") for k in range(1000)): "a binary file, not text",
    b"a\x01b\n" * 10: r"a:1:2: a binary file, not text: it has 10 control characters",
    b"\x1b$B$3$s\x1b(B": "--encoding iso2022_jp",
}


@pytest.mark.parametrize("content", NO_TEXT, ids=[message[:25] for message in NO_TEXT.values()])
def test_what_is_no_text_is_named(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InputError, match=NO_TEXT[content]) as raised:
        opened(tmp_path / "a", content)
    assert len(str(raised.value).splitlines()) <= 2


@pytest.mark.parametrize(
    "text",
    [
        "ORC are green\n",
        "GIF8 is no picture\n",
        "BZh\n",
        "PAR1 for the course\n",
        "PKW\n",
        "BM\n",
        "SIFTED, WAVES\n",
        "RIFFS\n",
    ],
)
def test_words_that_begin_like_a_file_are_text(tmp_path: Path, text: str) -> None:
    assert opened(tmp_path / "a", text.encode())[0].decode() == text


def test_what_is_odd_is_read_where_a_person_says_so(tmp_path: Path) -> None:
    page = b"<html>\n"
    assert opened(tmp_path / "a.html", page)[0] == opened(tmp_path / "a", page, "utf-8")[0] == page
    odd = b"a\x01b\n" * 10
    read, report = opened(tmp_path / "a", odd, "utf-8")
    assert read == odd
    assert "control characters, 10 in all, are kept" in report.notes[0]
    assert opened(tmp_path / "a", b"abc\0def\n")[0] == b"abc\0def\n"


def test_plain_text_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        raise AssertionError("a scratch file")

    monkeypatch.setattr(opening, "scratch_file", none)
    assert opened(tmp_path / "a", "é\tb\n".encode())[0].decode() == "é\tb\n"
    (tmp_path / "b").write_bytes(b"\xef\xbb\xbfa\r\nb\r\n")
    with open_text(str(tmp_path / "b"), ReadingReport(), as_it_is=True) as stream:
        assert stream.read() == b"\xef\xbb\xbfa\r\nb\r\n"


def test_returns_in_a_row_are_gone_through_once(tmp_path: Path) -> None:
    """Each of them ended a line, and each was held against all that follow: minutes for a few hundred kilobytes."""
    (tmp_path / "a.txt").write_bytes(b"a\r\r\r\nb" + b"\r" * 300_000 + b"c\r\r")
    began = time.process_time()
    with open_text(str(tmp_path / "a.txt"), ReadingReport()) as stream:
        assert stream.read() == b"a\nb" + b"\n" * 300_000 + b"c\n\n"
    assert time.process_time() - began < 5
