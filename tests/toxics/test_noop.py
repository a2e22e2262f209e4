"""noop: nothing; and chains of toxics that lose nothing."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.path.tools import body, send_and_end
from tests.peers import receive_all
from tests.toxics.tools import UP, session, toxic
from vaurien.settings import ToxicSettings
from vaurien.toxics.noop import Noop

latency = st.builds(
    lambda latency, jitter: toxic("latency", latency=latency, jitter=jitter), st.integers(0, 5), st.integers(0, 5)
)
slicer = st.builds(
    lambda average, variation, delay: toxic(
        "slicer", average_size=average, size_variation=min(variation, max(average - 1, 0)), delay=delay
    ),
    st.integers(0, 5000), st.integers(0, 5000), st.sampled_from([0, 0, 100]),
)  # fmt: skip
bandwidth = st.builds(
    lambda rate, shared: toxic("bandwidth", rate=rate, shared=shared), st.integers(2000, 10**6), st.booleans()
)
chain = st.lists(st.one_of(st.just(toxic("noop")), latency, slicer, bandwidth), max_size=5)


def test_it_has_no_options_and_changes_nothing() -> None:
    assert Noop.options == {}
    data = body(2_000_000)
    with session(toxic("noop", stream=UP)) as ends:
        send_and_end(ends.client, data)
        assert receive_all(ends.backend) == data


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(chain, st.lists(st.integers(1, 60_000), min_size=1, max_size=8))
def test_any_bytes_in_any_chunks_arrive_as_they_are(toxics: list[ToxicSettings], sizes: list[int]) -> None:
    named = [replace(one, name=f"{one.name}{place}") for place, one in enumerate(toxics)]
    pieces = [body(size, place) for place, size in enumerate(sizes)]
    with session(*named) as ends:
        for piece in pieces:
            ends.backend.sendall(piece)
        ends.backend.shutdown(1)
        assert receive_all(ends.client) == b"".join(pieces)
