"""rnn.generate/1."""

from typing import Any

from rnn_cli.documents.model import model_document
from rnn_cli.study.generate import GenerateResult, Sample


def generate_document(result: GenerateResult) -> dict[str, Any]:
    """The document; log probabilities are the network's at temperature 1, whatever the temperature was."""
    model, generator, sampling = result.model, result.generator, result.sampling
    return {
        "schema": "rnn.generate/1",
        "model": model_document(model),
        "task": model.trained_for,
        "prompt": generator.prompt,
        "unknown": list(generator.unknown),
        "sampling": {
            "temperature": sampling.temperature,
            "top_k": sampling.top_k,
            "length": sampling.length,
            "seed": sampling.seed,
        },
        "samples": [_sample(one) for one in result.samples],
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "text": sample.text,
        "tokens": [
            {"token": one.token, "id": one.id, "log_probability": one.log_probability, "rank": one.rank}
            for one in sample.tokens
        ],
        "ended": sample.ended,
        "end_log_probability": sample.end_log_probability if sample.ended else None,
        "log_probability": sample.log_probability,
        "perplexity": sample.perplexity,
    }
