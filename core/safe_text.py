r"""Makes foreign text safe to show: names, labels, reasons, environment, image names, log lines. Pure.

Whatever Docker, a host or a stranger's container wrote passes here before it reaches a terminal, a title, a log pane or
$EDITOR. Escape sequences are dropped; every other character that is invisible or moves the text around is shown as a
symbol, so that nothing can hide. The result is plain text: who draws it must not parse it as markup.

    plain("a\x1b[2Jb\x07")          -> "ab␇"
    multi_line("a\tb\nc")           -> "a    b\nc"
    coloured("\x1b[31mred\x1b[0m!")  -> ("31", "red"), ("", "!")
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Longer lines are cut: nobody reads them, and one of them must not freeze a screen.
LINE_LIMIT: Final = 16_384

#: No piece of a line is longer.
_PIECE: Final = 512

_STRING_END: Final = r"(?:\x07|\x1b\\|\x9c)"
# A string's body ends at the next introducer, which keeps hostile input ("ESC ]" thousands of times) linear.
_STRING_BODY: Final = r"[^\x07\x1b\x90\x98\x9c-\x9f]*+"
_TOKEN: Final = re.compile(
    rf"""
      \x1b\[(?P<sgr>[0-9;:]*+)m                                      # colour and weight
    | (?P<escape>
          (?:\x1b\[|\x9b)[0-?]*+[ -/]*+[@-~]                         # CSI: cursor, erase, modes
        | (?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f]){_STRING_BODY}{_STRING_END}  # OSC (titles, clipboard, links), DCS, …
        | \x1b[ -/]*+[0-Z\\^-~]                                     # ESC c (reset), ESC ( B, …; not ESC [ and ESC ]
        | [\ufe00-\ufe0f\U000e0100-\U000e01ef]                       # variation selectors: terminals disagree on width
      )
    | (?P<tab>\t)
    | (?P<newline>\r?\n)
    | (?P<odd>
          [\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f]
        | [\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb]
        | [\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]
      )
    """,
    re.VERBOSE,
)

_DELETE: Final = 0x7F
_NEL: Final = 0x85
_LINE_ENDS: Final = frozenset({_NEL, 0x2028, 0x2029})
_BIDI: Final = frozenset({0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)})
_TAB: Final = "    "


def plain(text: str, limit: int = LINE_LIMIT) -> str:
    """The text as one safe line; line ends and tabs are shown as symbols too."""
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return _TOKEN.sub(_one_line_token, text)


def multi_line(text: str, limit: int = LINE_LIMIT) -> str:
    """The text as safe lines: line ends stay, tabs become spaces; `limit` holds for each line."""
    return "\n".join(plain(line.removesuffix("\r").replace("\t", _TAB), limit) for line in text.split("\n"))


def coloured(line: str, limit: int = LINE_LIMIT) -> Iterator[tuple[str, str]]:
    """A log line as pieces of (SGR parameters in force, safe text): all that survives of its escapes is colour.

    The parameters are digits, `;` and `:` only; parameters that follow each other without a reset are joined. It is read no
    further than pieces are taken, and they are short: who shows the beginning of a hostile line doesn't pay for the rest.
    """
    if len(line) > limit:
        line = line[: limit - 1] + "…"
    if line.isascii() and line.isprintable():
        yield "", line
        return
    in_force, text, start = "", "", 0
    for match in _TOKEN.finditer(line):
        text += line[start : match.start()]
        start = match.end()
        parameters = match["sgr"]
        if parameters is None:
            text += _TAB if match["tab"] else _one_line_token(match)
            if len(text) < _PIECE:
                continue
        for piece in _pieces(text):
            yield in_force, piece
        text = ""
        in_force = in_force if parameters is None else _joined(in_force, parameters)
    for piece in _pieces(text + line[start:]):
        yield in_force, piece


def _pieces(text: str) -> Iterator[str]:
    return (text[start : start + _PIECE] for start in range(0, len(text), _PIECE))


def _joined(in_force: str, parameters: str) -> str:
    if parameters.strip("0;:") == "":
        return ""
    # Endless changes without a reset would grow the string on a hostile line; the last ones decide anyway.
    return f"{in_force};{parameters}".lstrip(";")[-64:].lstrip(";:")


def _one_line_token(match: re.Match[str]) -> str:
    if match["sgr"] is not None or match["escape"] is not None:
        return ""
    return "".join(map(_symbol, match[0]))


def _symbol(character: str) -> str:
    """One visible cell for a character that has none."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == _DELETE:
        return "␡"
    if code in _LINE_ENDS:
        return "␤"
    if code in _BIDI:
        return "⇄"
    if code < 0xA0 or 0xD800 <= code <= 0xDFFF:
        return "�"
    return "·"
