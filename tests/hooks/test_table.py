"""The nine points: what each is told, of which kind it is, and in which order hooks are asked."""

from vaurien.hooks import Hook, Message
from vaurien.hooks.points import POINTS


def test_the_table_of_points() -> None:
    """As it stands in the design: point, what is told, kind, order; and whether it is about one call."""
    table = [
        ("session_started", ("session",), "claim", "priority", False),
        ("backend_connected", ("session",), "claim", "priority", False),
        ("on_route", ("call",), "notify", "priority", True),
        ("before", ("call",), "claim", "priority", True),
        ("incoming", ("message",), "filter", "priority", True),
        ("outgoing", ("message",), "filter", "priority", True),
        ("after", ("call",), "notify", "reversed", True),
        ("on_error", ("call", "exc"), "claim", "reversed", True),
        ("session_ended", ("session",), "notify", "reversed", False),
    ]
    order = {False: "priority", True: "reversed"}
    assert [(point.name, point.told, point.kind, order[point.backwards], point.by_call) for point in POINTS] == table


def test_the_base_answers_nothing_at_each_point() -> None:
    message = Message(b"x", True)
    for point in POINTS:
        told = [message if name == "message" else None for name in point.told]
        assert getattr(Hook(), point.name)(*told) == (message if point.kind == "filter" else None)
