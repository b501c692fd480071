from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from core.hosts.frames import STDERR, STDOUT, Frames, Lines

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
    got = {STDOUT: b"", STDERR: b""}
    for piece in _pieces(wire, cuts):
        for source, data in frames.feed(piece):
            got[source] += data
    for source in (STDOUT, STDERR):
        assert got[source] == b"".join(body for own, body in sent if own == source)


@given(st.binary(max_size=200), st.lists(st.integers(min_value=0)))
def test_lines_are_the_same_however_they_are_cut(text: bytes, cuts: list[int]) -> None:
    lines = Lines()
    got = [line for piece in _pieces(text, cuts) for line in lines.feed(piece)]
    got.extend(lines.end())
    want = text.split(b"\n")
    assert got == [line.removesuffix(b"\r") for line in want[:-1]] + ([want[-1]] if want[-1] else [])


def test_a_terminal_s_output_has_no_frames() -> None:
    assert list(Frames(raw=True).feed(b"\x01\0\0\0")) == [(STDOUT, b"\x01\0\0\0")]


def test_a_line_without_an_end_is_given_out_in_parts() -> None:
    lines = Lines()
    assert sum(len(line) for line in lines.feed(b"x" * 200_000)) == 200_000
