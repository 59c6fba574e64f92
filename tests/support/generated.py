"""Generated tasks, small: read from their own defaults, so that a new one needs no line here."""

from rnn_cli.tasks import generated_task
from rnn_cli.tasks.settings import EXAMPLES, as_text


def small(name: str, size: int = 4, **settings: int) -> str:
    """A task as --task takes it, none of its settings larger than `size` where it may be as small."""
    task = generated_task(name)
    least = {
        key: min(value, max(task.least.get(key, 1), size)) for key, value in task.settings.items() if key != EXAMPLES
    }
    return f"{name}:{as_text({**least, **settings})}"
