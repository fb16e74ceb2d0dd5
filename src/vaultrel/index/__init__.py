"""What is remembered of a vault between runs; it can be deleted at any time and is then made again."""

from __future__ import annotations

from vaultrel.index.note_index import KnownNote, NoteIndex, RecordsOf, decode_note, encode_note, paused_collection

__all__ = ["KnownNote", "NoteIndex", "RecordsOf", "decode_note", "encode_note", "paused_collection"]
