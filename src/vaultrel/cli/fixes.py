"""What to do about each thing `vaultrel doctor` names, by its stable code."""

from __future__ import annotations

_EDIT_YAML = "Open the note in Obsidian in source mode and mend that line; vaultrel reads it again by itself."
_OWN_KEY = "Delete the rel_ line in question; the next scan writes it anew."
_LEAVE = "Nothing, if that is what it is meant to be. Otherwise move what you want read into an ordinary note."

ANYTHING_ELSE = "Open the note at that line and mend it, or leave it: nothing else is affected."

FIXES: dict[str, str] = {
    "ambiguous-birthday": 'Write it as YYYY-MM-DD, or set date_order = "dmy" or "mdy" in .vaultrel/config.toml.',
    "ambiguous-date": 'Write the day as YYYY-MM-DD, or set date_order = "dmy" or "mdy" in .vaultrel/config.toml.',
    "ambiguous-name": "Say once whom it means: vaultrel names. Or link to the one you mean by the path of the note.",
    "anchor-or-alias-on-own-key": _OWN_KEY,
    "answer-without-person": "Link to a note about a person, or delete the answer.",
    "attributes-not-kept": "Run vaultrel as the user who owns the note.",
    "bad-birthday": "Write a day that exists, as YYYY-MM-DD, or MM-DD without a year.",
    "bad-cadence": "Write a number of days, or words like weekly, monthly, every 2 weeks, as needed.",
    "bad-date": "Write a day that exists, as YYYY-MM-DD.",
    "bad-rel-ignore": "Write rel_ignore: true or rel_ignore: false.",
    "bad-snooze": "Write a day that exists, as YYYY-MM-DD.",
    "changed-while-reading": "Nothing: the next scan reads it.",
    "conflict-copy": "Compare the two, keep what you want in the note, then delete the copy; copies are never read.",
    "continuation-at-root-column": _EDIT_YAML,
    "control-character-in-name": "Rename the file.",
    "document-marker": _EDIT_YAML,
    "duplicate-key": "Keep one of the two lines.",
    "duplicate-name": "Give one of the notes another name, or link to it with its folder: [[People/Name]].",
    "excalidraw": _LEAVE,
    "feed-cut": "Nothing to do: what is far ahead comes in as days pass.",
    "feed-not-copied": "Make or mount the folder that publish_to names in .vaultrel/config.toml, or name another.",
    "feed-not-written": "Make the generated folder writable, or set another one: folder in .vaultrel/config.toml.",
    "frontmatter-too-big": _LEAVE,
    "hard-linked": "Replace the second name of the file by a copy, if you do not need it.",
    "in-use": "Close the program that holds the note open; the next scan writes it.",
    "json-frontmatter": "Write the properties as YAML (Obsidian does when you edit one of them), or leave them.",
    "kanban": _LEAVE,
    "left-over": "Compare the file named with the note, then delete it.",
    "line-not-counted": "Close the code block or comment at the end of that daily note, then run the command again.",
    "lone-cr": "Save the note with ordinary line ends.",
    "looks-like-frontmatter": "Begin the note with a line of exactly three hyphens.",
    "marked-root": "Delete the anchor or tag that stands before the properties.",
    "merge-markers": "Settle the merge conflict in the note.",
    "missing": "Nothing: the next scan knows that it is gone.",
    "moved-earlier": "Nothing. To be in touch sooner, just be: any contact in your notes moves the follow-up.",
    "names-not-understood": "Settle the merge conflict in the note about names, or save it as UTF-8.",
    "no-folder": "Make the folder, or mount it; vaultrel makes none, for what is below a mount point is lost.",
    "no-safe-replace": "Keep the vault on a disk with an ordinary file system, or use: vaultrel scan --no-notes",
    "no-such-timezone": "Correct feed.timezone in .vaultrel/config.toml, as in Europe/Berlin; or install tzdata.",
    "not-a-mapping": _EDIT_YAML,
    "not-absolute": "Write the whole path, from / or ~ on.",
    "not-downloaded": "Let your sync program download it (keep on this computer).",
    "not-ours": "Choose another name for the copy, or move that file away.",
    "not-regular": "Nothing: it is no note.",
    "not-scanned": "Move your daily notes elsewhere, or take their folder out of what is left out.",
    "not-utf8": "Save the note as UTF-8.",
    "nul-byte": _LEAVE,
    "outside": "Give the generated folder a place inside the vault: folder in .vaultrel/config.toml.",
    "own-key-holds-structure": _OWN_KEY,
    "own-key-in-odd-place": _OWN_KEY,
    "read-only": "Allow writing the note, or leave it as it is.",
    "relationships-not-understood": "Settle the merge in it, or delete the file: the next scan writes it anew.",
    "rescued": "Compare the two files and keep what you want.",
    "settled-by-context": "Nothing, if that is right. Otherwise say who it is: vaultrel names --in PATH NAME PERSON",
    "second-writer": "Another computer writes to this vault too. Let one run vaultrel watch or scan, the others "
    "vaultrel serve, which leaves notes alone; then delete the copy.",
    "snoozed-twice": "Delete the other spelling of rel_snooze_until in that note.",
    "symlink": "Move the file itself into the vault if it is to be read.",
    "tab-indent": "Replace the tabs in the properties by spaces.",
    "tags-as-text": "Write the tags as a list; they are read all the same.",
    "template": _LEAVE,
    "tick-not-written": "Do what the message says; until then the note keeps your tick, and every scan tries again.",
    "tick-without-person": "Nothing: its person has no note any more.",
    "too-big": _LEAVE,
    "too-deep": _LEAVE,
    "too-large": _LEAVE,
    "two-answers": "Keep one of the ticked lines.",
    "unclosed-frontmatter": "Close the properties with a line of exactly three hyphens.",
    "undecodable-name": "Rename the file.",
    "unfinished-answer": "Write a link to the person between the brackets, or untick the line.",
    "unicode-newline-or-bom": "Delete the invisible character on that line.",
    "unparsable": _EDIT_YAML,
    "unproven-edit": "Write the properties in a simpler way; until then the note stays as it is.",
    "unreadable": "Check the permissions of the file.",
    "unreadable-folder": "Check the permissions of the folder.",
    "unreadable-obsidian-file": "Nothing: the file is ignored. Obsidian writes it anew when you change that setting.",
    "unresolved-alias": _EDIT_YAML,
    "unusable-filter": "Write the filter in a simpler way, or list the folder under ignore in .vaultrel/config.toml.",
    "utf16": "Save the note as UTF-8.",
    "write-failed": "Check the disk and the permissions of the folder, then scan again.",
    "write-undone": "Nothing: the next scan writes it.",
}
"""Code to remedy, in words that can be carried out."""


def fix_for(code: str) -> str:
    """The remedy for a diagnostic's code."""
    return FIXES.get(code, ANYTHING_ELSE)
