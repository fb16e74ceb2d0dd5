"""Who is listed as an attendee: in a property, below a heading or after a label."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.core.mentions.name import split_names
from vaultrel.core.people import LINK_SYNTAXES, NameAnswer
from vaultrel.model import Mention, Scalar, TextLine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from vaultrel.core.people import NoteNames

_PERSON: Final = frozenset({"resolved", "ambiguous", "owner"})

_WORD = re.compile(r"[^\W\d_]+")
_AND: Final = frozenset({"and", "with", "und", "mit", "et", "avec", "y", "con", "e", "en", "och"})
"""Words that stand between two attendees, rather than describe one."""

_JOINT = re.compile(r"[,&+/]|(?<=\s)(?:and|und|et|y|e|och)(?=\s)")
"""What joins two names in one text."""

_GROUP = re.compile(r"[*_~]{0,3}(?::(?=\s)|：)")
"""What stands behind the group that names belong to: ``Acme: Jane Doe, Bob Roe``."""

_ROLE = re.compile(r"[(（—–:：]| - ")
_DESCRIBES = re.compile(r"(?:[(（—–,]| -| at| of| from)\s*\Z")
_CLOSED_ASIDE = re.compile(r"[(（][^()（）]*[)）]")
_SEPARATOR = re.compile(r"[,;、，；\n]")

_ABSENT = re.compile(
    r"\b(?:declined|absent|no[- ]?show|regrets|apologies|excused|cancell?ed|did not attend)\b", re.IGNORECASE
)
"""What is noted beside somebody who was invited and did not come."""

_ABSENT_HINTS: Final = ("declin", "absent", "show", "regret", "apolog", "excus", "cancel", "attend")
"""A part of each of them."""

_ABSENT_LABEL = re.compile(
    r"[\W_]*+(?:absent|absentees|apologies|regrets|declined|excused|not present)[ *_]{0,3}(?:[:：]|\W*+\Z)",
    re.IGNORECASE,
)
"""The heading or label of a list of those who were not there."""


class Listed(Struct, frozen=True, gc=False):
    """One entry of an attendee list: whom it names, and whether they came."""

    mention: Mention
    answer: NameAnswer
    present: bool = True


def listed_in_value(leaf: Scalar, names: NoteNames) -> Iterator[Listed]:
    """The attendees in one value of a property, which may be a link, an address, a name or a list in one text."""
    if not leaf.mentions:
        # A name may hold what elsewhere is a role: ``Kim (Acme)``.
        whole = Mention("name", leaf.text.strip(), leaf.text.strip(), leaf.line, leaf.column)
        answer = names.resolve(whole)
        if answer.kind in _PERSON:
            yield Listed(whole, answer)
            return
    elif _is_alone(leaf):
        yield Listed(leaf.mentions[0], names.resolve(leaf.mentions[0]))
        return
    links: defaultdict[int, list[Mention]] = defaultdict(list)
    for mention in leaf.mentions:
        links[mention.line].append(mention)
    for offset, text in enumerate(leaf.text.split("\n")):
        line, column = leaf.line + offset, leaf.column if offset == 0 else 1
        yield from _read_list(text, links[line] if line in links else split_names(text, line, column), names)


def _is_alone(leaf: Scalar) -> bool:
    """True for a value that is one link and nothing else."""
    link = leaf.mentions[0]
    return len(leaf.mentions) == 1 and link.surface == leaf.text and link.line == leaf.line and not link.embed


def is_list(line: TextLine) -> bool:
    """True for a line that lists attendees, or people who sent apologies; a box that is not ticked lists nobody."""
    return not is_unfinished(line) and (line.attendees or _lists_absent(line))


def is_unfinished(line: TextLine) -> bool:
    """True for a task that is not done: open or cancelled, it is no evidence that anything took place."""
    return line.task is not None and not line.task.is_done


def listed_in_line(line: TextLine, names: NoteNames) -> Iterator[Listed]:
    """The attendees in one line of a list, or after a label."""
    entries = _read_list(line.text, line.mentions, names)
    return (replace(entry, present=False) for entry in entries) if _lists_absent(line) else entries


def _lists_absent(line: TextLine) -> bool:
    return _names_the_absent(line.heading) or _ABSENT_LABEL.match(line.text) is not None


@lru_cache(maxsize=1024)  # asked of every line, and a vault's headings are few
def _names_the_absent(heading: str) -> bool:
    return _ABSENT_LABEL.fullmatch(heading) is not None


def listed_in_text(text: str, line: int, column: int, names: NoteNames) -> Iterator[Listed]:
    """The people in a piece of one line, which starts at `line` and `column`."""
    return _read_list(text, split_names(text, line, column), names)


def _read_list(text: str, mentions: Iterable[Mention], names: NoteNames) -> Iterator[Listed]:
    """The entries of a list in one line, less those that only describe another one.

    ``Jane Roe @jroe`` is one person; in ``[[Alex]] — Marketing at [[Acme]]`` the company is nobody; in
    ``Jane Doe ([[Acme]])`` the name stands before the link.
    """
    found = _resolve_all(mentions, names)
    found = _without_group(text, found, names)
    if found and not any(answer.kind in _PERSON for _, answer in found) and _is_described(text, found[0][0]):
        found = _resolve_all(_names_beside(text, [mention for mention, _ in found]), names)
    places = _places(text, [mention for mention, _ in found])
    excused = bool(places) and _is_absent(text[: places[0][0]])
    last: Listed | None = None
    for index, (mention, answer) in enumerate(found):
        following = places[index + 1][0] if index + 1 < len(places) else len(text)
        after = _SEPARATOR.split(text[places[index][1] : following], maxsplit=1)[0]
        entry = Listed(mention, answer, not (excused or _is_absent(after)))
        if last is not None:
            gap = text[places[index - 1][1] : places[index][0]]
            if _is_beside(last.mention, mention, gap):
                last = replace(last, answer=answer) if last.answer.kind == "unknown" else last
                continue
            if _is_aside(gap, answer):
                continue
            yield last
        last = entry
    if last is not None:
        yield last


def _is_absent(words: str) -> bool:
    return _may_tell_of_absence(words) and _ABSENT.search(words) is not None


def _may_tell_of_absence(words: str) -> bool:
    """False for words with none of those in `_ABSENT`; found out in a fourth of the time."""
    if not words.isascii():  # to `re`, some letters are the same as others of ASCII
        return True
    small = words.lower()
    for hint in _ABSENT_HINTS:  # noqa: SIM110 - asked of the text beside every name, and `any` takes twice as long
        if hint in small:
            return True
    return False


def _resolve_all(mentions: Iterable[Mention], names: NoteNames) -> list[tuple[Mention, NameAnswer]]:
    return [
        (mention, names.resolve(mention))
        for written in mentions
        if not written.embed
        for mention in _split_joined(written, names)
    ]


def _split_joined(mention: Mention, names: NoteNames) -> tuple[Mention, ...]:
    """``Jane, Bob`` or ``Jane and Bob`` as several people when all are known.

    Otherwise a comma is part of one name (``Doe, Jane``), or stands before a role if somebody is known (``Jane, CTO``).
    """
    joints = list(_JOINT.finditer(mention.target)) if mention.syntax == "name" else []
    if not joints or names.resolve(mention).kind in _PERSON:
        return (mention,)
    starts = [0, *(joint.end() for joint in joints)]
    ends = [*(joint.start() for joint in joints), len(mention.target)]
    parts = tuple(_part_of(mention, start, end) for start, end in zip(starts, ends, strict=True))
    known = [names.resolve(part).kind in _PERSON for part in parts]
    if all(known):
        return parts
    before, comma, _ = mention.target.partition(",")
    first = _part_of(mention, 0, len(before))
    is_role = comma and names.resolve(first).kind in _PERSON
    return (first,) if is_role else (mention,)


def _part_of(mention: Mention, start: int, end: int) -> Mention:
    piece = mention.target[start:end]
    written = piece.strip()
    at = start + len(piece) - len(piece.lstrip())
    return Mention("name", written, written, mention.line, mention.column + at)


def _without_group(
    text: str, found: list[tuple[Mention, NameAnswer]], names: NoteNames
) -> list[tuple[Mention, NameAnswer]]:
    """The entries of a list that begins with a group and a colon, when the first name behind it is known."""
    if not found or found[0][0].syntax != "name" or found[0][1].kind in _PERSON:
        return found
    group = found[0][0]
    end = max(text.find(group.surface), 0) + len(group.surface)
    colon = _GROUP.match(text, end)
    if colon is None:
        return found
    column = group.column + len(group.surface) + colon.end() - end
    within = _resolve_all(split_names(text[colon.end() :], group.line, column), names)
    return within if within and within[0][1].kind in _PERSON else found


def _places(text: str, mentions: list[Mention]) -> list[tuple[int, int]]:
    """Start and end of each mention in the text; one that is cut off stands at its end."""
    places: list[tuple[int, int]] = []
    end = 0
    for mention in mentions:
        start = text.find(mention.surface, end)
        start, end = (start, start + len(mention.surface)) if start >= 0 else (len(text), len(text))
        places.append((start, end))
    return places


def _is_described(text: str, first: Mention) -> bool:
    """True when a name without a link stands before a link that tells where that person belongs."""
    before = text[: max(text.find(first.surface), 0)]
    return first.syntax in LINK_SYNTAXES and _WORD.search(before) is not None and _DESCRIBES.search(before) is not None


def _names_beside(text: str, links: list[Mention]) -> tuple[Mention, ...]:
    """The names in a text whose links are all descriptions."""
    column = links[0].column - text.find(links[0].surface)
    pieces: list[str] = []
    end = 0
    for start, after in _places(text, links):
        pieces += (text[end:start], " " * (after - start))
        end = after
    return split_names("".join([*pieces, text[end:]]), links[0].line, column)


def _is_beside(name: Mention, mention: Mention, gap: str) -> bool:
    """True for a handle or address that only tells more about the name before it."""
    return name.syntax == "name" and mention.syntax in {"handle", "email"} and _SEPARATOR.search(gap) is None


def _is_aside(gap: str, answer: NameAnswer) -> bool:
    """True when what stands between two entries shows the second to be about the first."""
    since = _SEPARATOR.split(_CLOSED_ASIDE.sub("", gap))[-1]
    words = any(word.lower() not in _AND for word in _WORD.findall(since))
    if answer.kind == "unknown":
        return words or "(" in since
    return words and _ROLE.search(since) is not None
