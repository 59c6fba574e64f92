"""Words or characters."""

from rnn_cli.inputs.level import CHARACTER, WORD, cut, joined


def test_a_text_is_cut_and_joined() -> None:
    assert cut("Ab c.", CHARACTER) == ["A", "b", " ", "c", "."]
    assert cut("Ab c.", CHARACTER, lowercase=True) == ["a", "b", " ", "c", "."]
    assert cut("Ab c.", WORD, lowercase=True) == ["ab", "c", "."]
    assert joined(cut("Ab c.", CHARACTER), CHARACTER) == "Ab c."
    assert joined(["Ab", "c", "\n", "d"], WORD) == "Ab c\nd"
    assert joined([], WORD) == ""
