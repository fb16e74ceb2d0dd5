"""The note in which the user says whom an ambiguous or unknown name means: read, and written again around the answers.

Each line is a task, so that it can be ticked on a phone::

    - [x] Dan is [[People/Dan Brandt]]
    - [x] Petra Holm is nobody I keep a note for
    - [x] Dan in [[Meetings/2026-05-01 Review]] is [[People/Dan Weiss]]

A ticked line is an answer, wherever in the note it stands, and is kept as it was typed. Of the rest, what vaultrel
wrote is written anew and what the user wrote is kept: a comment behind each name holds the digests of the lines that
vaultrel wrote about it, so that a line somebody changed is known to be theirs.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from msgspec import Struct, field

from vaultrel.core.expressions import lazily
from vaultrel.core.text import clean_text, fold_name
from vaultrel.model import Diagnostic, NotePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vaultrel.model import Snapshot
    from vaultrel.settings import Settings

NAMES_NOTE: Final = "Names.md"

WORTH_A_NOTE: Final = 2
"""Times that a name must stand in attendee lists before the user is asked who it is."""

SHOWN_PLACES: Final = 5

NOBODY: Final = "nobody I keep a note for"

_LONGEST_NAME: Final = 120
_DIGEST_DIGITS: Final = 6
_HEXADECIMAL: Final = frozenset("0123456789abcdef")

_TITLE: Final = "# Names"
_INTRODUCTION: Final = (
    "Some names in your notes could mean more than one person, or nobody with a note. Tick who is meant. For somebody "
    "else, write their link between the brackets of a line, then tick it. The next scan counts them, and keeps your "
    "answer under “Settled”; untick or delete it there to be asked again. An answer for one note only looks like this: "
    "`- [x] Dan in [[That note]] is [[Dan Brandt]]`"
)
_SETTLED: Final = "## Settled"
_AMBIGUOUS: Final = "## Could be more than one person"
_UNKNOWN: Final = "## Without a note"
_OWN: Final = "## Your own words"
_FIXED: Final = frozenset({_TITLE, _INTRODUCTION, _SETTLED, _AMBIGUOUS, _UNKNOWN})

_TASK = lazily(r"[-*+] \[(.)\] ")
_CONFLICT = lazily(r"^(?:<<<<<<<|=======|>>>>>>>)(?: |\r?$)", re.MULTILINE)
_NO_LINK = lazily(r"[\[\]#^|\r\n]")
_ESCAPED = lazily(r"%(5B|5D|23|5E|7C)")


class SettledName(Struct, frozen=True):
    """The user's answer to a name.

    Attributes:
        name: as written; compare with `fold_name`.
        person: the note of who is meant, as the link says it and with ``.md``; None for nobody.
        note: the one note for which it holds, likewise; None for the whole vault.
        line: where the answer stands.
    """

    name: str
    person: NotePath | None
    note: NotePath | None = None
    line: int = 0

    @property
    def question(self) -> tuple[str, str]:
        """What it answers: the comparison keys of the name and of the note, the latter empty for the whole vault."""
        return fold_name(self.name), fold_name(self.note or "")


class OpenName(NamedTuple):
    """A name that waits for the user.

    Attributes:
        key: its comparison key.
        candidates: the people it could be; nobody when no note answers to it.
        places: path and line of each use.
    """

    name: str
    key: str
    candidates: tuple[NotePath, ...]
    places: tuple[tuple[NotePath, int], ...]

    @property
    def worth_asking(self) -> bool:
        """Whether to trouble the user with it: a name that nobody has only when it comes back."""
        return bool(self.candidates) or len(self.places) >= WORTH_A_NOTE


def names_path(settings: Settings) -> NotePath:
    """Where in the vault the note stands."""
    return NotePath(f"{settings.folder}/{NAMES_NOTE}")


def open_names(snapshot: Snapshot) -> tuple[OpenName, ...]:
    """The names that could be several people, in alphabetical order, then those that nobody has, the frequent first."""
    shown: dict[str, str] = {}
    candidates: defaultdict[str, set[NotePath]] = defaultdict(set)
    places: defaultdict[str, list[tuple[NotePath, int]]] = defaultdict(list)
    for found in snapshot.ambiguous:
        key = fold_name(found.mention.target)
        shown[key] = min(shown.get(key, found.mention.target), found.mention.target)
        candidates[key].update(found.candidates)
        places[key].append((found.path, found.mention.line))
    ambiguous = [
        OpenName(shown[key], key, tuple(sorted(candidates[key])), tuple(dict.fromkeys(places[key])))
        for key in sorted(shown)
    ]
    unknown = [
        OpenName(name.name, fold_name(name.name), (), tuple((place.path, place.line) for place in name.places))
        for name in snapshot.unknown_names
    ]
    return (*ambiguous, *(name for name in unknown if name.key not in shown))


# ------------------------------------------------------------------------------------------------------------- reading


def read_settled_names(data: bytes, path: NotePath) -> tuple[tuple[SettledName, ...], tuple[Diagnostic, ...]]:
    """The user's answers in the note's bytes, one for each question, in the order of their lines.

    Args:
        data: the note's bytes; anything may stand in them.
        path: of the note, for the diagnostics.

    Returns:
        The answers, and what is wrong with others: two that contradict each other count as none.
    """
    problems: list[Diagnostic] = []
    if (reason := not_understood(data)) is not None:
        problems.append(Diagnostic(path, "names-not-understood", f"It is not written anew: {reason}."))
    by_question: dict[tuple[str, str], list[SettledName]] = {}
    for number, line in enumerate(data.decode("utf-8", "replace").split("\n"), start=1):
        task = _read_task(line)
        if task is None or not task.ticked:
            continue
        if not task.complete:
            message = f"{task.name!r} is ticked, but the line does not say who it is."
            problems.append(Diagnostic(path, "unfinished-answer", message, number))
            continue
        answer = SettledName(task.name, task.person, task.note, number)
        by_question.setdefault(answer.question, []).append(answer)
    answers: list[SettledName] = []
    for same in by_question.values():
        if len({answer.person for answer in same}) == 1:
            answers.append(same[0])
        else:
            message = f"{same[0].name!r} has {len(same)} answers that differ; none of them counts."
            problems.append(Diagnostic(path, "two-answers", message, same[1].line))
    return tuple(answers), tuple(problems)


def not_understood(data: bytes) -> str | None:
    """Why the note cannot be written again without risk to what the user typed; None when it can."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return "it is not valid UTF-8"
    if "\0" in text:
        return "it holds a NUL byte"
    return "it holds merge markers" if _CONFLICT().search(text) else None


class _Task(NamedTuple):
    """A line that answers a name, or offers an answer; `complete` is false while it does not say who."""

    ticked: bool
    name: str
    note: NotePath | None
    person: NotePath | None
    complete: bool


def _read_task(line: str) -> _Task | None:
    text = line.strip()
    box = _TASK().match(text)
    if box is None:
        return None
    says = text[box.end() :]
    places = [
        (at, linked) for at, linked in ((says.find(" is [["), True), (says.find(f" is {NOBODY}"), False)) if at > 0
    ]
    if not places:
        return None
    at, linked = min(places)
    about, note = says[:at].strip(), None
    if about.endswith("]]") and (scope := about.rfind(" in [[")) > 0:
        about, note = about[:scope].strip(), _read_link(about[scope + 6 : -2])
        if note is None:
            return None
    person: NotePath | None = None
    if linked:
        link, closed, _ = says[at + 6 :].partition("]]")
        person = _read_link(link) if closed else None
    if not fold_name(about):
        return None
    return _Task(box[1] in "xX", about, note, person, complete=person is not None or not linked)


def _read_link(inside: str) -> NotePath | None:
    """The path that stands between the brackets of a link, with ``.md``; None when none does."""
    target = inside.partition("|")[0].partition("#")[0].strip()
    target = _ESCAPED().sub(lambda sign: chr(int(sign[1], 16)), target.removesuffix(".md"))
    return NotePath(f"{target}.md") if target else None


# ------------------------------------------------------------------------------------------------------------- writing


def settle_in_note(previous: bytes | None, answers: Iterable[SettledName], forget: Iterable[str] = ()) -> bytes:
    """The note with the user's answers to some questions replaced, ready for `render_names_note`.

    Args:
        previous: the note as it is, which must be understood; None when there is none.
        answers: each takes the place of every ticked answer to the same question.
        forget: names to which every answer is taken out.
    """
    new = {answer.question: answer for answer in answers}
    forgotten = set(map(fold_name, forget))
    page = _Page.of(previous or b"")
    kept = [line for line in page.lines if not _is_answered_by(line, new, forgotten)]
    added = [_answer_line(answer) + page.carriage for answer in new.values()]
    return (page.top + "\n".join([*added, *(kept or [""])])).encode()


def _is_answered_by(line: str, new: Iterable[tuple[str, str]], forgotten: set[str]) -> bool:
    task = _read_task(line)
    if task is None or not task.ticked:
        return False
    question = SettledName(task.name, task.person, task.note).question
    return question in new or question[0] in forgotten


def render_names_note(snapshot: Snapshot, previous: bytes | None) -> bytes | None:
    """The note as it should be: every answer, every name that waits, and every word of the user's own.

    Args:
        snapshot: the vault, with the answers in `previous` counted.
        previous: the note as it is; None when there is none.

    Returns:
        None when nothing is to be written: no name waits and there is no note, or the note cannot be understood. For
        what it gave back, and the same snapshot, it gives back the same.
    """
    waiting = [name for name in open_names(snapshot) if name.worth_asking and _can_ask(name)]
    if previous is None and not waiting:
        return None
    if previous is not None and not_understood(previous) is not None:
        return None
    page = _Page.of(previous or b"")
    options = {name.key: _options(name) for name in waiting}
    parts = _sort_lines(page, waiting, options)
    lines = [*_paragraph(page, _TITLE), *_paragraph(page, _INTRODUCTION)]
    if parts.settled:
        answers = sorted(dict.fromkeys(parts.settled), key=_settled_order)
        lines += [*_paragraph(page, _SETTLED), *answers, page.carriage]
    for title, names in (
        (_AMBIGUOUS, [name for name in waiting if name.candidates]),
        (_UNKNOWN, [name for name in waiting if not name.candidates]),
    ):
        if names:
            lines += _paragraph(page, title)
        for name in names:
            offered = [parts.ticked.get(line, line + page.carriage) for line in options[name.key]]
            lines += _paragraph(page, _heading(name))
            lines += [*offered, *parts.extra[name.key], page.carriage]
            lines += _paragraph(page, f"{_places(name)}{_mark(name, options[name.key])}")
    end = [""] if parts.own is None else [page.carriage, _OWN + page.carriage, parts.own]
    return (page.top + "\n".join([*lines[:-1], *end])).encode()


def _paragraph(page: _Page, line: str) -> list[str]:
    """A line of vaultrel's own, and the empty one behind it."""
    return [line + page.carriage, page.carriage]


def _heading(name: OpenName) -> str:
    return f"### {clean_text(name.name, _LONGEST_NAME)}"


def _options(name: OpenName) -> list[str]:
    """The tasks that offer an answer: each candidate, or an empty link to fill in, and nobody."""
    shown = clean_text(name.name, _LONGEST_NAME)
    links = [link for path in name.candidates if (link := _link(path)) is not None] if name.candidates else ["[[]]"]
    return [f"- [ ] {shown} is {who}" for who in (*links, NOBODY)]


def _can_ask(name: OpenName) -> bool:
    """Whether an answer to the name can be read back from a line of text."""
    task = _read_task(_options(name)[-1])
    return task is not None and task.complete and task.note is None and fold_name(task.name) == name.key


def _places(name: OpenName) -> str:
    shown = [f"{_link(path) or clean_text(path, len(path))} line {line}" for path, line in name.places[:SHOWN_PLACES]]
    more = len(name.places) - len(shown)
    return f"Seen in {', '.join(shown)}{f' and {more:,} more' if more else ''}."


def _mark(name: OpenName, options: list[str]) -> str:
    """A comment, which Obsidian does not show, with the digests of what vaultrel wrote about the name."""
    return f" %%{' '.join(map(_digest, (_heading(name), *options, _places(name))))}%%"


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_DIGITS]


def _link(path: NotePath) -> str | None:
    """A link to the note at `path`; None when none can lead there."""
    target = _NO_LINK().sub(lambda sign: f"%{ord(sign[0]):02X}", path.removesuffix(".md"))
    return f"[[{target}]]" if _read_link(target) == path else None


def _answer_line(answer: SettledName) -> str:
    scope = f" in {_link(answer.note)}" if answer.note is not None else ""
    return f"- [x] {answer.name}{scope} is {NOBODY if answer.person is None else _link(answer.person)}"


def _settled_order(line: str) -> tuple[str, str, str]:
    task = _read_task(line)
    assert task is not None
    return fold_name(task.name), fold_name(task.note or ""), line


class _Page(NamedTuple):
    """A note taken apart.

    Attributes:
        top: byte order mark and frontmatter, which must stay where they are.
        lines: the rest between its line feeds, a carriage return before one left in place.
        carriage: what stands before a line feed in lines that vaultrel writes.
    """

    top: str
    lines: list[str]
    carriage: str

    @classmethod
    def of(cls, data: bytes) -> _Page:
        lines = data.decode("utf-8").split("\n")
        carriage = "\r" if lines[0].endswith("\r") else ""
        end = 0
        if lines[0].removeprefix("\ufeff").rstrip() == "---":
            end = next((at for at, line in enumerate(lines[1:], start=2) if line.rstrip() == "---"), 0)
        if end:
            return cls("\n".join(lines[:end]) + "\n", lines[end:] or [""], carriage)
        top = "\ufeff" if lines[0].startswith("\ufeff") else ""
        return cls(top, [lines[0].removeprefix("\ufeff"), *lines[1:]], carriage)


class _Parts(Struct):
    """The lines of a note that are kept as they are typed.

    Attributes:
        settled: ticked answers.
        ticked: line that vaultrel wrote to the same line ticked, where it is no answer yet.
        extra: comparison key of a name that waits to answers that the user offers.
        own: everything below the heading of the user's own words; None when there is nothing.
    """

    settled: list[str] = []
    ticked: dict[str, str] = {}
    extra: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    own: str | None = None


def _sort_lines(page: _Page, waiting: list[OpenName], options: Mapping[str, list[str]]) -> _Parts:
    """Say of every line of the note whose it is."""
    parts = _Parts()
    own_at = next((at for at, line in enumerate(page.lines) if line.rstrip("\r") == _OWN), len(page.lines))
    above, below = page.lines[:own_at], page.lines[own_at + 1 :]
    written = _written_before(above)
    current = _FIXED.union(text for name in waiting for text in (_heading(name), _places(name)))
    moved: list[str] = []
    empty: list[str] | None = None
    for at, line in enumerate(above):
        text = _without_mark(line)
        if not text.strip():
            if empty is not None:
                empty.append(line)
            continue
        # Paragraphs that the user wrote one after the other stay apart.
        before, empty = empty, None
        task, bare = _read_task(text), _unticked(text)
        key = fold_name(task.name) if task is not None else ""
        if task is not None and task.ticked and task.complete:
            parts.settled.append(line)
        elif bare in options.get(key, ()):
            if text != bare:
                parts.ticked[bare] = line
        elif at in written or text in current:
            continue
        elif key in options:
            parts.extra[key].append(line)
        else:
            moved += [*(before or ()), text + "\r" * line.endswith("\r")]
            empty = []
    if moved or any(line.strip() for line in below):
        ends = [*below[:-1], *moved, below[-1]] if below else [page.carriage, *moved, ""]
        parts.own = "\n".join(ends)
    return parts


def _written_before(lines: list[str]) -> set[int]:
    """The indexes of lines that stand as vaultrel wrote them, but for a tick, by the marks behind the names."""
    found: set[int] = set()
    start = 0
    for at, line in enumerate(lines):
        if line.startswith("### "):
            start = at
        if digests := _marked(line):
            found |= {
                index for index in range(start, at + 1) if _digest(_unticked(_without_mark(lines[index]))) in digests
            }
            start = at + 1
    return found


def _marked(line: str) -> frozenset[str]:
    """The digests in the comment at the end of the line; none where there is no such comment."""
    text = line.rstrip()
    digests = text[text.rfind(" %%", 0, -2) + 3 : -2].split(" ") if text.endswith("%%") else []
    if " %%" not in text or any(len(one) != _DIGEST_DIGITS or not _HEXADECIMAL.issuperset(one) for one in digests):
        return frozenset()
    return frozenset(digests)


def _without_mark(line: str) -> str:
    """The line's text, without line end and without the comment of digests."""
    text = line.removesuffix("\r")
    return text.rstrip()[: text.rstrip().rfind(" %%", 0, -2)] if _marked(line) else text


def _unticked(text: str) -> str:
    box = _TASK().match(text)
    return f"{text[:3]} {text[4:]}" if box else text
