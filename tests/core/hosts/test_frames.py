from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from core.hosts.frames import STDERR, STDOUT, Frames

frames_of = st.lists(st.tuples(st.sampled_from([STDOUT, STDERR]), st.binary(max_size=40)))


def _pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(frames_of, st.lists(st.integers(min_value=0)))
def test_however_the_bytes_arrive_each_source_gets_its_own(
    sent: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    wire = b"".join(bytes([source, 0, 0, 0]) + len(body).to_bytes(4, "big") + body for source, body in sent)
    frames = Frames()
    got, begun = {STDOUT: b"", STDERR: b""}, 0
    for piece in _pieces(wire, cuts):
        for source, data, begins in frames.pieces(piece):
            got[source] += data
            begun += begins
    assert begun == sum(bool(body) for _, body in sent)
    for source in (STDOUT, STDERR):
        assert got[source] == b"".join(body for own, body in sent if own == source)


def test_a_terminal_s_output_has_no_frames() -> None:
    assert list(Frames(raw=True).feed(b"\x01\0\0\0")) == [(STDOUT, b"\x01\0\0\0")]
