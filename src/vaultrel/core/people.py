"""Which person a mention names.

Names are compared by `fold_name` and nothing else: Jon is not John. A link leads where a click in Obsidian leads
(Obsidian documentation: Internal links); an alias, which Obsidian does not follow, leads to a person when nobody else
answers to it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.core.dates import parse_day
from vaultrel.core.mentions import LINKS, plain_name
from vaultrel.core.person_notes import person_diagnostics, read_person
from vaultrel.core.text import fold_name
from vaultrel.settings import DEFAULT_SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vaultrel.model import Mention, NotePath, Person, TextLine

__all__ = ["LINK_SYNTAXES", "NameAnswer", "NoteNames", "PeopleRegistry", "person_diagnostics", "read_person"]

AnswerKind: TypeAlias = Literal["resolved", "ambiguous", "unknown", "other", "owner", "nobody"]

LINK_SYNTAXES: Final = frozenset(syntax.name for syntax in LINKS)
"""Names of the mention syntaxes that lead to a note by its path or name."""

_EMPTY: Final = frozenset({"", "null", "undefined"})
"""What a template leaves between the brackets."""

_FILE = re.compile(
    r"\.(?:avif|base|bmp|canvas|csv|docx?|epub|flac|gif|heic|html?|ics|jpe?g|json|m4a|mkv|mov|mp[34]|og[gv]|pdf|png|pptx?"
    r"|svg|tiff?|txt|vcf|wav|web[mp]|xlsx?|zip|3gp)\Z",
    re.IGNORECASE,
)
"""Files that vaults hold beside notes (Obsidian documentation: Accepted file formats, and common documents)."""


class NameAnswer(Struct, frozen=True, gc=False):
    """Whom a mention names.

    Attributes:
        kind: ``resolved`` to one person; ``ambiguous`` between several; ``unknown``: no note answers; ``other``: a note
            that is no person; ``owner``: the user; ``nobody``: an empty placeholder, a day, a file.
        path: the person note when resolved, the note for ``other``.
        how: what led there: ``path``, ``file``, ``alias``, ``email``, ``handle``, ``name``, ``settled`` by the user, or
            ``context``, for an attendee.
        candidates: the people it could be when ambiguous. Otherwise, the notes that have the same file name, the
            chosen one among them, when there are several and one of them is a person's.
    """

    kind: AnswerKind
    path: NotePath | None = None
    how: str = ""
    candidates: tuple[NotePath, ...] = ()


_NOBODY: Final = NameAnswer("nobody")
_OWNER: Final = NameAnswer("owner")
_UNKNOWN: Final = NameAnswer("unknown")

NONE_CHOSEN: Final[Mapping[str, NameAnswer]] = MappingProxyType({})
"""No name has a meaning of its own in the note."""


class _Entry(Struct, frozen=True, gc=False):
    """What the registry knows of one note: keys are folded."""

    path_key: str
    stem_key: str
    is_person: bool = False
    is_owner: bool = False
    names: frozenset[str] = frozenset()
    handles: frozenset[str] = frozenset()
    spelled: frozenset[str] = frozenset()
    """Full names as they are looked for in sentences; none where the settings do not ask for it."""


class PeopleRegistry:
    """Every note and person of a vault, by the names that lead to them.

    Holds nothing but a function of its last `update` for each path and its last `settle`: the order does not matter.
    """

    def __init__(self, settings: Settings = DEFAULT_SETTINGS) -> None:
        self._me = frozenset(fold_name(_link_text(name)) for name in settings.me) - {""}
        self._plain_names = settings.people.plain_names
        self._entries: dict[NotePath, _Entry] = {}
        self._files: dict[str, set[NotePath]] = {}
        self._names: dict[str, set[NotePath]] = {}
        self._handles: dict[str, set[NotePath]] = {}
        self._spelled: dict[str, set[NotePath]] = {}
        self._settled: dict[str, NotePath | None] = {}

    def update(self, path: NotePath, person: Person | None, *, exists: bool) -> frozenset[str]:
        """Take in what the note at `path` is now.

        Args:
            path: of a note that was added, changed or removed.
            person: its person, None when it is no person note.
            exists: false when the note is gone.

        Returns:
            The comparison keys whose answer may have changed. A mention's answer changes only together with one of its
            `keys`.
        """
        old = self._entries.get(path)
        new = self._entry(path, person) if exists else None
        if new == old:
            return frozenset()
        if old is not None:
            self._remove(path, old)
        if new is not None:
            self._add(path, new)
        changed = _changed_keys(old, new)
        return changed.union(key for key, meant in self._settled.items() if meant == path) if self._settled else changed

    def settle(self, answers: Mapping[str, NotePath | None]) -> frozenset[str]:
        """Replace the user's own answers to ambiguous and unknown names.

        Args:
            answers: name to the person note it means, None for nobody. An answer counts only where the name is
                ambiguous or unknown without it.

        Returns:
            The comparison keys whose answer may have changed, as from `update`.
        """
        new = {fold_name(name): path for name, path in answers.items()}
        changed = frozenset(key for key, _ in new.items() ^ self._settled.items())
        self._settled = new
        return changed

    def names_in(self, run: Mention) -> Iterator[Mention]:
        """The full names of people in a run of words of a sentence, spelled exactly as they are known.

        What they are depends on the run's `first_units`.
        """
        return plain_name.names_in(run, self._spelled)

    def is_owner(self, path: NotePath) -> bool:
        """True when the note at `path` is the user's own: by its path, its file name or the person's name."""
        entry = self._entries.get(path)
        return entry is not None and entry.is_owner

    def keys(self, mention: Mention) -> frozenset[str]:
        """The comparison keys that the mention's answer depends on."""
        return frozenset({_key(mention)})

    def resolve(self, mention: Mention, source: NotePath) -> NameAnswer:
        """Whom the mention in the note at `source` names."""
        return self.resolve_key(_key(mention), mention, source)

    def resolve_key(self, key: str, mention: Mention, source: NotePath) -> NameAnswer:
        """As `resolve`, for a mention whose comparison key is known already."""
        if mention.syntax in LINK_SYNTAXES:
            answer = self._resolve_link(mention.target, key, source)
        elif mention.syntax == "handle":
            answer = self._resolve_name(key, "handle", self._handles.get(key) or self._names.get(key))
        else:
            answer = self._resolve_name(key, "email" if mention.syntax == "email" else "name", self._names.get(key))
        if answer.kind in {"ambiguous", "unknown"} and key in self._settled:
            return self._settled_answer(key, answer)
        return answer

    def _resolve_link(self, target: str, key: str, source: NotePath) -> NameAnswer:
        if key in _EMPTY:
            return _NOBODY
        found, how = self._follow(target, key, source)
        if found:
            return self._note_answer(self._choose(found, key, source), how, found)
        if "/" not in target:
            answer = self._resolve_name(key, "alias", self._names.get(key))
            if answer.kind != "unknown":
                return answer
        return _NOBODY if _FILE.search(key) or parse_day(target.rpartition("/")[2]) else _UNKNOWN

    def _follow(self, target: str, key: str, source: NotePath) -> tuple[set[NotePath], str]:
        """The notes that a link's path or file name fits."""
        named = self._files.get(key, set())
        if "/" not in target or not named:
            return named, "file"
        folder = source.rpartition("/")[0]
        written = fold_name(_resolve_dots(target))
        beside = fold_name(_resolve_dots(f"{folder}/{target}"))
        first = (beside, written) if target.startswith(".") else (written, beside)
        for path_key in first:
            exact = {path for path in named if self._entries[path].path_key == path_key}
            if exact:
                return exact, "path"
        return {path for path in named if self._entries[path].path_key.endswith(f"/{written}")}, "path"

    def _choose(self, found: set[NotePath], key: str, source: NotePath) -> NotePath:
        if len(found) == 1:
            (only,) = found
            return only
        return min(found, key=lambda path: self._preference(path, key, source))

    def _preference(self, path: NotePath, key: str, source: NotePath) -> tuple[bool, bool, int, str]:
        """Which note of one name is meant: at the root, else below the linking note's folder, else by length."""
        folder = source.rpartition("/")[0]
        within = not folder or path.startswith(f"{folder}/")
        return self._entries[path].path_key != key, not within, len(path), path

    def _note_answer(self, path: NotePath, how: str, found: set[NotePath]) -> NameAnswer:
        entry = self._entries[path]
        if entry.is_owner:
            return _OWNER
        several = len(found) > 1 and any(self._entries[other].is_person for other in found)
        kind: AnswerKind = "resolved" if entry.is_person else "other"
        return NameAnswer(kind, path, how, tuple(sorted(found)) if several else ())

    def _resolve_name(self, key: str, how: str, found: set[NotePath] | None) -> NameAnswer:
        if key in self._me:
            return _OWNER
        if key in _EMPTY:
            return _NOBODY
        if not found:
            return _UNKNOWN
        if len(found) > 1:
            return NameAnswer("ambiguous", candidates=tuple(sorted(found)))
        (path,) = found
        return _OWNER if self._entries[path].is_owner else NameAnswer("resolved", path, how)

    def _settled_answer(self, key: str, answer: NameAnswer) -> NameAnswer:
        path = self._settled[key]
        if path is None:
            return NameAnswer("nobody", how="settled")
        entry = self._entries.get(path)
        if entry is None or not entry.is_person:
            return answer
        return _OWNER if entry.is_owner else NameAnswer("resolved", path, "settled")

    def _entry(self, path: NotePath, person: Person | None) -> _Entry:
        path_key = fold_name(path[:-3] if path[-3:].lower() == ".md" else path)
        stem_key = path_key.rpartition("/")[2].strip()  # what `fold_name` makes of the file's name alone
        own = {path_key, stem_key} if person is None else {path_key, stem_key, fold_name(person.name)}
        if person is None:
            return _Entry(path_key, stem_key, is_owner=not self._me.isdisjoint(own))
        return _Entry(
            path_key,
            stem_key,
            is_person=True,
            is_owner=not self._me.isdisjoint(own),
            names=frozenset(map(fold_name, (*person.names, *person.emails))) - {""},
            handles=frozenset(map(fold_name, person.handles)) - {""},
            spelled=frozenset(map(plain_name.spell_name, person.names if self._plain_names else ())) - {""},
        )

    def _add(self, path: NotePath, entry: _Entry) -> None:
        self._entries[path] = entry
        for index, keys in self._places(entry):
            for key in keys:
                index.setdefault(key, set()).add(path)

    def _remove(self, path: NotePath, entry: _Entry) -> None:
        del self._entries[path]
        for index, keys in self._places(entry):
            for key in keys:
                index[key].discard(path)
                if not index[key]:
                    del index[key]

    def _places(self, entry: _Entry) -> tuple[tuple[dict[str, set[NotePath]], frozenset[str]], ...]:
        """Each index with the keys under which it holds a note of this entry."""
        return (
            (self._files, frozenset({entry.stem_key})),
            (self._names, entry.names),
            (self._handles, entry.handles),
            (self._spelled, entry.spelled),
        )


def _key(mention: Mention) -> str:
    """The comparison key of what is named; of a link, that of the note's file name."""
    return _fold_target(mention.target, mention.syntax in LINK_SYNTAXES)


@lru_cache(maxsize=32_768)  # a vault's notes name the same people again and again
def _fold_target(target: str, is_link: bool) -> str:  # noqa: FBT001 - by position, for the sake of speed
    return fold_name(target.rpartition("/")[2] if is_link else target)


def _changed_keys(old: _Entry | None, new: _Entry | None) -> frozenset[str]:
    """The keys by which one of the two entries is found and the other is not, or is found as something else."""
    before, after = _found_by(old), _found_by(new)
    spelled = (old.spelled if old else frozenset()) ^ (new.spelled if new else frozenset())
    sentences = frozenset(key for name in spelled for key in plain_name.first_units(name, most=1))
    if old is not None and new is not None and (old.is_person, old.is_owner) == (new.is_person, new.is_owner):
        return (before ^ after) | sentences
    return before | after | sentences


def _found_by(entry: _Entry | None) -> frozenset[str]:
    if entry is None:
        return frozenset()
    return entry.names | entry.handles | {entry.stem_key} if entry.is_person else frozenset({entry.stem_key})


def _link_text(name: str) -> str:
    """A name or path of the owner as the user may write it: bare, as a link, or with ``.md``."""
    bare = name.strip().removeprefix("[[").removesuffix("]]").strip("/ ")
    return bare[:-3] if bare[-3:].lower() == ".md" else bare


def _resolve_dots(path: str) -> str:
    """The path from the vault's root, without ``.`` and ``..``; it never leads out of the vault."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del parts[-1:]
        elif part not in {"", "."}:
            parts.append(part)
    return "/".join(parts)


class NoteNames:
    """The registry as one note asks it: remembers the comparison keys that the note depends on.

    Args:
        registry: who is who in the vault.
        source: the note that asks.
        chosen: comparison key to what the name means in this note, where the vault's names alone do not say.
    """

    def __init__(
        self, registry: PeopleRegistry, source: NotePath, chosen: Mapping[str, NameAnswer] = NONE_CHOSEN
    ) -> None:
        self._registry = registry
        self._chosen = chosen
        self.source = source
        self.keys: set[str] = set()
        self._answers: dict[tuple[str, str], NameAnswer] = {}

    def resolve(self, mention: Mention) -> NameAnswer:
        """Whom the mention names, as from `PeopleRegistry.resolve`."""
        asked = mention.syntax, mention.target
        answer = self._answers.get(asked)
        if answer is None:
            key = _key(mention)
            self.keys.add(key)
            answer = self._registry.resolve_key(key, mention, self.source)
            if self._chosen and (answer.kind in {"ambiguous", "unknown"} or answer.how == "settled"):
                answer = self._chosen.get(key, answer)
            self._answers[asked] = answer
        return answer

    def spell_out(self, line: TextLine, *, dated: bool) -> TextLine:
        """The line with known names as mentions, in place of the runs of words that may hold some.

        Args:
            line: a line of the note.
            dated: the note has a day; the sentences of one that has none are left alone.
        """
        if all(mention.syntax != plain_name.name for mention in line.mentions):
            return line
        mentions: list[Mention] = []
        for mention in line.mentions:
            if mention.syntax != plain_name.name:
                mentions.append(mention)
            elif dated:
                self.keys |= plain_name.first_units(mention.target)
                mentions += self._registry.names_in(mention)
        return replace(line, mentions=tuple(mentions))
