"""The pages of rnn schema: a schema as indented JSON, which is valid as it is printed, or the list of them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import RenderableType

from rnn_cli.views.page import Prose, blank, following, heading, line, notice

INDENT = 2


def schema_page(schema: Mapping[str, Any]) -> list[RenderableType]:
    """The schema and nothing else: | jq and > file work."""
    return [line(text) for text in json.dumps(schema, indent=INDENT).splitlines()]


def schemas_page(names: Sequence[str], titles: Mapping[str, str]) -> list[RenderableType]:
    """Each command that has a schema, with what its document is."""
    width = max(map(len, names))
    return [
        heading("JSON Schemas", "draft 2020-12"),
        *(Prose(titles[name], f"  {name:<{width}}") for name in names),
        blank(),
        notice('every document names its own in its first key: "schema": "rnn.trace/1" is that of rnn schema trace.'),
        *following(("rnn schema trace", "one of them, as JSON"), ('rnn trace "I love NLP" --json', "a document")),
    ]
