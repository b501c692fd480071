"""Names that are longer than a line."""

from __future__ import annotations

from tui.wording import LONG_IN_TEXT, LONG_IN_TITLE, shortened, with_short_ids, with_whole_words

NAME = "a-name-" * 36 + "end"


def test_a_long_name_is_cut_in_the_middle() -> None:
    cut = shortened(f"Scale {NAME}")
    assert cut == "Scale a-name-a-name-a-name…e-a-name-a-name-end"
    assert len(cut) == len("Scale ") + LONG_IN_TITLE
    assert shortened("x" * 40) == "x" * 40
    assert shortened("what is short stays,  with its  spaces") == "what is short stays,  with its  spaces"


def test_ids_are_short_in_a_sentence_and_digests_are_not() -> None:
    task, digest = "0123456789abcdef" * 2, "0123456789abcdef" * 4
    assert with_short_ids(f"has started 1 tasks: (task {task}).") == "has started 1 tasks: (task 01234567)."
    assert with_short_ids(f"sha256:{digest}") == f"sha256:{digest}"


def test_it_stands_whole_below_what_is_said_of_it() -> None:
    first, second, gap, *whole = with_whole_words([f"prod/{NAME}: 2 → 5", f"{NAME}: starts 3"], NAME)
    assert first.endswith("-end: 2 → 5")
    assert len(first) == LONG_IN_TEXT + len(" 2 → 5")
    assert second.endswith("-end: starts 3")
    assert gap == ""
    assert whole == [f"prod/{NAME}"], "once"


def test_a_digest_and_a_fingerprint_stay_whole() -> None:
    lines = [f"sha256:{'f' * 64}", f"SHA256:{'x' * 43}"]
    assert with_whole_words(lines, "Restart web") == lines
