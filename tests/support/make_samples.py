"""Makes samples/data: a small data set for each task, drawn from a fixed seed, the same on every machine.

Run it from the project's folder: python -m tests.support.make_samples
"""

import datetime
import math
import random
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

FOLDER = Path(__file__).resolve().parents[2] / "samples" / "data"


class Draw:
    """Draws from random() alone, whose numbers Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def uniform(self) -> float:
        """A number in 0 … 1."""
        return self._random.random()

    def one(self, choices: Sequence[T]) -> T:
        """One of them."""
        return choices[int(self.uniform() * len(choices))]

    def below(self, stop: int) -> int:
        """A number from 0 to below `stop`."""
        return int(self.uniform() * stop)

    def normal(self) -> float:
        """Nearly normal: the sum of twelve uniform numbers, less 6."""
        return sum(self.uniform() for _ in range(12)) - 6


def unique(make: Callable[[], str], count: int) -> list[str]:
    """`count` different lines."""
    lines: dict[str, None] = {}
    while len(lines) < count:
        lines.setdefault(make())
    return list(lines)


GOOD = ("good", "great", "lovely", "delicious", "excellent", "charming", "brilliant", "fresh", "friendly", "perfect")
BAD = ("bad", "awful", "terrible", "boring", "stale", "rude", "dreadful", "dirty", "noisy", "disappointing")
THINGS = ("food", "soup", "service", "film", "story", "room", "music", "bread", "coffee", "staff", "garden", "view")
VERY = ("", "", "really ", "very ", "quite ", "so ")
WHERE = ("", "", " here", " today", " this time", " as always", " last night")


def reviews() -> str:
    """A review and its label. `not` turns a word round, so that the order of the words matters."""
    draw = Draw(1)

    def clause(positive: bool, thing: str) -> str:
        negated = draw.uniform() < 0.35
        word = draw.one(GOOD if positive != negated else BAD)
        linking = draw.one(("was not ", "was never ", "is not ") if negated else ("was ", "is ", "was "))
        return f"the {thing} {linking}{'' if negated else draw.one(VERY)}{word}{draw.one(WHERE)}"

    def review() -> str:
        positive = draw.uniform() < 0.5
        k = draw.below(len(THINGS))
        thing, other = THINGS[k], THINGS[k - 1 - draw.below(len(THINGS) - 1)]
        text = clause(positive, thing)
        shape = draw.uniform()
        if shape < 0.3:
            text += f" and {clause(positive, other)}"
        elif shape < 0.5:  # what stands after `but` decides
            text = f"{clause(not positive, other)}, but {text}"
        return f"{text[0].upper()}{text[1:]}{draw.one('..!')}\t{'positive' if positive else 'negative'}"

    return "\n".join(["text\tlabel", *unique(review, 600)]) + "\n"


NAMES = ("Ada", "Tom", "Mira", "Otto", "London", "Peru")
NOUNS = ("dog", "teacher", "boat", "song", "letter", "river", "garden", "watch", "book", "light", "walk", "plant")
VERBS = ("likes", "sees", "finds", "carries", "paints", "forgets")
BASES = ("like", "see", "find", "watch", "book", "plant", "light", "walk")
ADJECTIVES = ("old", "small", "green", "light", "quiet", "early")
ADVERBS = ("often", "early", "never", "slowly")
PLACES = ("in", "near", "behind", "under", "with")


Words = list[tuple[str, str]]


def tagged() -> str:
    """Sentences of a toy grammar in CoNLL-U. Some words (watch, book, light, early) have a tag only in context."""
    draw = Draw(2)

    def noun_phrase() -> Words:
        if draw.uniform() < 0.25:
            return [(draw.one(NAMES), "PROPN")]
        words = [(draw.one(("the", "this", "every", "no")), "DET")]
        if draw.uniform() < 0.4:
            words.append((draw.one(ADJECTIVES), "ADJ"))
        return [*words, (draw.one(NOUNS), "NOUN")]

    def sentence() -> Words:
        words = noun_phrase() if draw.uniform() < 0.7 else [(draw.one(("she", "he", "it")), "PRON")]
        kind = draw.uniform()
        if kind < 0.25:
            words += [(draw.one(("can", "will", "must")), "AUX"), (draw.one(BASES), "VERB")]
        elif kind < 0.4:
            words += [("does", "AUX"), ("n't", "PART"), (draw.one(BASES), "VERB")]
        else:
            if draw.uniform() < 0.3:
                words.append((draw.one(ADVERBS), "ADV"))
            words.append((draw.one(VERBS), "VERB"))
        words += noun_phrase()
        if draw.uniform() < 0.4:
            words += [(draw.one(PLACES), "ADP"), *noun_phrase()]
        if draw.uniform() < 0.15:
            words.append((draw.one(("early", "slowly")), "ADV"))
        words.append((draw.one("...!?"), "PUNCT"))
        first, tag = words[0]
        return [(first[0].upper() + first[1:], tag), *words[1:]]

    def block(number: int, words: Words) -> Iterable[str]:
        yield f"# sent_id = toy-{number}"
        yield "# text = " + " ".join(form for form, _ in words[:-1]).replace(" n't", "n't") + words[-1][0]
        for k, (form, tag) in enumerate(words, start=1):
            if k < len(words) and words[k][0] == "n't":
                yield f"{k}-{k + 1}\t{form}n't" + "\t_" * 8
            yield f"{k}\t{form}\t{form.lower()}\t{tag}" + "\t_" * 6
            if number % 50 == 1 and tag == "VERB":
                yield f"{k}.1\t{form}\t{form.lower()}\t{tag}" + "\t_" * 6
        yield ""

    lines: list[str] = []
    seen: set[tuple[tuple[str, str], ...]] = set()
    while len(seen) < 300:
        words = sentence()
        if tuple(words) not in seen:
            seen.add(tuple(words))
            lines += block(len(seen), words)
    return "\n".join(lines) + "\n"


RHYMES = (
    ("moon", "spoon", "tune", "balloon", "raccoon"),
    ("hill", "mill", "windowsill", "daffodil"),
    ("tree", "sea", "bee", "tea", "key"),
    ("night", "light", "kite", "knight"),
    ("house", "mouse", "grouse", "blouse"),
    ("rain", "train", "lane", "crane", "grain"),
    ("hat", "cat", "mat", "bat"),
    ("shoe", "zoo", "canoe", "kangaroo"),
)
WHO = ("old owl", "grey mouse", "tall king", "small hen", "wise goat", "shy fox", "brown bear", "thin cook")
DID = ("sat", "sang", "danced", "waited", "slept", "hummed", "looked", "whistled")
NEAR = ("by the", "under the", "beside the", "behind the", "close to the")
SAID = ("and nobody saw the", "and dreamt of the", "and asked for the", "and hid in the", "and painted the")


def verse() -> str:
    """Nursery rhymes: four lines each, in couplets."""
    draw = Draw(3)

    def couplet(who: str) -> list[str]:
        rhyme = draw.one(RHYMES)
        first, second = draw.one(rhyme), draw.one(rhyme)
        while second == first:
            second = draw.one(rhyme)
        return [f"The {who} {draw.one(DID)} {draw.one(NEAR)} {first},", f"{draw.one(SAID)} {second}."]

    def stanza() -> str:
        who = draw.one(WHO)
        return "\n".join([*couplet(who), *couplet(draw.one(WHO))]) + "\n"

    return "\n".join(unique(stanza, 220))


MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December")  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def dates() -> str:
    """A date as people write it, and in ISO 8601. A number alone is day before month."""
    draw = Draw(4)

    def pair() -> str:
        date = datetime.date(1990, 1, 1) + datetime.timedelta(days=draw.below(14600))
        month, day, year = MONTHS[date.month - 1], date.day, date.year
        kind = draw.below(6)
        text = (
            f"{day} {month} {year}",
            f"{month} {day}, {year}",
            f"{day}.{date.month}.{year}",
            f"{day} {month[:3]} {year}",
            f"{DAYS[date.weekday()]}, {day} {month} {year}",
            f"{month[:3]} {day} {year}",
        )[kind]
        if draw.uniform() < 0.2:
            text = text.lower()
        return f"{text}\t{date.isoformat()}"

    return "\n".join(["source\ttarget", *unique(pair, 3000)]) + "\n"


PARTS = {
    "dinosaur": (("bronto", "tyra", "mega", "stego", "ptero", "velo", "allo", "cerato"), ("", "no", "lo", "ra"), ("saurus", "raptor", "don")),
    "dwarf": (("Gr", "Kr", "Th", "Dr", "Br"), ("um", "og", "ark", "urg", "ok"), ("li", "din", "bur", "rak", "nur")),
    "elf": (("Ae", "Li", "Ela", "Ny", "Ilu", "Fae"), ("la", "ri", "the", "na", "lo"), ("riel", "wen", "las", "nor", "dil")),
    "island": (("Ma", "Ho", "Ta", "Ka", "Lu", "Na"), ("no", "lu", "ha", "ra", "ni"), ("a", "oa", "ui", "ala", "iki")),
    "robot": (("RX", "KT", "ZB", "QV", "XJ"), ("-",), ("1", "2", "3", "4", "5", "6", "7", "8", "9")),
}  # fmt: skip


def names() -> str:
    """A kind and a made-up name of that kind."""
    draw = Draw(5)

    def row() -> str:
        kind = draw.one(tuple(PARTS))
        name = "".join(draw.one(part) for part in PARTS[kind])
        return f"{kind}\t{name + str(draw.below(90) + 10) if kind == 'robot' else name.capitalize()}"

    return "\n".join(["condition\ttext", *unique(row, 400)]) + "\n"


def weather() -> str:
    """A daily series: a season, days that resemble the day before, and pressure that falls before it gets colder."""
    draw = Draw(6)
    anomaly = pressure = 0.0
    lines = ["date,temperature,pressure,wind"]
    for day in range(800):
        date = datetime.date(2020, 1, 1) + datetime.timedelta(days=day)
        anomaly = 0.6 * anomaly + 0.8 * pressure + 0.8 * draw.normal()
        pressure = 0.7 * pressure + draw.normal()
        temperature = 10 - 9 * math.cos(2 * math.pi * (day - 20) / 365.25) + anomaly
        wind = max(0.0, 4 - pressure + 0.7 * draw.normal())
        lines.append(f"{date.isoformat()},{temperature:.1f},{1013 + 6 * pressure:.0f},{wind:.1f}")
    return "\n".join(lines) + "\n"


FILES = {
    "reviews.tsv": reviews,
    "sentences.conllu": tagged,
    "verse.txt": verse,
    "dates.tsv": dates,
    "names.tsv": names,
    "weather.csv": weather,
}


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, make in FILES.items():
        (FOLDER / name).write_bytes(make().encode())


if __name__ == "__main__":
    main()
