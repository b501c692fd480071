"""Lines of a log: however its bytes arrive, each with its time, and a long one without Docker's times inside it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.streams.log_lines import LogLines

AT = "2026-11-25T12:00:01.000000007Z"
LATER = "2026-11-25T12:00:02.500000000Z"
#: As much of a line as Docker puts into one message.
MESSAGE = 16 * 1024


def message(text: str, at: str = AT) -> bytes:
    return f"{at} {text}".encode()


def fed(*messages: bytes, cut: int = 1_000_000) -> list[tuple[str, str, bool]]:
    """What comes of messages that arrive in pieces of some length."""
    lines = LogLines()
    got: list[tuple[str, str, bool]] = []
    for each in messages:
        for start in range(0, len(each), cut):
            got += lines.feed(each[start : start + cut], begins=start == 0)
    return [*got, *lines.end()]


@given(st.lists(st.text(alphabet="ab \r\u00e9", max_size=20), max_size=8), st.integers(1, 60))
def test_lines_are_the_same_however_they_are_cut(texts: list[str], cut: int) -> None:
    wire = b"".join(message(f"{text}\n") for text in texts)
    lines = LogLines()
    pieces = [wire[start : start + cut] for start in range(0, len(wire), cut)]
    got = [line for piece in pieces for line in lines.feed(piece, begins=False)]
    assert got == [(AT, text.removesuffix("\r"), False) for text in texts]


@given(st.integers(40, 50_000))
def test_a_long_line_has_none_of_dockers_times_inside_it(cut: int) -> None:
    long = "x" * MESSAGE + f"{LATER} said the container" + "y" * MESSAGE
    parts = [long[start : start + MESSAGE] for start in range(0, len(long), MESSAGE)]
    last = message(f"{parts[-1]}\n")
    got = fed(*(message(part) for part in parts[:-1]), last, message("next\n", LATER), cut=cut)
    assert got == [(AT, long, False), (LATER, "next", False)]


def test_a_line_without_an_end_is_given_out_in_parts_that_have_its_time() -> None:
    parts = [message("\x1b]0;x" * 3000) for _ in range(50)]
    got = fed(*parts, message("\n"), message("next\n", LATER))
    assert "".join(text for _, text, _ in got) == "\x1b]0;x" * 150_000 + "next"
    assert len(got) > 10
    assert {at for at, *_ in got[:-1]} == {AT}
    assert [is_rest for *_, is_rest in got[:-1]] == [False] + [True] * (len(got) - 2)
    assert got[-1] == (LATER, "next", False)


def test_what_has_no_time_has_that_of_the_line_before() -> None:
    assert fed(b"no time\n", message("first\n"), b"none\n", message("", LATER)[:-1] + b"\n") == [
        ("", "no time", False),
        (AT, "first", False),
        (AT, "none", False),
        (LATER, "", False),
    ]
