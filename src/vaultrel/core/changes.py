"""What differs between the notes known from the last look and the notes seen now."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec import Struct

from vaultrel.model import Fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vaultrel.model import NotePath

COARSE_CLOCK_NS = 2_000_000_000
"""The coarsest file times in use, in nanoseconds: FAT keeps modification times to two seconds."""

NEVER_SEEN = Fingerprint(0, 0, size=-1, inode=0)
"""Stands for a file that has to be read at the next look, whatever its fingerprint is then."""

SMALL_VAULT = 10
"""Below this many notes a fifth is one or two files, which people delete every day."""


class Changes(Struct, frozen=True):
    """Paths that differ between two looks at a vault, each tuple sorted; false when nothing differs."""

    added: tuple[NotePath, ...] = ()
    changed: tuple[NotePath, ...] = ()
    removed: tuple[NotePath, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def diff_fingerprints(known: Mapping[NotePath, Fingerprint], seen: Mapping[NotePath, Fingerprint]) -> Changes:
    """Compare two listings without reading a file.

    Args:
        known: the fingerprints of the last look.
        seen: the fingerprints of this one.

    Returns:
        What was added, may have changed, and is gone. A renamed note is one removed and one added.
    """
    return Changes(
        added=tuple(sorted(seen.keys() - known.keys())),
        changed=tuple(sorted(path for path, print_ in seen.items() if known.get(path, print_) != print_)),
        removed=tuple(sorted(known.keys() - seen.keys())),
    )


def settle_fingerprint(fingerprint: Fingerprint, read_at_ns: int) -> Fingerprint:
    """The fingerprint to remember for bytes read at a given moment.

    A file saved twice within one tick of a coarse clock keeps its fingerprint, so one taken within two
    seconds of the last save proves nothing. Such a fingerprint comes back with a size no file has: the next
    comparison finds it changed and the bytes decide (git calls this a racy entry, and marks it the same way).

    Args:
        fingerprint: what the listing before the read said.
        read_at_ns: wall-clock moment, in nanoseconds since 1970, at which reading began.
    """
    if is_settled(fingerprint.mtime_ns, fingerprint.ctime_ns, read_at_ns):
        return fingerprint
    return Fingerprint(fingerprint.mtime_ns, fingerprint.ctime_ns, size=-1, inode=fingerprint.inode)


def is_settled(mtime_ns: int, ctime_ns: int, seen_at_ns: int) -> bool:
    """Whether what had these times at a given moment has others once it is changed again; see `settle_fingerprint`."""
    oldest_suspect = seen_at_ns - COARSE_CLOCK_NS
    # A ctime ahead of us means another machine's clock; an mtime ahead of us was merely set by the user.
    return ctime_ns < oldest_suspect and not oldest_suspect <= mtime_ns <= seen_at_ns + COARSE_CLOCK_NS


def looks_vanished(known_count: int, removed_count: int, seen_count: int) -> bool:
    """True when so many notes are gone at once that an unmounted disk is likelier than tidying up.

    That is: every note, or a fifth of a vault of ten notes or more. Notes that were only renamed are still
    seen, so what counts is the net loss.

    Args:
        known_count: notes of the last look.
        removed_count: how many of those paths are gone.
        seen_count: notes of this look.
    """
    if known_count == 0:
        return False
    lost = min(removed_count, known_count - seen_count)
    return seen_count == 0 or (known_count >= SMALL_VAULT and lost * 5 >= known_count)


def sum_up(path: NotePath, digest: str) -> int:
    """What stands for one note where many are told by one number, which exclusive or makes of them in any order.

    256 bits of SHA-256 for each: no accident makes two such numbers equal. Somebody who may choose hundreds of notes at
    will could, and would gain nothing: they may write the files that it guards as well.
    """
    known = f"{path}\0{digest}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.sha256(known).digest(), "big")
