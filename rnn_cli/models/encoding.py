"""How texts, labels and columns become numbers and back: what a trained model needs beside its weights."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Encoding:
    """What turns rows into numbers and back. It travels with the model.

    Vocabularies and scales are learnt from the training part alone; labels are those of the whole data set.

    level        "word" or "char": how a text is cut; "token" where the data are cut already; "number"
    lowercase    whether a text is lower-cased first
    vocabulary   the input tokens, by id; () where inputs are numbers
    labels       the names of the readout's units, by id: classes, tags, or the tokens that are written; () for numbers
    columns      forecast: the columns that are read; target_columns those that are predicted
    means        of `columns` over the training part, scales their standard deviations: the network reads
                 (value - mean) / scale, and predicts targets scaled by target_means and target_scales
    """

    level: str
    lowercase: bool = False
    vocabulary: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    target_columns: tuple[str, ...] = ()
    means: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    target_means: tuple[float, ...] = ()
    target_scales: tuple[float, ...] = ()
