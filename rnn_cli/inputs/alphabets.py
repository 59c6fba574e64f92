"""Which old encoding a text that is not Unicode is in, by the alphabets of the languages that were written in it.

The five bytes `Z\\xfcric`, … say nothing of their encoding: every 8-bit encoding reads them. But only the right one gives
words that a language could have: one alphabet for each word, small letters after small letters, signs at the ends.
Windows-1252, in which Western Europe and America wrote, is taken where its words are such words and no other encoding has
better ones. Everything else is for a person to say: the candidates are named with what each would read.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

WESTERN = "windows-1252"
WESTERN_ALPHABETS = (
    "éèêëàâçùûüîïôœæ", "äöüß", "áéíóúñü", "ãõáéíóúâêôçàü", "àèéìíòóùúî", "àèéíïòóúüç", "åäöéàü", "æøåéóöäü",
    "áéíóúýþðæö", "ëïéèöüáóêí", "õäöüšž", "ëç", "éèêëïçñöôâàáíóúü",
)  # fmt: skip
"""French, German, Spanish, Portuguese, Italian, Catalan, Swedish and Finnish, Danish and Norwegian, Icelandic, Dutch,
Estonian, Albanian, and what English borrows."""

CENTRAL = ("áčďéěíňóřšťúůýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîşţ", "čćđšž", "áäčďéíĺľňóôŕšťúýž")
CYRILLIC = (
    "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяў",
    "абвгдђежзијклљмнњопрстћуфхцчџшѓѕќ",
)
GREEK = ("αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",)
ALPHABETS: dict[str, tuple[str, ...]] = {
    "windows-1250": CENTRAL,
    "iso8859-2": CENTRAL,
    "windows-1254": ("çğıöşüâîûİ",),
    "windows-1258": ("àáâãèéêìíòóôõùúýăđơư\u0300\u0301\u0303\u0309\u0323",),
    "iso8859-3": ("ĉĝĥĵŝŭ", "àèìòùċġħż"),
    "windows-1257": ("ąčęėįšųūž", "āčēģīķļņšūž"),
    "iso8859-15": WESTERN_ALPHABETS,
    "mac_roman": WESTERN_ALPHABETS,
    "cp850": WESTERN_ALPHABETS,
    "windows-1251": CYRILLIC,
    "koi8-r": CYRILLIC,
    "cp866": CYRILLIC,
    "iso8859-5": CYRILLIC,
    "windows-1253": GREEK,
    "windows-1255": ("אבגדהוזחטיךכלםמןנסעףפץצקרשת",),
    "windows-1256": ("ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهوىيپچژگ",),
    "cp874": ("".join(map(chr, range(0x0E01, 0x0E4F))),),
}
"""The letters beyond a to z of the languages that an encoding was used for."""

EAST_ASIAN = {
    "euc_jp": "のにはをたがでてとし", "shift_jis": "のにはをたがでてとし", "gb18030": "的一是不了在人有我他这",
    "big5": "的一是不了在人有我他這", "euc_kr": "이다는을의에가고하지",
}  # fmt: skip
"""Encodings of two bytes and more, with the commonest characters of their language."""

INNER = re.compile("[\u2018\u2019\u2013\u2014\u2026\u00a0\u00ad]")
"""Signs that stand between letters: don’t, 1914–1918."""

BEFORE = "¡¿«»‹›“”„‚‘’£$€¥§°©®™•·†‡‰´`¨¦±\u00d7"
AFTER = "«»‹›“”„‚‘’£€¥¢§°©®™•·†‡‰ªº¹²³´`¨¦±\u00d7…"
SIGNS = frozenset("¼½¾µ÷ªº¹²³" + BEFORE + AFTER)
MEASURE = re.compile("[cdkmµ]?m[²³]|µ[a-zA-Z]{1,3}")

RUN = re.compile(rb"[A-Za-z\x80-\xff]+")
FITTING, ALL = 0.9, 0.95
"""The share of the words that must fit for an encoding to be taken, and for another one to be thought better."""

MOST_WORDS = 50_000
MOST_CANDIDATES = 4


@dataclass(frozen=True)
class Old:
    """What was found: the encoding and a word that shows it, or None and what else it may be, with such a word each."""

    encoding: str | None
    example: str = ""
    candidates: tuple[tuple[str, str], ...] = ()


def old_encoding(pieces: Iterable[bytes]) -> Old:
    """The 8-bit encoding of a text that is not UTF-8, from pieces of whole lines."""
    words: Counter[bytes] = Counter()
    sample = b""
    for piece in pieces:
        words.update(word for word in RUN.findall(piece) if not word.isascii())
        sample = sample or b"".join(line for line in piece.splitlines(True) if not line.isascii())
        if len(words) > MOST_WORDS:
            break
    return _judged(words, sample)


def _judged(words: Counter[bytes], sample: bytes) -> Old:
    western = [_share(words, WESTERN, (alphabet,)) for alphabet in WESTERN_ALPHABETS]
    together = _share(words, WESTERN, WESTERN_ALPHABETS)
    others = {name: _share(words, name, alphabets) for name, alphabets in ALPHABETS.items()}
    best = max(western)
    better = [name for name, share in others.items() if share >= ALL and share > best and _differ(words, name)]
    if together >= FITTING and not better:
        known = (word for word, _ in words.most_common() if _parts(word, WESTERN))
        shown = next(known, next(iter(words), b""))
        return Old(WESTERN, _read(shown, WESTERN))
    longest = max(words, key=lambda word: (min(words[word], 3), len(word)), default=b"")
    possible = [name for name, share in others.items() if share > 0.5]
    possible.sort(key=lambda name: (-others[name], _read(longest, name).isupper()))
    likely = [name for name in EAST_ASIAN if _common(sample, name) > 0.03] + possible
    return Old(None, candidates=tuple((name, _shown(name, longest, sample)) for name in likely[:MOST_CANDIDATES]))


def _read(word: bytes, encoding: str) -> str:
    """The word in an encoding; a byte that it does not have becomes a C1 control, as Latin-1 has it."""
    return word.decode("latin-1").translate(_characters(encoding))


@cache
def _characters(encoding: str) -> dict[int, str]:
    return {byte: bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in range(128, 256)}


def _parts(word: bytes, encoding: str) -> list[str]:
    """The parts of a run of letters that hold one beyond a to z, without the signs that may stand around them."""
    parts = [part.lstrip(BEFORE).rstrip(AFTER) for part in INNER.split(_read(word, encoding)) if part]
    return [part for part in parts if not part.isascii() and not MEASURE.fullmatch(part) and not SIGNS.issuperset(part)]


def _share(words: Counter[bytes], encoding: str, alphabets: tuple[str, ...]) -> float:
    """The share of the words that an encoding's languages could have. Of words with signs alone, all could be."""
    fitting = total = 0
    for word, count in words.items():
        for part in _parts(word, encoding):
            total += count
            fitting += count * any(_is_word(part, alphabet) for alphabet in alphabets)
    return fitting / total if total else float(all(SIGNS.issuperset(_strange(word, encoding)) for word in words))


def _strange(word: bytes, encoding: str) -> str:
    return INNER.sub("", "".join(c for c in _read(word, encoding) if not c.isascii()))


def _is_word(part: str, alphabet: str) -> bool:
    own = [c for c in part if not c.isascii()]
    latin = alphabet[0] < "\u0250"
    if (len(part) > 2 and len(own) > len(part) * 2 / 3) if latin else len(own) < len(part):
        return False
    if not all(c in alphabet or c.lower() in alphabet for c in own):
        return False
    return part.islower() or part.isupper() or part[1:].islower() or part.upper() == part.lower()


def _differ(words: Counter[bytes], encoding: str) -> bool:
    """Whether an encoding reads these words otherwise than Windows-1252."""
    return any(_read(word, encoding) != _read(word, WESTERN) for word in words)


def _common(sample: bytes, encoding: str) -> float:
    """The share of the commonest characters of a language among all that are not ASCII; 0 where it cannot be read."""
    try:
        text = sample.decode(encoding)
    except UnicodeDecodeError:
        return 0.0
    strange = [c for c in text if not c.isascii()]
    return sum(c in EAST_ASIAN[encoding] for c in strange) / max(len(strange), 1)


def _shown(encoding: str, word: bytes, sample: bytes) -> str:
    if encoding not in EAST_ASIAN:
        return _read(word, encoding)
    return "".join(c for c in sample.decode(encoding) if not c.isascii())[:8]
