"""Which files of a vault are notes to read: decided on the path alone, before anything is opened."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from vaultrel.core.expressions import lazily
from vaultrel.core.text import fold_name

if TYPE_CHECKING:
    from vaultrel.settings import Settings

SKIP_REASONS: Final = {
    "not-markdown": "it is not a Markdown file",
    "dot-folder": "it is in, or is itself, a hidden file or folder (its name starts with a dot)",
    "conflict-copy": "a sync program left it as a second copy of a note",
    "temporary": "another program left it beside an open file",
    "generated": "vaultrel writes that folder itself",
    "ignored": "your settings, or Obsidian's excluded files, leave it out",
    "template-folder": "it is a template",
}
"""Code of `skip_reason` to the reason in plain words."""

_TEMPLATE_FOLDERS: Final = frozenset({"template", "templates"})

_CONFLICT = re.compile(
    r"\.sync-conflict-[0-9]{8}"
    r"|\([^()]{0,80}(?:conflicted copy|case conflict)"
    r"|[ ._(-]conflict-(?:19|20)[0-9]{2}-?[0-9]{2}"
    r"|\.conflict\.md\Z"
    r"|\.vaultrel-rescued-",
    re.IGNORECASE,
)
"""Syncthing; Dropbox, Nextcloud, Obsidian Sync; ownCloud and others; Resilio; a copy that vaultrel put in safety."""

_ORDERING = lazily(r"[0-9]+(?:[.-][0-9]+)*+[.):]?[ _-]+")
"""A number before a folder's name, to sort by."""

_LONGEST_FILTERED: Final = 400
"""Code points of a path that a filter expression is tried on, which bounds the time it can take."""


def skip_reason(path: str, settings: Settings) -> str | None:
    """Why the file at `path` is not read as a note, as a key of `SKIP_REASONS`; None when it is.

    Args:
        path: relative to the vault, with ``/``.
        settings: with the vault's own Obsidian settings filled in.
    """
    if path[-3:].lower() != ".md":
        return "not-markdown"
    if path.startswith(".") or "/." in path:
        return "dot-folder"
    folder, _, name = path.rpartition("/")
    if name.startswith("~$"):
        return "temporary"
    if _may_be_copy(name) and _CONFLICT.search(name):
        return "conflict-copy"
    return _unwanted(path, settings) or ("template-folder" if _is_template_folder(folder) else None)


class Scope:
    """`skip_reason` for the many paths of one vault: what holds for a whole folder is worked out once.

    Args:
        settings: with the vault's own Obsidian settings filled in.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._filters = settings.obsidian.ignored
        # A filter may end anywhere in a name: those are held against each path.
        self._unfiltered = replace(settings, obsidian=replace(settings.obsidian, ignored=()))
        entries = map(_bare, (settings.folder, *settings.ignore, *settings.obsidian.template_folders))
        self._named = frozenset(path for entry in entries for path in (entry, f"{entry}.md"))
        self._folders: dict[str, str | None] = {}

    def skip_reason(self, path: str) -> str | None:
        """See the function of this name."""
        folder, _, name = path.rpartition("/")
        if path in self._named or name[:1] in _OF_THEIR_OWN or name[-3:].lower() != ".md" or _may_be_copy(name):
            return skip_reason(path, self._settings)
        if folder not in self._folders:
            any_note = f"{folder}/{_ANY_NOTE}" if folder else _ANY_NOTE
            self._folders[folder] = skip_reason(any_note, self._unfiltered)
        reason = self._folders[folder]
        if reason in {None, "template-folder"} and _is_filtered(path, self._filters):
            return "ignored"
        return reason


_ANY_NOTE: Final = "\0.md"
"""A name that no file has, and no setting."""

_OF_THEIR_OWN: Final = frozenset({".", "~", ""})
"""How names begin that are left out whatever folder they are in."""


def _may_be_copy(name: str) -> bool:
    """False for a name with none of the words in `_CONFLICT`; asked of every file there is."""
    folded = name.casefold()
    return "conflict" in folded or "rescued" in folded


def _unwanted(path: str, settings: Settings) -> str | None:
    """The code for a path that settings leave out: vaultrel's own folder, the user's, or Obsidian's."""
    if is_within(path, settings.folder):
        return "generated"
    if any(is_within(path, entry) for entry in settings.ignore) or _is_filtered(path, settings.obsidian.ignored):
        return "ignored"
    if any(is_within(path, entry) for entry in settings.obsidian.template_folders):
        return "template-folder"
    return None


def is_within(path: str, entry: str) -> bool:
    """True when `entry` is the path itself, with or without ``.md``, or a folder above it; never for an empty one."""
    entry = _bare(entry)
    return bool(entry) and (path in {entry, f"{entry}.md"} or path.startswith(f"{entry}/"))


def _bare(entry: str) -> str:
    return entry.removeprefix("./").strip("/ ")


@lru_cache(maxsize=4096)
def spellings(text: str) -> frozenset[str]:
    """The forms of a folder's, tag's or type's name that are looked up among the words of the settings.

    As it stands; with its words joined by spaces (``meeting_note``); without a number to sort by and signs around it
    (``01 - 1-1s``); and its letters alone (``👤 People``). All folded by `fold_name`.
    """
    folded = fold_name(text)
    if folded.isalpha():  # one word: the most frequent kind
        return frozenset({folded})
    start = next((index for index, sign in enumerate(folded) if sign.isalnum()), 0)
    bare = folded[start:].rstrip("_-.:!?* ")
    ordering = _ORDERING().match(bare)
    plain = bare[ordering.end() :] if ordering else bare
    return frozenset({folded, join_words(folded), plain, join_words(plain), _letters(folded)} - {""})


def join_words(folded: str) -> str:
    """The words of a folded name with one space between them, however they were joined: ``1:1``, ``meeting-note``."""
    return " ".join(folded.translate(_JOINTS).split())


_JOINTS: Final = str.maketrans("-_:", "   ")


def _letters(text: str) -> str:
    if text.isascii():
        return " ".join(text.translate(_NO_LETTERS).split())
    kept = (sign if sign.isalpha() or _is_mark(sign) else " " for sign in text)
    return " ".join("".join(kept).split())


_NO_LETTERS: Final = {number: " " for number in range(128) if not chr(number).isalpha()}


def _is_mark(sign: str) -> bool:
    """True for the marks that are part of a word in many scripts; the selectors after an emoji are none of them."""
    return unicodedata.category(sign)[0] == "M" and not "\ufe00" <= sign <= "\ufe0f"


@lru_cache(maxsize=4096)
def _is_template_folder(folder: str) -> bool:
    return any(not _TEMPLATE_FOLDERS.isdisjoint(spellings(segment)) for segment in folder.split("/"))


def _is_filtered(path: str, filters: tuple[str, ...]) -> bool:
    patterns = (filter_pattern(entry) for entry in filters) if len(path) <= _LONGEST_FILTERED else ()
    return any(pattern is not None and pattern.search(path) for pattern in patterns)


@lru_cache(maxsize=256)
def filter_pattern(entry: str) -> re.Pattern[str] | None:
    """What finds the paths that an entry of Obsidian's excluded files means; None when the entry cannot be used.

    An entry is the start of a path, or an expression between slashes (Obsidian: Settings, Files and links). The
    expression is the vault's, not ours: one that Python cannot read, or that could take long on some path, is not used.
    """
    if len(entry) < 3 or not (entry.startswith("/") and entry.endswith("/")):
        return re.compile(r"\A" + re.escape(entry)) if entry.strip() else None
    expression = entry[1:-1]
    if not _is_quick(expression):
        return None
    try:
        return re.compile(_SET().sub(_spell_set, expression))
    except (re.error, OverflowError, RecursionError):
        return None


_SET = lazily(r"\\.|\[\^?\]?(?:\\.|[^\\\]])*+", re.DOTALL)
_SET_SIGN = lazily(r"(\\.)|[\[&~|]|(?<=-)-", re.DOTALL)


def _spell_set(match: re.Match[str]) -> str:
    """A set of characters without the signs that Obsidian takes for themselves and Python warns of."""
    if match[0][0] != "[":
        return match[0]
    return "[" + _SET_SIGN().sub(lambda sign: sign[1] or f"\\{sign[0]}", match[0][1:])


# A set that nothing closes goes to the end, and is an error: looking for its end from every bracket would be quadratic.
_PARTS = lazily(r"\\.|\[\^?\]?(?:\\.|[^\\\]])*+(?:\]|\\?\Z)|\(\?:|\)[*+?{]|\(\?|[*+?{][?+]?|[|]", re.DOTALL)


def _is_quick(expression: str) -> bool:
    """True when searching a path of `_LONGEST_FILTERED` with the expression is sure to end soon.

    Nothing repeats a group or refers back, and the ways to read a path stay few: each repeat multiplies them by the
    path's length, each choice by two.
    """
    cost = 0
    for part in _PARTS().findall(expression):
        if part[0] == ")" or part == "(?" or (part[0] == "\\" and part[1].isdigit()):
            return False
        if part[0] in "*+{":
            cost += 8
        elif part[0] in "?|":
            cost += 1
    return cost <= 20
