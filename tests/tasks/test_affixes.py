"""Parts of words: which there are, which a word has, and what a batch says of them."""

import random
from dataclasses import replace
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.models.encoding import Encoding
from rnn_cli.tasks import find_task
from rnn_cli.tasks.affixes import FEWEST, learn_affixes
from rnn_cli.tasks.options import DataOptions, of_new_run
from rnn_cli.tasks.tag import Tags

WORDS = ("walking", "talking", "king", "Kings", "a", "wa", "-", "--", "ünder", "wal")


def test_parts_are_those_of_enough_different_words() -> None:
    draw = random.Random(0)
    words = ["".join(draw.choices("abcX-", k=draw.randint(1, 6))) for _ in range(80)]
    prefixes, suffixes = learn_affixes(iter(words * 2))
    different = set(words)
    begins = {
        start: sum(word.startswith(start) for word in different) for start in {w[:n] for w in words for n in (1, 2, 3)}
    }
    ends = {end: sum(word.endswith(end) for word in different) for end in {w[-n:] for w in words for n in (1, 2, 3, 4)}}
    for found, counts in ((prefixes, begins), (suffixes, ends)):
        assert set(found) == {part for part, count in counts.items() if count >= FEWEST} != set(counts)
        assert list(found) == sorted(found, key=lambda part: (-counts[part], part))


def test_the_parts_of_a_word_are_how_it_begins_and_ends() -> None:
    encoding = Encoding("token", prefixes=("wa", "-", "w", "K"), suffixes=("g", "ing", "-", "king", "s"))
    for word in WORDS:
        wanted = {f"{part}-" for part in encoding.prefixes if word.startswith(part)}
        wanted_ends = {f"-{part}" for part in encoding.suffixes if word.endswith(part)}
        names = [encoding.parts[row] for row in encoding.parts_of(word)]
        assert sorted(names) == sorted([*wanted, *wanted_ends]), word
    assert [encoding.parts[row] for row in encoding.parts_of("walking")] == ["w-", "wa-", "-g", "-ing", "-king"]
    assert encoding.parts_of("--") == (1, 6)  # the beginning "-" and the end "-" are two parts
    assert Encoding("token").parts_of("walking") == ()


def test_a_batch_has_the_parts_of_every_word_known_or_not(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    stems = ("walk", "talk", "jump", "work", "cook", "Look")
    sentences = [f"{stem}ing V\n{stem}s N" for stem in stems] + ["sing V\nnew A\nwalking V"]
    path.write_text("\n\n".join(sentences) + "\n")
    data = find_task("tag").prepare([str(path)], DataOptions(validation="0", word_parts="affixes"), 0)
    encoding = data.encoding
    assert {"ing", "s"} <= set(encoding.suffixes)
    assert (data.options.word_parts, encoding.vocabulary) == ("affixes", ("<unk>", "walking"))
    batch = data.train.collate(np.arange(7)[::-1])
    assert batch.parts is not None
    for b, sentence in enumerate(sentences[::-1]):
        words = [line.split()[0] for line in sentence.splitlines()]
        for t in range(3):
            own = batch.parts[t, b][batch.parts[t, b] >= 0].tolist()
            assert own == (list(encoding.parts_of(words[t])) if t < len(words) else [])
    assert "-ing" in [encoding.parts[row] for row in encoding.parts_of("sing")]


def test_none_has_none_and_other_tasks_know_nothing_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n\n".join(f"{c}ing V\n{c}s N" for c in "abcdefgh") + "\n")
    data = find_task("tag").prepare([str(path)], DataOptions(validation="0", word_parts="none"), 0)
    assert isinstance(data.train, Tags)
    assert (data.encoding.parts, data.train.parts, data.train.collate(np.arange(2)).parts) == ((), None, None)
    assert (
        "word_parts" not in data.options.as_json()
    )  # so that runs of earlier versions have the fingerprint that they had
    few = tmp_path / "few.txt"
    few.write_text("ab X\n\ncd Y\n")
    options = DataOptions(validation="0", word_parts="affixes")
    assert find_task("tag").prepare([str(few)], options, 0).options == replace(data.options, min_count=2)
    accepts = find_task("tag").accepts
    assert [of_new_run(DataOptions(word_parts=one), accepts).word_parts for one in (None, "none")] == [
        "affixes",
        "none",
    ]
    with pytest.raises(InputError, match="--word-parts letters: it can be none or affixes"):
        find_task("tag").prepare([str(path)], DataOptions(word_parts="letters"), 0)
    with pytest.raises(InputError, match="--word-parts means nothing to --task classify"):
        find_task("classify").prepare([str(path)], DataOptions(word_parts="none"), 0)


def test_lower_case_and_words_of_the_training_part_alone(tmp_path: Path) -> None:
    path, other = tmp_path / "a.txt", tmp_path / "b.txt"
    path.write_text("\n\n".join(f"{c}ING V" for c in "abcdefgh") + "\n")
    other.write_text("\n\n".join(f"{c}ness V" for c in "abcdefgh") + "\n")
    options = DataOptions(validation=str(other), lowercase=True, word_parts="affixes")
    encoding = find_task("tag").prepare([str(path)], options, 0).encoding
    assert "ing" in encoding.suffixes
    assert not [part for part in chain(encoding.prefixes, encoding.suffixes) if part != part.lower() or "ness" in part]
