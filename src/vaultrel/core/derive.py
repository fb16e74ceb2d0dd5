"""The whole pipeline, notes to snapshot, as one pure computation, from scratch or step by step.

`derive` is `Derivation` fed once. Equal notes give equal snapshots whatever the order and number of updates that
led to them: `Derivation` keeps nothing that is not a function of the notes it holds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.core.changes import sum_up
from vaultrel.core.classify import classify
from vaultrel.core.context import ContextChoice, MeetingHistory
from vaultrel.core.followups import propose_followup
from vaultrel.core.gist import Gist, NoteRecord, read_gist
from vaultrel.core.interactions import note_evidence
from vaultrel.core.kept_promises import open_promises
from vaultrel.core.network import Network
from vaultrel.core.order import SortedItems, SortedValues
from vaultrel.core.people import NameAnswer, PeopleRegistry
from vaultrel.core.rhythm import TypicalGap, collapse_days
from vaultrel.core.settled_names import SettledName, names_path
from vaultrel.core.standing import Standing
from vaultrel.core.ties import TieMemory, assess_tie, remember_tie
from vaultrel.core.unknown_names import UnknownNames
from vaultrel.core.wording import check_phrases
from vaultrel.errors import SettingsError
from vaultrel.model import (
    Classification,
    ContactDay,
    Diagnostic,
    Fact,
    Interaction,
    Meeting,
    Mention,
    Note,
    NoteEvidence,
    NotePath,
    Person,
    PersonState,
    Promise,
    ResolvedMention,
    Snapshot,
    TieStrength,
)
from vaultrel.settings import DEFAULT_SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, KeysView, Mapping

_LAST = "\U0010ffff"
"""No path comes after it."""

RecallNotes: TypeAlias = "Callable[[Mapping[NotePath, str]], Mapping[NotePath, Note]]"
"""Paths with the digest of each to the notes there."""

_T = TypeVar("_T")
_Told = TypeVar("_Told", Interaction, Promise, Fact)


def derive(notes: Iterable[Note], settings: Settings, as_of: dt.date, settled: Iterable[SettledName] = ()) -> Snapshot:
    """Everything that follows from `notes` on the day `as_of`. Later evidence than `as_of` does not count.

    `settled` are the user's answers to ambiguous and unknown names, one for each question.
    """
    derivation = Derivation(settings)
    derivation.settle(settled)
    derivation.update({note.path: note for note in notes})
    return derivation.snapshot(as_of)


class _Tie(Struct, frozen=True):
    """What the notes say about one person, by the note that says it."""

    interactions: dict[NotePath, tuple[Interaction, ...]]
    promises: dict[NotePath, tuple[Promise, ...]]
    facts: dict[NotePath, tuple[Fact, ...]]


class _Contact(Struct, frozen=True):
    """A person's days of contact, in order, and what they come to."""

    days: tuple[ContactDay, ...]
    memory: TieMemory


class Derivation:
    """The pipeline in its incremental form: takes changed notes, gives snapshots.

    A changed note costs its own reading, the reading of the notes whose names now mean somebody else, and the
    ties of the people in them. So does the snapshot after it, if it is of the same day as the one before, with which it
    shares what nobody changed; of another day, everybody is assessed anew.

    Args:
        settings: the user's settings.
        recall: gives the notes at some paths again, each in the version of the digest, once they have been let go;
            what it raises leaves the derivation of no more use.

    Raises:
        SettingsError: a phrase of the user's own does not fit.
    """

    def __init__(self, settings: Settings = DEFAULT_SETTINGS, recall: RecallNotes | None = None) -> None:
        if problems := check_phrases(settings.phrases):
            raise SettingsError("The settings", problems)
        self._settings = settings
        self._recall = recall
        self._gists: dict[NotePath, Gist] = {}
        self._notes: dict[NotePath, Note] = {}
        """The notes that have not been let go, and what they are taken for."""
        self._classes: dict[NotePath, Classification] = {}
        self._contents = 0
        """Sums up the notes held, whatever their order; see `made_of`."""
        self._people: dict[NotePath, Person] = {}
        self._registry = PeopleRegistry(settings)
        self._owners: set[NotePath] = set()
        self._settled: tuple[SettledName, ...] = ()
        self._settled_in: dict[NotePath, dict[str, NameAnswer]] = {}
        """Note to what the user says a name means in it, by comparison key."""
        self._history = MeetingHistory(settings)
        self._choices: dict[NotePath, tuple[ContextChoice, ...]] = {}
        """Meeting to the attendees that context settles in it, where there are any."""
        self._without_context: dict[NotePath, NoteEvidence] = {}
        """What those meetings say if context settles nothing."""
        self._evidence: dict[NotePath, NoteEvidence] = {}
        self._mentions: SortedItems[ResolvedMention] = SortedItems(attrgetter("path"))
        self._ambiguous: SortedItems[ResolvedMention] = SortedItems(attrgetter("path"))
        self._contact_mentions: SortedItems[ResolvedMention] = SortedItems(lambda m: (m.day, m.path))
        self._meetings: SortedItems[Meeting] = SortedItems(lambda m: (m.day, m.time or dt.time.min, m.path))
        self._interactions: SortedItems[Interaction] = SortedItems(lambda i: (i.day, i.person, i.path, i.line))
        self._unknown_names = UnknownNames()
        self._diagnostics: SortedValues[Diagnostic] = SortedValues(
            lambda d: (d.path, d.line, d.column, d.code, d.message, d.severity)
        )
        self._settled_diagnostics: tuple[Diagnostic, ...] = ()
        self._readers: defaultdict[str, set[NotePath]] = defaultdict(set)
        """Comparison key to the notes whose evidence depends on what it means."""
        self._ties: dict[NotePath, _Tie] = {}
        self._contact: dict[NotePath, _Contact] = {}
        self._changed_from: dict[NotePath, dt.date] = {}
        """Person to the first day on which contact may have changed since theirs was taken in."""
        self._network = Network()
        self._typical_gap = TypicalGap()
        self._standing: Standing | None = None
        """How everybody stands on the day of the last snapshot."""
        self._touched: set[NotePath] = set()
        """The notes and people of whom something else is known since then."""
        self._news: set[NotePath] = set()
        """Notes of which something else is known than `take_news` has told."""

    def digest(self, path: NotePath) -> str | None:
        """The digest of the note held at `path`, None if there is none."""
        gist = self._gists.get(path)
        return gist.digest if gist is not None else None

    @property
    def paths(self) -> KeysView[NotePath]:
        """Where the notes held are."""
        return self._gists.keys()

    def notes(self, paths: Iterable[NotePath]) -> dict[NotePath, Note]:
        """The notes held of those at the paths."""
        held = [path for path in paths if path in self._gists]
        gone = {path: self._gists[path].digest for path in held if path not in self._notes}
        recalled = self._recall(gone) if gone and self._recall is not None else {}
        # The notes of people are asked for by whoever publishes or writes, one after the other.
        self._notes.update((path, note) for path, note in recalled.items() if path in self._people)
        return {path: self._notes.get(path) or recalled[path] for path in held}

    @property
    def daily_notes(self) -> dict[NotePath, dt.date]:
        """The daily notes held, with their days."""
        return {path: gist.daily for path, gist in self._gists.items() if gist.daily is not None}

    @property
    def held_count(self) -> int:
        """How many notes have not been let go."""
        return len(self._notes)

    def let_go(self, but: Collection[NotePath] = ()) -> None:
        """Hold no note any longer, `but` some: from now on `recall` gives those that are needed again."""
        self._notes = {path: self._notes[path] for path in but if path in self._notes}
        self._classes = {path: self._classes[path] for path in but if path in self._classes}

    @property
    def made_of(self) -> str:
        """All that is known follows from, as one digest: the notes and the user's answers."""
        answers = (repr((each.name, each.person, each.note, each.line)) for each in self._settled)
        parts = (f"{self._contents:x}", str(len(self._gists)), *answers)
        return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def settled(self) -> tuple[SettledName, ...]:
        """The user's answers to names that were given last."""
        return self._settled

    def take_news(self) -> tuple[NotePath, ...]:
        """The notes of which `record` says something else than when this was last asked, or which are gone."""
        news = tuple(self._news)
        self._news.clear()
        return news

    def records(self, paths: Iterable[NotePath] | None = None) -> Iterator[NoteRecord]:
        """What is known of the notes held at some of the paths, or everywhere; see `restore`."""
        for path in self._gists if paths is None else paths:
            if path in self._gists:
                yield NoteRecord(self._gists[path], self._evidence[path], self._without_context.get(path))

    def restore(self, records: Collection[NoteRecord], settled: Iterable[SettledName]) -> None:
        """Know what another derivation knew that held nothing else, as if the notes had been taken in and let go.

        Only a derivation that holds nothing yet can.

        Args:
            records: all that it knew, under the same settings.
            settled: the answers that it went by.
        """
        for record in records:
            self._set_gist(record.gist.path, record.gist)
        self._settled = tuple(settled)
        self._apply_settled()
        for record in records:
            self._history.update(record.gist.path, record.without_context or record.evidence, self._registry)
        for record in records:
            self._set_evidence(record.gist.path, record.evidence, record.without_context)
        self._keep_in_order([], [record.evidence for record in records])
        self._diagnostics.swap((), self._list_diagnostics(self._gists))
        self._settle_up()
        self._news.clear()

    def update(self, changes: Mapping[NotePath, Note | None]) -> None:
        """Take in notes that are new or changed, and forget those given as None."""
        changed = {path: note for path, note in changes.items() if (note.digest if note else None) != self.digest(path)}
        keys: set[str] = set()
        before = [*self._list_diagnostics(changed)]
        for path, note in changed.items():
            keys |= self._set_note(path, note)
        self._diagnostics.swap(before, self._list_diagnostics(changed))
        self._touched |= changed.keys()
        self._read_again(keys, set(changed))

    def settle(self, answers: Iterable[SettledName]) -> None:
        """Replace the user's answers to ambiguous and unknown names, one for each question."""
        self._settled = tuple(answers)
        self._read_again(set(), set())

    def _read_again(self, keys: set[str], stale: set[NotePath]) -> None:
        """Make the evidence anew of the stale notes, and of those for which a name may now mean somebody else.

        Args:
            keys: the comparison keys whose answer may have changed.
            stale: notes that have changed themselves.
        """
        settled_keys, settled_notes = self._apply_settled()
        keys |= settled_keys
        stale = (stale | settled_notes).union(*(self._readers[key] for key in keys if key in self._readers))
        bases = self._base_evidence(stale)
        unsure: set[NotePath] = set()
        for path, base in bases.items():
            unsure |= self._history.update(path, base, self._registry)
        bases |= self._base_evidence(
            path for path in unsure if path not in bases and self._history.choices(path) != self._choices.get(path, ())
        )
        evidence = {path: self._in_context(path, base) for path, base in bases.items()}
        before = {path: self._evidence.get(path) for path in bases}
        for path, found in evidence.items():
            self._touched |= self._set_evidence(path, *found)
        pairs = [(old, new) for path, old in before.items() if (new := self._evidence.get(path)) is not old]
        self._keep_in_order([old for old, _ in pairs if old is not None], [new for _, new in pairs if new is not None])
        self._settle_up()

    def _settle_up(self) -> None:
        """Bring in step what follows from evidence: contact that may have changed, and answers that lead nowhere."""
        for person, day in self._changed_from.items():
            self._take_contact(person, day)
        self._changed_from.clear()
        settled_diagnostics = tuple(self._diagnose_settled())
        self._diagnostics.swap(self._settled_diagnostics, settled_diagnostics)
        self._settled_diagnostics = settled_diagnostics

    def _list_diagnostics(self, paths: Iterable[NotePath]) -> Iterator[Diagnostic]:
        """What is wrong with some notes by themselves."""
        for path in paths:
            if path in self._gists:
                yield from self._gists[path].diagnostics

    def _set_note(self, path: NotePath, note: Note | None) -> frozenset[str]:
        """Hold the note; returns the comparison keys that may now mean something else."""
        if note is None:
            self._notes.pop(path, None)
            self._classes.pop(path, None)
            return self._set_gist(path, None)
        self._notes[path] = note
        self._classes[path] = classify(note, self._settings)
        return self._set_gist(path, read_gist(note, self._classes[path], self._settings))

    def _set_gist(self, path: NotePath, gist: Gist | None) -> frozenset[str]:
        """Hold what a note is by itself; returns the comparison keys that may now mean something else."""
        self._news.add(path)
        if (old := self._gists.pop(path, None)) is not None:
            self._contents ^= sum_up(path, old.digest)
            self._people.pop(path, None)
            self._owners.discard(path)
        if gist is None:
            self._network.set_note(path, None, None)
            return self._registry.update(path, None, exists=False)
        self._gists[path] = gist
        self._contents ^= sum_up(path, gist.digest)
        self._network.set_note(path, gist.dated, gist.wish)
        keys = self._registry.update(path, gist.person, exists=True)
        if gist.person is not None:
            self._people[path] = gist.person
            if self._registry.is_owner(path):
                self._owners.add(path)
        return keys

    def _apply_settled(self) -> tuple[frozenset[str], set[NotePath]]:
        """Follow the links in the user's answers; returns the keys and the notes for which that changed something."""
        everywhere: dict[str, NotePath | None] = {}
        within: dict[NotePath, dict[str, NameAnswer]] = {}
        for settled in self._settled:
            person = self._meant_by(settled)
            key, _ = settled.question
            if settled.note is None:
                everywhere[settled.name] = person
            elif (answer := self._settled_answer(person)) is not None:
                within.setdefault(self._follow(settled.note), {})[key] = answer
        notes = {
            path for path in within.keys() | self._settled_in.keys() if within.get(path) != self._settled_in.get(path)
        }
        self._settled_in = within
        return self._registry.settle(everywhere), notes & self._gists.keys()

    def _settled_answer(self, person: NotePath | None) -> NameAnswer | None:
        """What an answer for one note means; None where it leads to no person."""
        if person is None:
            return NameAnswer("nobody", how="settled")
        return NameAnswer("resolved", person, "settled") if person in self._people else None

    def _meant_by(self, settled: SettledName) -> NotePath | None:
        """The person in an answer of the user; None for nobody, or for the user: neither is a contact."""
        if settled.person is None or self._linked(settled.person).kind == "owner":
            return None
        return self._follow(settled.person)

    def _follow(self, target: NotePath) -> NotePath:
        """The note to which a link in the names note leads; what the link says, where it leads nowhere."""
        answer = self._linked(target)
        # An alias is no place: it may itself be what has to be settled.
        return answer.path if answer.path is not None and answer.how in {"file", "path"} else target

    def _linked(self, target: NotePath) -> NameAnswer:
        return self._registry.resolve(Mention("wikilink", target[:-3], target, 0, 0), names_path(self._settings))

    def _base_evidence(self, paths: Iterable[NotePath]) -> dict[NotePath, NoteEvidence | None]:
        """What each of the notes says without the others; None when it is gone."""
        paths = tuple(paths)
        notes = self.notes(paths)
        return {
            path: self._note_evidence(notes[path], self._settled_in.get(path, {})) if path in notes else None
            for path in paths
        }

    def _note_evidence(self, note: Note, chosen: Mapping[str, NameAnswer]) -> NoteEvidence:
        classification = self._classes.get(note.path) or classify(note, self._settings)
        return note_evidence(note, classification, self._registry, self._settings, chosen)

    def _in_context(self, path: NotePath, base: NoteEvidence | None) -> tuple[NoteEvidence | None, NoteEvidence | None]:
        """What one note says, names settled by context; and what it says without, where context settles any."""
        choices = self._history.choices(path) if base is not None else ()
        if base is None or not choices:
            return base, None
        context = {choice.key: NameAnswer("resolved", choice.person, "context") for choice in choices}
        (note,) = self.notes((path,)).values()
        settled = self._note_evidence(note, {**self._settled_in.get(path, {}), **context})
        said = (*settled.diagnostics, *(choice.diagnostic(path) for choice in choices))
        return replace(settled, keys=settled.keys | base.keys, diagnostics=said), base

    def _set_evidence(
        self, path: NotePath, evidence: NoteEvidence | None, without_context: NoteEvidence | None
    ) -> set[NotePath]:
        """Hold what one note says; returns the people it spoke of before or speaks of now."""
        self._news.add(path)
        old = self._evidence.pop(path, None)
        touched = self._forget(old) if old is not None else set()
        self._choices.pop(path, None)
        self._without_context.pop(path, None)
        if evidence is not None:
            # What a note says as before stays the same object, so that whoever looks for changes finds none.
            evidence = old if old == evidence else evidence
            touched |= self._remember(evidence)
        if without_context is not None:
            self._choices[path] = self._history.choices(path)
            self._without_context[path] = without_context
        self._network.swap_evidence(path, old, evidence)
        for person, day, *_ in _contact_in(old) ^ _contact_in(evidence):
            self._changed_from[person] = min(day, self._changed_from.get(person, day))
        return touched

    def _keep_in_order(self, gone: list[NoteEvidence], come: list[NoteEvidence]) -> None:
        self._mentions.swap(*_of_both(gone, come, lambda each: each.mentions))
        self._ambiguous.swap(*_of_both(gone, come, _ambiguous_in))
        self._contact_mentions.swap(*_of_both(gone, come, _contact_mentions_in))
        self._meetings.swap(*_of_both(gone, come, lambda each: () if each.meeting is None else (each.meeting,)))
        self._interactions.swap(*_of_both(gone, come, lambda each: each.interactions))
        self._diagnostics.swap(*_of_both(gone, come, lambda each: each.diagnostics))
        self._unknown_names.swap(gone, come)

    def _take_contact(self, person: NotePath, since: dt.date) -> None:
        """Take in a person's contact anew from the day `since`: what is later than all before costs one step."""
        known = self._contact.pop(person, None) or _Contact((), remember_tie((), self._settings))
        unchanged = known.days[: bisect_left(known.days, since, key=attrgetter("day"))]
        memory = known.memory if len(unchanged) == len(known.days) else remember_tie(unchanged, self._settings)
        tie = self._ties.get(person)
        told = tie.interactions.values() if tie else ()
        later = collapse_days(found for interactions in told for found in interactions if found.day >= since)
        days = unchanged + later
        if days:
            self._contact[person] = _Contact(days, remember_tie(later, self._settings, memory))
        self._typical_gap.set_tie(person, days)

    def _forget(self, evidence: NoteEvidence) -> set[NotePath]:
        for key in evidence.keys:
            self._readers[key].discard(evidence.path)
            if not self._readers[key]:
                del self._readers[key]
        people = _people_in(evidence)
        for person in people:
            tie = self._ties[person]
            tie.interactions.pop(evidence.path, None)
            tie.promises.pop(evidence.path, None)
            tie.facts.pop(evidence.path, None)
            if not (tie.interactions or tie.promises or tie.facts):
                del self._ties[person]
        return people

    def _remember(self, evidence: NoteEvidence) -> set[NotePath]:
        self._evidence[evidence.path] = evidence
        for key in evidence.keys:
            self._readers[key].add(evidence.path)
        people = _people_in(evidence)
        for person in people:
            self._ties.setdefault(person, _Tie({}, {}, {}))
        for person, interactions in _by_person(evidence.interactions).items():
            self._ties[person].interactions[evidence.path] = interactions
        for person, promises in _by_person(evidence.promises).items():
            self._ties[person].promises[evidence.path] = promises
        for person, facts in _by_person(evidence.facts).items():
            self._ties[person].facts[evidence.path] = facts
        return people

    def snapshot(self, as_of: dt.date) -> Snapshot:
        """Everything that follows from the notes held, on the day `as_of`."""
        if self._standing is None or self._standing.as_of != as_of:
            self._standing = Standing(as_of, self._network, self._typical_gap, self._settings)
            self._touched = set(self._people)
        self._standing.update(self._touched, partial(self._assess, as_of=as_of))
        self._touched = set()
        owners = tuple(self._people[path] for path in sorted(self._owners))
        planned, waiting = self._standing.plan(owners)
        # Mentions in a note of a day to come are not contact yet, and what is to be on that day is not held.
        ahead = [(found, replace(found, contact=False)) for found in self._contact_mentions.after((as_of, _LAST))]
        unheld = [
            (meeting, replace(meeting, held=False))
            for meeting in self._meetings.after((as_of, dt.time.max, _LAST))
            if meeting.held
        ]
        return Snapshot(
            as_of=as_of,
            note_count=len(self._gists),
            owners=owners,
            people=self._standing.people(),
            meetings=self._meetings.all_but(unheld),
            mentions=self._mentions.all_but(ahead),
            ambiguous=self._ambiguous.all_but(pair for pair in ahead if pair[0].resolution == "ambiguous"),
            interactions=self._interactions.until((as_of, _LAST)),
            followups=planned,
            waiting=waiting,
            unknown_names=self._unknown_names.all(),
            diagnostics=self._diagnostics.all(),
            months=self._standing.months(),
        )

    def _assess(self, path: NotePath, as_of: dt.date) -> PersonState | None:
        """How the tie with the person of a note stands; None where that is nobody, or the owner."""
        if path not in self._people or path in self._owners:
            return None
        person, contact = self._people[path], self._contact.get(path)
        days = contact.days[: bisect_right(contact.days, as_of, key=attrgetter("day"))] if contact else ()
        typical_gap = self._typical_gap.before(days[-1].day if days else as_of)
        whole = contact is not None and len(days) == len(contact.days)
        memory = contact.memory if contact and whole else remember_tie(days, self._settings)
        tie = self._ties.get(path)
        interactions = tuple(
            sorted(
                (found for found in _flatten(tie.interactions) if found.day <= as_of) if tie else (),
                key=lambda i: (i.day, i.path, i.line),
            )
        )
        promises = tuple(
            sorted(_flatten(tie.promises) if tie else (), key=lambda p: (p.due or dt.date.max, p.path, p.line))
        )
        if promises and tie:
            promises = open_promises(
                promises, (line for path in tie.interactions for line in self._gists[path].about_promises), as_of
            )
        facts = tuple(
            sorted(
                (found for found in _flatten(tie.facts) if found.noted is None or found.noted <= as_of) if tie else (),
                key=lambda f: (f.day or dt.date.max, f.path, f.line),
            )
        )
        state = PersonState(
            person=person,
            tie=assess_tie(person, days, memory, interactions, typical_gap, self._settings, as_of),
            days=days,
            interactions=interactions,
            promises=promises,
            facts=facts,
        )
        return replace(state, followup=propose_followup(state, memory, self._settings, as_of))

    def tie_if(
        self, person: NotePath, on: dt.date, *, known_until: dt.date, contact: Interaction | None = None
    ) -> TieStrength:
        """How the tie with a person stands on the day `on`, going by what is known until another day.

        Args:
            person: path of a person note that is held.
            on: the day asked about; silence is taken to last from `known_until` until then.
            known_until: what happens after this day does not count.
            contact: a contact to take for one that happened, on whatever day it says.
        """
        tie = self._ties.get(person)
        found = [each for each in _flatten(tie.interactions) if each.day <= min(known_until, on)] if tie else []
        if contact is not None:
            found.append(contact)
        days = collapse_days(found)
        memory = remember_tie(days, self._settings)
        typical_gap = self._typical_gap.before(days[-1].day if days else on)
        return assess_tie(self._people[person], days, memory, found, typical_gap, self._settings, on)

    def _diagnose_settled(self) -> Iterator[Diagnostic]:
        """The user's answers that lead to no person, and so count for nothing."""
        for settled in self._settled:
            person = self._meant_by(settled)
            if person is not None and person not in self._people:
                message = f"{settled.name!r} is settled as {settled.person}, and no note about a person is there."
                yield Diagnostic(names_path(self._settings), "answer-without-person", message, settled.line)


def _by_person(told: tuple[_Told, ...]) -> dict[NotePath, tuple[_Told, ...]]:
    if not told:
        return {}
    found: defaultdict[NotePath, list[_Told]] = defaultdict(list)
    for item in told:
        found[item.person].append(item)
    return {person: tuple(items) for person, items in found.items()}


def _flatten(by_note: Mapping[NotePath, tuple[_T, ...]]) -> list[_T]:
    return [item for path in sorted(by_note) for item in by_note[path]]


def _contact_in(evidence: NoteEvidence | None) -> set[tuple[NotePath, dt.date, int, str, str]]:
    """All that days of contact are made of, and nothing that changes when a line moves."""
    found = evidence.interactions if evidence is not None else ()
    return {(each.person, each.day, each.present, each.direction, each.kind) for each in found}


def _people_in(evidence: NoteEvidence) -> set[NotePath]:
    told = (evidence.interactions, evidence.promises, evidence.facts)
    return {found.person for items in told for found in items}


def _of_both(
    gone: Iterable[NoteEvidence], come: Iterable[NoteEvidence], items: Callable[[NoteEvidence], Iterable[_T]]
) -> tuple[list[_T], list[_T]]:
    """What is in the evidence that goes, and in that which comes."""
    old, new = ([item for each in some for item in items(each)] for some in (gone, come))
    return old, new


def _ambiguous_in(evidence: NoteEvidence) -> list[ResolvedMention]:
    return [found for found in evidence.mentions if found.resolution == "ambiguous"]


def _contact_mentions_in(evidence: NoteEvidence) -> list[ResolvedMention]:
    return [found for found in evidence.mentions if found.contact and found.day is not None]
