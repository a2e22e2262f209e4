"""The one exception with which a measurement fails."""


class BenchmarkError(Exception):
    """A measurement cannot be trusted: a tool reported an error, a process ended, a deadline passed.

    The text is one line; the runner puts the row and the peer before it.
    """


def last_line(text: str) -> str:
    """The last line of `text` that says something, or "no output"; for error messages of one line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no output"
