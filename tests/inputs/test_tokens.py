"""Words and signs of many scripts."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_cli.inputs.tokens import CHARACTER, WHITESPACE, WORD, tokenize

SENTENCES = {
    "I love NLP": ["I", "love", "NLP"],
    "This movie was fantastic and I loved it.": ["This", "movie", "was", "fantastic", "and", "I", "loved", "it", "."],
    "Don't stop, it's 3.14!": ["Don't", "stop", ",", "it's", "3.14", "!"],
    "it’s": ["it’s"],
    "1,000,000 or 2.5e3": ["1,000,000", "or", "2.5e3"],
    "end.Next": ["end", ".", "Next"],
    "'quoted'": ["'", "quoted", "'"],
    "state-of-the-art": ["state", "-", "of", "-", "the", "-", "art"],
    "snake_case x_1": ["snake_case", "x_1"],
    "wait...": ["wait", ".", ".", "."],
    "C++ & C#": ["C", "+", "+", "&", "C", "#"],
    "a\tb\n c\u00a0d\u3000e": ["a", "b", "c", "d", "e"],
    # one character, one token: neither script writes spaces
    "我爱自然语言": ["我", "爱", "自", "然", "语", "言"],
    "我爱NLP。": ["我", "爱", "NLP", "。"],
    "私はカレーが好き": ["私", "は", "カ", "レ", "ー", "が", "好", "き"],
    "𠮷野家": ["𠮷", "野", "家"],
    "한국어를 좋아해요": ["한국어를", "좋아해요"],
    # scripts whose vowels are marks
    "ฉันรักภาษา": ["ฉันรักภาษา"],
    "मुझे हिन्दी पसंद है।": ["मुझे", "हिन्दी", "पसंद", "है", "।"],
    "நான் தமிழ்": ["நான்", "தமிழ்"],
    # right to left
    "أنا أحب البرمجة.": ["أنا", "أحب", "البرمجة", "."],
    "مُحَمَّد": ["مُحَمَّد"],
    "אני אוהב, שלום": ["אני", "אוהב", ",", "שלום"],
    "می\u200cخواهم": ["می\u200cخواهم"],  # Persian: a joiner inside a word
    "क्\u200dष": ["क्\u200dष"],
    "Привет, мир!": ["Привет", ",", "мир", "!"],
    # emoji
    "nice 👍🏽!": ["nice", "👍🏽", "!"],
    "👩‍👩‍👧‍👦 family": ["👩‍👩‍👧‍👦", "family"],
    "🇫🇷🇩🇪": ["🇫🇷", "🇩🇪"],
    "🏳️‍🌈 ❤️": ["🏳️‍🌈", "❤️"],
    "press 1️⃣ or #️⃣": ["press", "1️⃣", "or", "#️⃣"],
    "🙂🙃": ["🙂", "🙃"],
    "🙂\u200d": ["🙂", "\u200d"],  # a joiner with nothing after it
    "🙂\u200d x": ["🙂", "\u200d", "x"],
    "": [],
    " \t\n ": [],
}


@pytest.mark.parametrize("text", list(SENTENCES))
def test_sentences(text: str) -> None:
    expected = [unicodedata.normalize("NFC", token) for token in SENTENCES[text]]
    assert tokenize(text, WORD) == expected


def test_composed_and_combining_letters_are_the_same_word() -> None:
    assert (
        tokenize("cafe\u0301 na\u00efve", WORD)
        == ["caf\u00e9", "na\u00efve"]
        == tokenize("caf\u00e9 nai\u0308ve", WORD)
    )


def test_a_mark_that_no_letter_composes_with_stays_with_its_letter() -> None:
    assert tokenize("q\u0303x", WORD) == ["q\u0303x"]


def test_lower_case() -> None:
    assert tokenize("I LOVE Straße İ", WORD, lowercase=True)[:3] == ["i", "love", "straße"]
    assert tokenize("I LOVE", WORD, lowercase=False) == ["I", "LOVE"]


def test_hostile_characters_are_tokens_like_any_other() -> None:
    assert tokenize("a\x1b]0;x\x07 [red]b[/x]", WORD) == ["a", "\x1b", "]", "0", ";", "x", "\x07", "[", "red", "]", "b", "[", "/", "x", "]"]  # fmt: skip


@given(st.text(max_size=60))
def test_nothing_is_lost_but_white_space(text: str) -> None:
    def solid(one: str) -> str:
        return "".join(character for character in one if not character.isspace())

    tokens = tokenize(text, WORD)
    assert all(tokens)
    assert solid("".join(tokens)) == solid(unicodedata.normalize("NFC", text))


@given(st.text(max_size=40))
def test_a_token_alone_is_one_token(text: str) -> None:
    for token in tokenize(text, WORD):
        if not any(character.isspace() for character in token):
            assert tokenize(token, WORD) == [token]


@given(st.text("aB3_'.,-! \n\x00\x1c\x7f", max_size=40))
def test_text_in_ascii_is_cut_as_beside_a_letter_of_another_script(text: str) -> None:
    assert [*tokenize(text, WORD), "ж"] == tokenize(f"{text} ж", WORD)


def test_ten_thousand_words() -> None:
    assert len(tokenize("word, " * 5000, WORD)) == 10_000


def test_characters() -> None:
    assert tokenize("Ab c.", CHARACTER) == ["A", "b", " ", "c", "."]
    assert tokenize("Ab c.", CHARACTER, lowercase=True) == ["a", "b", " ", "c", "."]
    assert tokenize("e\u0301", CHARACTER) == ["e", "\u0301"]


CUT_BEFORE = " the <unk> 's e-mail , U.S. <unk> ▁lo ve@@ ## ing -LRB- 私 は 猫です "


@given(st.text(max_size=40))
def test_by_white_space_a_token_is_what_stands_between_it(text: str) -> None:
    assert tokenize(text, WHITESPACE) == unicodedata.normalize("NFC", text).split()
    assert tokenize(CUT_BEFORE, WHITESPACE) == CUT_BEFORE.split()


VOCABULARY = {"[CLS]", "<unk>", "U.S.", "U.S.A.", "e-mail", "▁love", "@-@", "##ing", "don't", "New York", "n't", "I"}


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("[CLS] I ▁love e-mail", ["[CLS]", "I", "▁love", "e-mail"]),
        ("(e-mail), e-mails", ["(", "e-mail", ")", ",", "e", "-", "mails"]),
        ("the U.S. or U.S.A.!", ["the", "U.S.", "or", "U.S.A.", "!"]),
        ("<unk><unk> @-@ learn ##ing", ["<unk>", "<unk>", "@-@", "learn", "##ing"]),
        ("I don't, did n't", ["I", "don't", ",", "did", "n't"]),
        ("New York, New  York", ["New", "York", ",", "New York"]),
        ("", []),
    ],
)
def test_the_tokens_of_a_vocabulary_stay_whole_the_longest_first(text: str, tokens: list[str]) -> None:
    assert tokenize(text, WORD, known=VOCABULARY) == tokens


@given(st.lists(st.text(max_size=12), max_size=6), st.booleans())
def test_a_vocabulary_of_words_changes_nothing(texts: list[str], lowercase: bool) -> None:
    """Models whose vocabulary was learnt by this tokenizer read every text as before there was any vocabulary."""
    learnt = {token for text in texts for token in tokenize(text, WORD, lowercase)}
    whole = " ".join(texts)
    assert tokenize(whole, WORD, lowercase, learnt) == tokenize(whole, WORD, lowercase)
