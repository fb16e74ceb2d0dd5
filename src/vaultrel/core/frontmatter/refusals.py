"""Every reason why a note's frontmatter is left as it is, as data."""

from __future__ import annotations

from types import MappingProxyType

from vaultrel.model import Refusal

REFUSALS = MappingProxyType(
    {
        "anchor-or-alias-on-own-key": "One of vaultrel's properties carries a YAML anchor, alias or tag.",
        "continuation-at-root-column": "A value stands or goes on too far to the left; Obsidian cannot read that.",
        "document-marker": "The frontmatter holds a YAML document marker or directive.",
        "duplicate-key": "The same property stands twice in the frontmatter.",
        "excalidraw": "This note is an Excalidraw drawing.",
        "frontmatter-too-big": "The frontmatter is larger than 256 KiB or holds more than 50,000 parts.",
        "json-frontmatter": "The properties are written as JSON.",
        "kanban": "This note is a Kanban board.",
        "lone-cr": "The frontmatter holds a carriage return without a line feed.",
        "looks-like-frontmatter": "The note begins with something like frontmatter, which Obsidian does not read.",
        "marked-root": "The properties as a whole carry a YAML anchor or tag.",
        "merge-markers": "The frontmatter holds an unsettled merge conflict.",
        "not-a-mapping": "What stands between the `---` lines is not a list of properties.",
        "not-utf8": "The note is not valid UTF-8.",
        "nul-byte": "The note holds a NUL byte, as binary files do.",
        "own-key-holds-structure": "One of vaultrel's properties holds a list, a mapping or a block of text.",
        "own-key-in-odd-place": "One of vaultrel's properties is written in an unusual way.",
        "tab-indent": "The frontmatter is indented with tabs, which YAML forbids.",
        "template": "The frontmatter holds template placeholders.",
        "too-big": "The note is larger than 16 MiB.",
        "too-deep": "The frontmatter is nested more than 64 levels deep.",
        "unclosed-frontmatter": "The note begins with `---`, but no later line closes the frontmatter.",
        "unicode-newline-or-bom": "The frontmatter holds an invisible line separator or byte order mark.",
        "unparsable": "The frontmatter is not valid YAML.",
        "unproven-edit": "The edit could not be proven to change nothing else.",
        "unresolved-alias": "The frontmatter uses a YAML alias that nothing defines.",
        "utf16": "The note is UTF-16; vaultrel reads UTF-8.",
    }
)
"""Each stable code with its message."""

UNREAD = frozenset(
    {
        "continuation-at-root-column",
        "document-marker",
        "duplicate-key",
        "frontmatter-too-big",
        "lone-cr",
        "looks-like-frontmatter",
        "merge-markers",
        "not-utf8",
        "nul-byte",
        "tab-indent",
        "too-big",
        "too-deep",
        "unclosed-frontmatter",
        "unicode-newline-or-bom",
        "unparsable",
        "unresolved-alias",
        "utf16",
    }
)
"""The codes under which properties may be read wrongly or not at all, so that the user should hear of them."""


def refuse(code: str, line: int = 0) -> Refusal:
    """Return the refusal `code` stands for, found on raw line `line` (0: the whole note)."""
    return Refusal(code, REFUSALS[code], line)
