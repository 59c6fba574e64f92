"""The keys: what each is called, what it does, and the words of the help. The program binds these and no others."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """Keys by Textual's names, the action, what the help calls them and says. `prompt`: what is asked for first."""

    names: str
    action: str
    shown: str
    says: str
    prompt: str = ""


KEYS = (
    Key("left", "step(-1)", "Left", "the step before"),
    Key("right", "step(1)", "Right", "the next step"),
    Key("home", "edge(-1)", "Home", "the first step; in g and ? the first line"),
    Key("end", "edge(1)", "End", "the last step; in g and ? the last line"),
    Key("up", "down(-1)", "Up", "the unit above; of a number that was unfolded, the product above"),
    Key("down", "down(1)", "Down", "the unit below, or the product below"),
    Key("tab", "next_kind(1)", "Tab", "the next quantity: states, gates; of a product its next factor"),
    Key("shift+tab", "next_kind(-1)", "Shift-Tab", "the quantity before"),
    Key("pageup", "layer(1)", "PgUp", "the layer above; in g and ? a page up"),
    Key("pagedown", "layer(-1)", "PgDn", "the layer below; in g and ? a page down"),
    Key("d", "other_direction", "d", "the layer's other direction"),
    Key("enter", "unfold", "Enter", "unfold the number under the cursor: walk into an operand"),
    Key("backspace", "fold", "Backspace", "fold it: back to the number above"),
    Key("b", "turn", "b", "backward, and forward again: the error that arrives at the number"),
    Key("left_square_bracket", "truncate(-1)", "[", "errors go back through one step less (truncated BPTT)"),
    Key("right_square_bracket", "truncate(1)", "]", "errors go back through one step more"),
    Key("o", "leave_out", "o", "backward: leave each word out; how the loss changes, and back"),
    Key("g", "toggle_facts", "g", "the gradient's path: singular values, saturation, forgetting"),
    Key("e", "prompt('edit_text')", "e", "edit the text", "the new text"),
    Key("w", "prompt('edit_number')", "w", "edit the number under the cursor: a weight, a vector", "the new number"),
    Key("u", "undo", "u", "undo the last edit"),
    Key("l", "learn", "l", "one step of gradient descent on weights and biases"),
    Key("comma", "change_rate(-1)", ",", "half the learning rate of l"),
    Key("full_stop", "change_rate(1)", ".", "twice the learning rate of l"),
    Key("c", "next_cell", "c", "another cell, with random weights; in g all cells side by side"),
    Key("t", "ask", "t", "predict the number: hidden until right, or a 2nd wrong try"),
    Key("p", "print", "p", "the command that prints this page"),
    Key("s", "prompt('save')", "s", "save the edited model", "save as NAME.json"),
    Key("question_mark", "help", "?", "these keys; ? or Escape closes them, as Escape closes g"),
    Key("q", "leave", "q", "quit; the command of p is what is left"),
)

TOUR_KEYS = (
    Key("less_than_sign", "tour(-1)", "<", "the stop before"),
    Key("greater_than_sign", "tour(1)", ">", "the next stop"),
    Key("escape", "tour(0)", "Escape", "leave the tour"),
)
"""Those of a tour alone, which shows them itself."""

SCROLLING = frozenset({"edge", "down", "layer", "help", "leave"})
"""Actions that leave the help where it is: they scroll it, close it, or quit."""
