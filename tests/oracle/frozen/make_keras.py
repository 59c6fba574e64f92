"""Write the files of keras/ and what Keras computes of them, for tests where Keras is not installed.

    KERAS_BACKEND=torch python -m tests.oracle.frozen.make_keras

Run with Keras 3, 2.15 and 2.13, which lay their files out in three ways; each writes its own, packed because HDF5 leaves
much room free in them, and keras.json keeps what the others wrote.
"""

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).with_name("keras")
FILE = FOLDER / "keras.json"
V, E, H = 6, 3, 4
IDS, STEPS = [3, 1, 4, 1, 5], 5


def models(keras: Any) -> dict[str, Any]:
    """A model for each file, by the file's name without the version."""
    L = keras.layers
    words = keras.Input((None,), name="words")
    states = L.GRU(H, name="reader")(L.Embedding(V, E)(words))
    news = keras.Model(words, L.Dense(3, activation="softmax", name="topic")(states))
    sentiment = [L.Embedding(V, E, mask_zero=True), L.Bidirectional(L.LSTM(2, return_sequences=True)), L.Dropout(0.5)]
    sentiment += [L.Bidirectional(L.LSTM(2)), L.Dense(1, activation="sigmoid")]
    tagger = [
        L.Embedding(V, E),
        L.Bidirectional(L.GRU(2, return_sequences=True, reset_after=False)),
        L.TimeDistributed(L.Dense(3)),
    ]
    forecast = [
        keras.Input((None, 2)),
        L.SimpleRNN(H, activation="relu", return_sequences=True),
        L.SimpleRNN(H, activation="relu"),
        L.Dense(1),
    ]
    return {
        "sentiment.keras": keras.Sequential([keras.Input((None,)), *sentiment]),
        "news.keras": news,
        "news.h5": news,
        "tagger.h5": keras.Sequential([keras.Input((None,)), *tagger]),
        "tagger.weights.h5": keras.Sequential([keras.Input((None,)), *tagger]),
        "forecast.weights.h5": keras.Sequential(forecast),
    }  # fmt: skip


def main() -> None:
    """Write the files of the Keras that is here, and its answers."""
    import keras

    version = str(keras.__version__)
    ours = f"keras{version.rpartition('.')[0]}-"
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else []
    cases = [one for one in kept if not one["file"].startswith(ours)]
    generator = np.random.default_rng(0)
    for name, model in models(keras).items():
        model.set_weights([generator.normal(size=array.shape) for array in model.get_weights()])
        x = np.array(IDS) if len(model.input_shape) == 2 else np.round(generator.normal(size=(STEPS, 2)), 3)
        answer = np.asarray(model.predict(x[None], verbose=0))[0]
        path = FOLDER / f"{ours}{name}"
        (model.save_weights if ".weights." in name else model.save)(path)
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes(), mtime=0))
        path.unlink()
        last = model.layers[-1].get_config()
        cases.append(
            {
                "file": f"{ours}{name}",
                "keras": version,
                "input": x.tolist(),
                "output": [[float(f"{value:.9g}") for value in row] for row in np.atleast_2d(answer)],
                "activation": last.get("activation", "linear"),
            }
        )
    FILE.write_text(
        "[\n" + ",\n".join(json.dumps(one) for one in sorted(cases, key=lambda one: str(one["file"]))) + "\n]\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
