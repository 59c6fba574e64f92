"""Keys where the help, or the facts of the gradient's path, stand over the map: nothing happens that nobody sees."""

from rnn_cli.explore.keys import KEYS, SCROLLING
from rnn_cli.explore.session import Session

NAMES = {key.names: key for key in KEYS}

UNSEEN = frozenset({"unfold", "fold", "next_kind"})
UNSEEN_BY_HELP = UNSEEN | {"step", "other_direction"}
"""Actions on the map alone; to another step or direction the facts go along."""


def over(session: Session, name: str) -> bool:
    """Whether a key is done with here. Escape goes back; what acts on the map says so; other keys close the help and act."""
    if not session.reading:
        return False
    if name == "escape":
        (session.help if session.helping else session.toggle_facts)()
        return True
    key = NAMES.get(name)
    if key is None:
        return False
    action = key.action.partition("(")[0]
    if action in (UNSEEN_BY_HELP if session.helping else UNSEEN):
        session.message = f"{key.shown} acts on the map: Escape goes back to it"
        return True
    if session.helping and action not in SCROLLING:
        session.help()
    if action == "ask" and session.facts:  # the number that is asked for has to be seen
        session.toggle_facts()
    return False
