"""Text to ids and vectors, as a model reads it."""

import numpy as np
import pytest

from rnn_cli.errors import InputError
from rnn_cli.inputs.sequence import drawn_vector, encode_text, from_numbers
from rnn_cli.models.load import load_model, random_model
from tests.support.networks import architecture_of

NLP, IMDB = load_model("nlp"), load_model("imdb")


def test_the_textbooks_vectors() -> None:
    sequence = encode_text("I love NLP", NLP, 0)
    assert sequence.inputs.tolist() == [[0.1, 0.3], [0.7, 0.9], [0.4, 0.5]]
    assert sequence.known == (True, True, True)


def test_words_are_lower_cased_exactly_where_the_vocabulary_is() -> None:
    assert encode_text("THIS Movie", IMDB, 0).tokens == ("this", "movie")
    assert encode_text("LOVE", NLP, 0).known == (False,)


def test_an_unknown_word_has_the_id_of_unk_and_is_marked() -> None:
    sequence = encode_text("this zebra", IMDB, 0)
    assert sequence.known == (True, False)
    assert sequence.ids == (1, 0)
    assert np.array_equal(sequence.inputs[1], drawn_vector("zebra", 4, 0))


def test_a_drawn_vector_is_a_function_of_seed_and_word() -> None:
    first = drawn_vector("cat", 3, 0)
    drawn_vector.cache_clear()
    assert np.array_equal(drawn_vector("cat", 3, 0), first)
    assert not np.array_equal(drawn_vector("cat", 3, 0), drawn_vector("cat", 3, 1))
    assert not np.array_equal(drawn_vector("cat", 3, 0), drawn_vector("dog", 3, 0))
    vector = drawn_vector("cat", 1000, 0)
    assert np.abs(vector).max() <= 1
    assert np.array_equal(vector, np.round(vector, 2))


def test_a_word_has_the_same_vector_in_every_sentence() -> None:
    model = random_model(architecture_of("lstm", output_size=2), ("a", "b"), 0)
    first, second = encode_text("one two", model, 0), encode_text("two", model, 0)
    assert np.array_equal(first.inputs[1], second.inputs[0])


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_text_without_a_word_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="holds no word"):
        encode_text(text, NLP, 0)


def test_a_lone_surrogate_is_a_word_like_any_other() -> None:
    assert encode_text("a \udcff", NLP, 0).inputs.shape == (2, 2)


def test_vectors_of_the_wrong_size_are_refused() -> None:
    with pytest.raises(InputError, match=r"x\.json: vectors of 3 numbers, but nlp reads 2"):
        from_numbers(np.zeros((2, 3)), NLP, "x.json")
    assert from_numbers(np.zeros((2, 2)), NLP, "x.json").names == ("x_1", "x_2")
    for steps, turned in ((1, False), (2, True), (3, False)):
        with pytest.raises(InputError) as raised:
            from_numbers(np.zeros((steps, 5)), NLP, "x.json")
        assert ("it looks transposed, 2 rows of 5; save it with .T" in str(raised.value)) == turned
