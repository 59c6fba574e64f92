"""Files that are no text, known by how they begin: what such a file is, and what a person does with it."""

from typing import BinaryIO

HEAD = 4096
"""The number of bytes that tell a file's kind."""

AS_TEXT = "save it as plain text (.txt)"
AS_CSV = "save it as CSV or tab-separated text"
UNPACK = "unpack it first"
NO_TEXT = "it holds no text"

MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (b"{\\rtf", "an RTF document", AS_TEXT),
    (b"%PDF-", "a PDF document", "copy its text into a plain text file"),
    (b"%!PS", "a PostScript document", "copy its text into a plain text file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document (.doc, .xls)", f"{AS_TEXT} or as CSV"),
    (b"PAR1", "a Parquet file", "write it as CSV, as pandas.read_parquet(FILE).to_csv does"),
    (b"ARROW1", "an Arrow file", "write it as CSV, as pandas.read_feather(FILE).to_csv does"),
    (b"FEA1", "a Feather file", "write it as CSV, as pandas.read_feather(FILE).to_csv does"),
    (b"ORC", "an ORC file", "write it as CSV, as pandas.read_orc(FILE).to_csv does"),
    (b"Obj\x01", "an Avro file", AS_CSV),
    (b"SQLite format 3\0", "an SQLite database", "export the table as CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "write what it holds as CSV or .npy"),
    (b"CDF\x01", "a NetCDF file", "write what it holds as CSV or .npy"),
    (b"CDF\x02", "a NetCDF file", "write what it holds as CSV or .npy"),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file", "write what it holds as CSV or .npy"),
    (b"\x93NUMPY", "a NumPy array (.npy)", "arrays are for --input FILE.npy"),
    (b"RDX", "an R file", "write it as CSV, with write.csv"),
    (b"$FL2", "an SPSS file", AS_CSV),
    (b"BZh", "a bzip2 file", "unpack it with bunzip2; .gz is read as it is"),
    (b"\xfd7zXZ\0", "an xz file", "unpack it with unxz; .gz is read as it is"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", "unpack it with unzstd; .gz is read as it is"),
    (b"\x04\x22\x4d\x18", "an LZ4 file", "unpack it with unlz4; .gz is read as it is"),
    (b"\x1f\x9d", "a compressed file (.Z)", "unpack it with uncompress; .gz is read as it is"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"\x89PNG\r\n\x1a\n", "a PNG image", NO_TEXT),
    (b"\xff\xd8\xff", "a JPEG image", NO_TEXT),
    (b"GIF8", "a GIF image", NO_TEXT),
    (b"II*\0", "a TIFF image", NO_TEXT),
    (b"MM\0*", "a TIFF image", NO_TEXT),
    (b"\x7fELF", "a program", NO_TEXT),
    (b"OggS", "a sound file", NO_TEXT),
    (b"fLaC", "a sound file", NO_TEXT),
    (b"version https://git-lfs.github.com/spec/", "a pointer of Git LFS, not the file itself",
     "fetch the file with git lfs pull"),
)  # fmt: skip
"""How a file begins, what it is, and what to do."""

SURE = (b"{\\rtf", b"%PDF-", b"%!PS", b"version https://git-lfs.github.com/spec/")
"""Beginnings that no text has. A text may begin with ORC or GIF8: then what follows tells."""

IN_ZIP = (
    ("word/", "a Word document (.docx)", AS_TEXT),
    ("xl/", "an Excel workbook (.xlsx)", "save the sheet as CSV"),
    ("ppt/", "a PowerPoint document (.pptx)", AS_TEXT),
    ("content.xml", "an OpenDocument file (.odt, .ods)", f"{AS_TEXT} or as CSV"),
    ("META-INF/container.xml", "an e-book (.epub)", AS_TEXT),
)
"""What the names of a zip file's members begin with, what such a file is, and what to do."""

MARKUP = ((b"<!doctype html", "HTML"), (b"<html", "HTML"), (b"<?xml", "XML"))
MARKUP_ENDINGS = (".html", ".htm", ".xhtml", ".xml")


def no_text(stream: BinaryIO) -> str | None:
    """What a file is that holds no text, and what to do with it; None for anything else. The stream is at its start."""
    head = stream.read(HEAD)
    for start, what, then in MAGIC:
        if head.startswith(start) and (start in SURE or not _is_word(start) or not _is_word(head)):
            return f"{what}: {then}"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_zip(stream)
    if head[257:262] == b"ustar":
        return f"a tar archive: {UNPACK}"
    if head.startswith((b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")):
        return "a Python pickle: it can run code, so it is not opened; write what it holds as text or .npy"
    if head[:4] == b"RIFF" and head[8:12] in (b"WAVE", b"WEBP", b"AVI "):
        return f"a sound, an image or a film: {NO_TEXT}"
    if head[8:10] == b'{"' and b'"dtype"' in head and b"\0" in head[:8]:
        return "a safetensors file: it goes to --model"
    return None


def markup(name: str, head: bytes) -> str | None:
    """What markup a file holds whose name does not say so: a page that was saved in place of the file."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    found = next((kind for begin, kind in MARKUP if start.startswith(begin)), None)
    return None if name.lower().endswith(MARKUP_ENDINGS) else found


def _is_word(some: bytes) -> bool:
    """Whether these bytes could be typed."""
    return some.isascii() and not some.translate(None, bytes(range(32, 127)) + b"\t\n\r\f")


def _in_zip(stream: BinaryIO) -> str:
    import zipfile  # every start would wait for it

    try:
        names = zipfile.ZipFile(stream).namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return f"a damaged zip archive: {UNPACK}"
    for start, what, then in IN_ZIP:
        if any(name.startswith(start) for name in names):
            return f"{what}: {then}"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays (.npz): arrays are for --input FILE.npz"
    if any(name.endswith("data.pkl") for name in names):
        return "a file of torch.save: a state dict saved as .safetensors goes to --model"
    return f"a zip archive: {UNPACK}"
