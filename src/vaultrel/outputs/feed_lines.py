"""A feed's bytes as content lines, and what is wrong with how they are framed: RFC 5545 section 3.1."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MAX_PLACES = 20
"""How many places where one rule is broken are kept."""

_MAX_OCTETS = 75
"""Length of a line without its line break, in octets."""

_NAME = re.compile(r"[A-Za-z0-9-]+")
_PARAMETER = re.compile(r";([A-Za-z0-9-]+)=")
_PARAMETER_VALUE = re.compile(r'"[^"]*"|[^",;:]*')
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f]")
_UNPRINTABLE = re.compile("[\x80-\x9f\u2028\u2029\ufffe\uffff]")
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Finding(NamedTuple):
    """One place where a feed breaks a rule: the line from 1, the rule's code, and what is to be seen there."""

    line: int
    code: str
    detail: str


class Findings:
    """What is found, rule by rule: the first places, and how many there are.

    A feed of ten million empty lines breaks a rule ten million times: nobody reads them all, and no memory should
    hold them.
    """

    def __init__(self) -> None:
        self.places: list[Finding] = []
        self.counts: Counter[str] = Counter()

    def note(self, code: str, line: int, detail: str = "") -> None:
        """Keep one place, of the first `MAX_PLACES` of its rule, and count it."""
        self.counts[code] += 1
        if self.counts[code] <= MAX_PLACES:
            self.places.append(Finding(line, code, detail))


class ContentLine(Struct, frozen=True):
    """One property, or the begin or end of a component, unfolded.

    Attributes:
        number: the line of the feed where it begins, from 1.
        name: in capitals.
        parameters: by name in capitals; the quotes around a value are taken off.
        value: as written, with its escapes.
    """

    number: int
    name: str
    parameters: Mapping[str, tuple[str, ...]]
    value: str

    def parameter(self, name: str) -> str:
        """The first value of a parameter; empty where it is not given."""
        return self.parameters.get(name, ("",))[0]


def read_lines(feed: bytes, findings: Findings) -> Iterator[ContentLine]:
    """The content lines of a feed as far as they can be told; what is wrong with their framing goes to `findings`."""
    if feed.startswith(b"\xef\xbb\xbf"):
        findings.note("byte-order-mark", 1)
        feed = feed[3:]
    for number, octets in _unfold(feed, findings):
        line = _parse_line(number, _decode(number, octets, findings))
        if line is None:
            findings.note("malformed-line", number)
        else:
            yield line


def _unfold(feed: bytes, findings: Findings) -> Iterator[tuple[int, bytes]]:
    """Each logical line with the number of the line where it begins."""
    begin, parts = 0, list[bytes]()
    for number, line in enumerate(_split_lines(feed, findings), 1):
        if parts and line.startswith((b" ", b"\t")):
            for code in _fold_faults(parts[-1], line):
                findings.note(code, number)
            parts.append(line[1:])
            continue
        if parts:
            yield begin, b"".join(parts)
        begin, parts = number, [line] if line else []
        if not line:
            findings.note("blank-line", number)
    if parts:
        yield begin, b"".join(parts)


def _split_lines(feed: bytes, findings: Findings) -> Iterator[bytes]:
    """The lines as they stand, without their line breaks."""
    *lines, rest = feed.split(b"\n")
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\r"):
            findings.note("bare-line-feed", number)
        yield _measure_line(number, line.removesuffix(b"\r"), findings)
    if rest:
        findings.note("no-final-line-break", len(lines) + 1)
        yield _measure_line(len(lines) + 1, rest, findings)


def _measure_line(number: int, line: bytes, findings: Findings) -> bytes:
    if len(line) > _MAX_OCTETS:
        findings.note("long-line", number, f"{len(line)} octets")
    return line


def _fold_faults(before: bytes, line: bytes) -> Iterable[str]:
    """What is wrong with the place where a line was folded."""
    if line[1:2] and line[1] & 0xC0 == 0x80:
        yield "split-code-point"
    if (len(before) - len(before.rstrip(b"\\"))) % 2:
        yield "fold-after-backslash"


def _decode(number: int, octets: bytes, findings: Findings) -> str:
    """The line's text, without the control characters that stand in it."""
    text = octets.decode("utf-8", "replace")
    if "\ufffd" in text and not _is_utf8(octets):
        findings.note("not-utf8", number)
    if text.isascii() and text.isprintable():
        return text
    if "\r" in text:
        findings.note("bare-carriage-return", number)
        text = text.replace("\r", " ")
    for code, pattern in (
        ("control-character", _CONTROL),
        ("unprintable-character", _UNPRINTABLE),
        ("direction-character", _DIRECTION),
    ):
        if found := pattern.search(text):
            findings.note(code, number, f"U+{ord(found[0]):04X}")
    return _CONTROL.sub(" ", text)


def _is_utf8(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def _parse_line(number: int, text: str) -> ContentLine | None:
    """The content line as name, parameters and value; None where it has not this form."""
    name = _NAME.match(text)
    if name is None:
        return None
    at = name.end()
    parameters: dict[str, tuple[str, ...]] = {}
    while (parameter := _PARAMETER.match(text, at)) is not None:
        at = parameter.end()
        values: list[str] = []
        while (value := _PARAMETER_VALUE.match(text, at)) is not None:
            values.append(value[0].strip('"'))
            at = value.end()
            if not text.startswith(",", at):
                break
            at += 1
        parameters[parameter[1].upper()] = tuple(values)
    if not text.startswith(":", at):
        return None
    return ContentLine(number, name[0].upper(), parameters, text[at + 1 :])
