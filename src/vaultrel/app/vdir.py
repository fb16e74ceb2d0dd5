"""The folder through which follow-ups go to the user's own calendar and back: read, carried out, written anew.

The folder is a *vdir*: one file for each event, named after its UID. A program such as vdirsyncer keeps it the same as
a calendar on a server; vaultrel knows of no server and holds no password.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from vaultrel import clock
from vaultrel.app.ticked import Errands, Taken
from vaultrel.core.ticks import followup_key
from vaultrel.core.vdir import Memory, Written, decode_memory, encode_memory, is_emptied, may_stay, read_change
from vaultrel.errors import NoteChangedError, StorageFailedError, WriteRefusedError
from vaultrel.model import Diagnostic, NotePath
from vaultrel.outputs.vdir_items import digest_content, is_of_others, read_item, render_item
from vaultrel.storage.base import ReadRefusedError
from vaultrel.storage.filesystem import FileSystemStore
from vaultrel.storage.naming import temp_stem

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from vaultrel.app.editing import Editor, Record
    from vaultrel.app.private_files import PrivateFiles
    from vaultrel.app.publishing import Publisher
    from vaultrel.app.scribe import Scribe
    from vaultrel.core.ticks import Tick
    from vaultrel.core.vdir import Item
    from vaultrel.model import FollowUp, Severity, Snapshot
    from vaultrel.outputs.feed_events import FeedEvent
    from vaultrel.settings import Settings

_CODES = {"moved-earlier": "vdir-moved-earlier", "tick-without-person": "vdir-without-person"}
"""What carrying out calls the same of the note of follow-ups."""

_NO_FOLDER = "vdir-no-folder"
_EMPTIED = (
    "None of the events that vaultrel wrote into the folder of feed.vdir is there. That is not taken for your word, "
    "and nothing was written there."
)


def vdir_path(setting: str) -> Path:
    """The folder that the setting means, there or not.

    Raises:
        WriteRefusedError: ``vdir-no-folder``: it is not given as a whole path.
    """
    try:
        folder = Path(setting).expanduser()
    except RuntimeError as error:  # ~somebody who has no home here
        raise WriteRefusedError(setting, _NO_FOLDER, "there is no such home folder") from error
    if not folder.is_absolute():
        raise WriteRefusedError(setting, _NO_FOLDER, "it needs a whole path, from / or ~ on")
    return folder


def _usable_folder(setting: str, vault: Path | None) -> Path:
    """The folder that the setting means; it is never made, for what is below a mount point is lost.

    Raises:
        WriteRefusedError: ``vdir-no-folder``: it is not given as a whole path, not there, or in the vault.
    """
    folder = vdir_path(setting)
    if not folder.is_dir():
        raise WriteRefusedError(str(folder), _NO_FOLDER, "the folder is not there, or not mounted")
    if vault is not None and folder.resolve().is_relative_to(vault.resolve()):
        raise WriteRefusedError(str(folder), _NO_FOLDER, "it is in the vault, and has to be outside")
    return folder


class _Look(Struct):
    """The folder as one scan found it.

    Attributes:
        memory: what was written there.
        files: those of vaultrel's events, and of those to come, by UID.
        items: what is to be read in them.
        left: the UIDs of events that stay as they are: what was done to them is not carried out, or they are no
            files that can be read.
        left_over: names of temporary files of a run that was killed.
    """

    store: FileSystemStore
    memory: Memory
    files: dict[str, bytes] = {}
    items: dict[str, Item] = {}
    left: set[str] = field(default_factory=set)
    left_over: list[str] = []
    problems: list[Diagnostic] = []


class _Edit(Struct, frozen=True):
    """One file to be made, replaced or taken away, and what is then known of its event."""

    uid: str
    before: bytes | None
    after: bytes | None
    written: Written | None


class VdirFolder:
    """The folder of one vault.

    Args:
        vault: the vault's folder; None for one in memory.
        settings: the user's settings.
        private: where it is kept what was written.
        editor: the way into notes.
        scribe: who writes what was done to an event.
        publisher: who makes the events.
    """

    def __init__(
        self,
        vault: Path | None,
        settings: Settings,
        private: PrivateFiles,
        editor: Editor,
        scribe: Scribe,
        publisher: Publisher,
    ) -> None:
        self._vault = vault
        self._settings = settings
        self._private = private
        self._editor = editor
        self._scribe = scribe
        self._publisher = publisher
        self._look: _Look | None = None
        """What `carry_out` saw and `publish` goes by; None when nothing is to be written."""

    # -- reading back ----------------------------------------------------------------------------------------

    def carry_out(
        self, snapshot: Snapshot, record: Record, *, notes: bool, dry_run: bool, quiet_seconds: float
    ) -> Taken:
        """Write what was done to events into daily notes and person notes, as ticks are.

        Without `notes`, and where the settings let vaultrel write nothing, nothing is carried out, and the events keep
        what was done to them until it is.
        """
        self._look = None
        if not self._settings.feed.vdir:
            if not dry_run and self._private.get("vdir"):
                self._private.keep("vdir", b"")
            return Taken()
        wanted = {event.uid for _, event in self._publisher.list_followups(snapshot)}
        try:
            look = self._look_around(wanted)
        except WriteRefusedError as refused:
            return Taken(problems=(self._tell(refused.code, f"{refused.path}: {refused.reason}."),))
        if look is None:
            return Taken(problems=(self._tell("vdir-emptied", _EMPTIED),))
        self._look = look
        allowed = notes and self._settings.write != "nothing"
        taken = Taken(problems=tuple(look.problems))
        for uid, tick in _list_said(look, wanted, snapshot.as_of):
            look.left.add(uid)
            if allowed:
                errands = Errands(
                    self._scribe, self._editor, self._settings, snapshot, None if dry_run else record, quiet_seconds
                )
                errands.carry_out([tick])
                if not errands.waiting and all(problem.severity == "info" for problem in errands.problems):
                    look.left.discard(uid)
                problems = tuple(_translate(problem, look.memory.events[uid]) for problem in errands.problems)
                taken += Taken(tuple(errands.edits), tuple(errands.waiting), problems)
        return taken

    def _look_around(self, wanted: Iterable[str]) -> _Look | None:
        """What stands in the folder; None when all that was written there is gone at once.

        Raises:
            WriteRefusedError: the folder cannot be used now.
        """
        folder = _usable_folder(self._settings.feed.vdir, self._vault)
        try:
            names = set(os.listdir(folder))  # noqa: PTH208 - names are all there is to see
        except OSError as error:
            raise WriteRefusedError(str(folder), _NO_FOLDER, f"it cannot be listed: {error.strerror}") from error
        look = _Look(FileSystemStore(folder), decode_memory(self._private.get("vdir"), str(folder)))
        ours = {_file(uid): uid for uid in (*look.memory.events, *wanted)}
        present = {uid for name, uid in ours.items() if name in names}
        look.left_over += [name for name in names if temp_stem(name) in ours]
        if is_emptied(look.memory, present, names):
            return None
        for uid in sorted(present):
            try:
                self._take_file(look, uid, look.store.read(_file(uid)))
            except ReadRefusedError as refused:
                look.left.add(uid)
                look.problems.append(self._tell("vdir-not-ours", f"{_file(uid)} was left alone: {refused.reason}."))
        return look

    def _take_file(self, look: _Look, uid: str, data: bytes) -> None:
        item = read_item(data, uid, self._publisher.zone)
        if item is None and is_of_others(data, uid):
            look.left.add(uid)
            look.problems.append(self._tell("vdir-not-ours", f"{_file(uid)} was left alone: it holds another event."))
            return
        look.files[uid] = data
        if item is not None:
            look.items[uid] = item
        else:
            message = f"{_file(uid)} held no event that can be read; it is written anew."
            look.problems.append(self._tell("vdir-restored", message, "info"))

    # -- writing ---------------------------------------------------------------------------------------------

    def publish(self, snapshot: Snapshot, *, dry_run: bool) -> tuple[tuple[str, ...], tuple[Diagnostic, ...]]:
        """Write the events as they should be.

        What another program added to an event stays until vaultrel has news for it.

        Returns:
            The folder, if anything in it was (or would be) written; and what went wrong.
        """
        look, self._look = self._look, None
        if look is None:
            return (), ()
        known, edits = self._plan(look, self._publisher.list_followups(snapshot))
        problems: list[Diagnostic] = []
        if not dry_run:
            try:
                problems += self._write(look, known, edits)
            except (WriteRefusedError, StorageFailedError) as error:
                problems.append(self._tell("vdir-not-written", error.message, "error"))
        return ((look.memory.folder,) if edits else ()), tuple(problems)

    def _plan(
        self, look: _Look, followups: Iterable[tuple[FollowUp, FeedEvent]]
    ) -> tuple[dict[str, Written], list[_Edit]]:
        """What is known of the events that stay as they are, and the edits that make the others what they should be."""
        known = {uid: written for uid, written in look.memory.events.items() if uid in look.left}
        edits: list[_Edit] = []
        wanted: set[str] = set()
        now = clock.utc_now()
        for followup, event in followups:
            uid = event.uid
            wanted.add(uid)
            if uid in look.left:
                continue
            content, data = digest_content(event), look.files.get(uid)
            before, item = look.memory.events.get(uid), look.items.get(uid)
            if before and data and item and may_stay(before, item, _digest(data), content):
                person, key = followup.person, followup_key(followup)
                known[uid] = replace(before, person=person, key=key, files=(_digest(data),))
                continue
            made = render_item(event, now, data)
            written = self._remember(followup, uid, made, content)
            if made == data:
                known[uid] = written
            else:
                edits.append(_Edit(uid, data, made, written))
        gone = sorted(look.memory.events.keys() - wanted - look.left)
        edits += [_Edit(uid, look.files[uid], None, None) for uid in gone if uid in look.files]
        return known, edits

    def _remember(self, followup: FollowUp, uid: str, made: bytes, content: str) -> Written:
        item = read_item(made, uid, self._publisher.zone)
        assert item is not None, "what was just made can be read"
        return Written(followup.person, followup_key(followup), item.day, item.title, content, (_digest(made),))

    def _write(self, look: _Look, known: dict[str, Written], edits: list[_Edit]) -> list[Diagnostic]:
        """Carry out the edits, so that a run that is interrupted leaves nothing that looks like the user's doing.

        Raises:
            WriteRefusedError, StorageFailedError: what was written cannot be kept on this computer.
        """
        replacing = {
            edit.uid: edit.written.while_replacing(_digest(edit.before))
            for edit in edits
            if edit.written is not None and edit.before is not None
        }
        if replacing:
            self._keep(Memory(look.memory.folder, {**look.memory.events, **replacing}))
        problems: list[Diagnostic] = []
        for edit in edits:
            before, after = look.memory.events.get(edit.uid), edit.written
            try:
                _carry_out(look.store, edit)
            except NoteChangedError:  # the user's own program wrote to it meanwhile: the next scan sees what
                after = before
            except (WriteRefusedError, StorageFailedError) as error:
                after = before
                problems.append(self._tell("vdir-not-written", error.message))
            if after is not None:
                known[edit.uid] = after
        problems += [self._tell(found.code, f"{found.path}: {found.message}") for found in look.store.settle()]
        for name in look.left_over:
            with suppress(OSError):
                Path(look.memory.folder, name).unlink()
        self._keep(Memory(look.memory.folder, known))
        return problems

    def _keep(self, memory: Memory) -> None:
        data = encode_memory(memory)
        if data != self._private.get("vdir"):
            self._private.keep("vdir", data)

    def _tell(self, code: str, message: str, severity: Severity = "warning") -> Diagnostic:
        path = NotePath(self._publisher.feeds.path(self._publisher.feeds.feed()))
        return Diagnostic(path, code, message, severity=severity)


def _file(uid: str) -> str:
    return f"{uid}.ics"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _list_said(look: _Look, wanted: set[str], as_of: dt.date) -> list[tuple[str, Tick]]:
    """What was done to which event."""
    said: list[tuple[str, Tick]] = []
    for uid, written in look.memory.events.items():
        data, item = look.files.get(uid), look.items.get(uid)
        is_unread = uid in look.left or (data is not None and item is None)
        # One that is gone, and whose follow-up is gone too, says nothing.
        if is_unread or (data is None and uid not in wanted):
            continue
        tick = read_change(written, item, _digest(data or b""), as_of)
        if tick is not None:
            said.append((uid, tick))
    return said


def _carry_out(store: FileSystemStore, edit: _Edit) -> None:
    name = _file(edit.uid)
    if edit.before is None:
        assert edit.after is not None, "what is not there is not taken away"
        store.create(name, edit.after)
    elif edit.after is None:
        store.remove(name, edit.before)
    else:
        store.replace(name, edit.before, edit.after)


def _translate(problem: Diagnostic, written: Written) -> Diagnostic:
    """What could not be carried out, told of the person's note instead of a line in the note of follow-ups."""
    code = _CODES.get(problem.code, "vdir-not-carried-out")
    return Diagnostic(written.person, code, problem.message, severity=problem.severity)
