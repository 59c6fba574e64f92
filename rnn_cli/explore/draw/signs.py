"""What the signs of the screen mean, for the help."""

SIGNS = (
    ("›", "the cursor; ▲ is below its step"),
    ("░▒▓█", "above 0, -~=≡ below: the denser, the larger beside its kind"),
    ("~0", "0 on paper: what is left is how its sum was rounded"),
    ("*", "after a number: the last edit moved it"),
    ("!", "another answer without the word; !3 of 6: at 3 of 6 other steps"),
    ("0→", "layer 0, the first, reading forward; ← reads from the end"),
    ("word*", "a word that the vocabulary lacks"),
    ("‖h‖", "how long the state is as a vector, by layer and direction"),
    ("−dL/dx·x", "the loss's change for a vector of zeros, by the slope alone"),
    ("✂", "cut off; gradient of the cells: of their weights, not the readout"),
    ("ends here", "the answer if the sentence ended at that step"),
    ("all read", "the answer at that step, as the whole sentence is read both ways"),
)
