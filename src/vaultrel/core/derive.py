"""The whole pipeline, notes to snapshot, as one pure computation, from scratch or step by step.

`derive` is `Derivation` fed once. Equal notes give equal snapshots whatever the order and number of updates that
led to them: `Derivation` keeps nothing that is not a function of the notes it holds.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from vaultrel.core.classify import classify
from vaultrel.core.context import ContextChoice, MeetingHistory
from vaultrel.core.followups import compose_followup, counts_as_tie, propose_followup
from vaultrel.core.interactions import note_evidence
from vaultrel.core.kept_promises import open_promises
from vaultrel.core.network import Ground, Network, Survey
from vaultrel.core.order import SortedItems
from vaultrel.core.people import NameAnswer, PeopleRegistry, person_diagnostics, read_person
from vaultrel.core.plan import plan_followups
from vaultrel.core.rhythm import TypicalGap, collapse_days
from vaultrel.core.settled_names import SettledName, names_path
from vaultrel.core.text import fold_name
from vaultrel.core.ties import TieMemory, assess_tie, remember_tie
from vaultrel.core.wording import check_phrases
from vaultrel.errors import SettingsError
from vaultrel.model import (
    Classification,
    ContactDay,
    Diagnostic,
    Evidence,
    Fact,
    FollowUp,
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
    UnknownName,
)
from vaultrel.settings import DEFAULT_SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LAST = "\U0010ffff"
"""No path comes after it."""

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
    ties of the people in them.
    """

    def __init__(self, settings: Settings = DEFAULT_SETTINGS) -> None:
        """Raises `SettingsError` where a phrase of the user's own does not fit."""
        if problems := check_phrases(settings.phrases):
            raise SettingsError("The settings", problems)
        self._settings = settings
        self._notes: dict[NotePath, Note] = {}
        self._classes: dict[NotePath, Classification] = {}
        self._people: dict[NotePath, Person] = {}
        self._person_diagnostics: dict[NotePath, tuple[Diagnostic, ...]] = {}
        self._registry = PeopleRegistry(settings)
        self._settled: tuple[SettledName, ...] = ()
        self._settled_in: dict[NotePath, dict[str, NameAnswer]] = {}
        """Note to what the user says a name means in it, by comparison key."""
        self._history = MeetingHistory(settings)
        self._choices: dict[NotePath, tuple[ContextChoice, ...]] = {}
        """Meeting to the attendees that context settles in it, where there are any."""
        self._evidence: dict[NotePath, NoteEvidence] = {}
        self._told: SortedItems[NoteEvidence] = SortedItems(attrgetter("path"))
        self._meetings: SortedItems[Meeting] = SortedItems(lambda m: (m.day, m.time or dt.time.min, m.path))
        self._interactions: SortedItems[Interaction] = SortedItems(lambda i: (i.day, i.person, i.path, i.line))
        self._readers: defaultdict[str, set[NotePath]] = defaultdict(set)
        """Comparison key to the notes whose evidence depends on what it means."""
        self._ties: dict[NotePath, _Tie] = {}
        self._contact: dict[NotePath, _Contact] = {}
        self._changed_from: dict[NotePath, dt.date] = {}
        """Person to the first day on which contact may have changed since theirs was taken in."""
        self._network = Network()
        self._typical_gap = TypicalGap()
        self._states: dict[NotePath, tuple[dt.date, float, PersonState]] = {}
        """Assessed ties, with the day and typical gap they were assessed for."""
        self._words: dict[NotePath, tuple[tuple[FollowUp, PersonState, Ground, dt.date], FollowUp]] = {}
        """Follow-ups in words, with all that these rest on."""

    @property
    def notes(self) -> Mapping[NotePath, Note]:
        """The notes held, by path."""
        return self._notes

    def note(self, path: NotePath) -> Note | None:
        """The note at `path`, None if there is none."""
        return self._notes.get(path)

    def update(self, changes: Mapping[NotePath, Note | None]) -> None:
        """Take in notes that are new or changed, and forget those given as None."""
        changed = {path: note for path, note in changes.items() if note != self._notes.get(path)}
        keys: set[str] = set()
        for path, note in changed.items():
            keys |= self._set_note(path, note)
        touched = {path for path in changed if path in self._people or path in self._states}
        self._read_again(keys, set(changed), touched)

    def settle(self, answers: Iterable[SettledName]) -> None:
        """Replace the user's answers to ambiguous and unknown names, one for each question."""
        self._settled = tuple(answers)
        self._read_again(set(), set(), set())

    def _read_again(self, keys: set[str], stale: set[NotePath], touched: set[NotePath]) -> None:
        """Make the evidence anew of the stale notes, and of those for which a name may now mean somebody else.

        Args:
            keys: the comparison keys whose answer may have changed.
            stale: notes that have changed themselves.
            touched: people to assess anew, whatever the evidence.
        """
        settled_keys, settled_notes = self._apply_settled()
        keys |= settled_keys
        stale = (stale | settled_notes).union(*(self._readers[key] for key in keys if key in self._readers))
        bases = {path: self._base_evidence(path) for path in stale}
        unsure: set[NotePath] = set()
        for path, base in bases.items():
            unsure |= self._history.update(path, base, self._registry)
        for path in unsure:
            if self._history.choices(path) != self._choices.get(path, ()) and path not in bases:
                bases[path] = self._base_evidence(path)
        before = [self._evidence[path] for path in bases if path in self._evidence]
        for path, base in bases.items():
            touched |= self._set_evidence(path, base)
        self._keep_in_order(before, [self._evidence[path] for path in bases if path in self._evidence])
        for person in touched:
            self._states.pop(person, None)
            self._words.pop(person, None)
        for person, day in self._changed_from.items():
            self._take_contact(person, day)
        self._changed_from.clear()

    def _set_note(self, path: NotePath, note: Note | None) -> frozenset[str]:
        """Hold the note; returns the comparison keys that may now mean something else."""
        if note is None:
            del self._notes[path], self._classes[path]
            self._network.set_note(path, None, None)
            self._people.pop(path, None)
            self._person_diagnostics.pop(path, None)
            return self._registry.update(path, None, exists=False)
        self._notes[path] = note
        self._classes[path] = classify(note, self._settings)
        self._network.set_note(path, note, self._classes[path])
        if self._classes[path].kind == "person":
            self._people[path] = read_person(note, self._settings)
            self._person_diagnostics[path] = person_diagnostics(note, self._settings)
        else:
            self._people.pop(path, None)
            self._person_diagnostics.pop(path, None)
        return self._registry.update(path, self._people.get(path), exists=True)

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
        return self._registry.settle(everywhere), notes & self._notes.keys()

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

    def _base_evidence(self, path: NotePath) -> NoteEvidence | None:
        """What one note says without the others; None when it is gone."""
        note = self._notes.get(path)
        return None if note is None else self._note_evidence(note, self._settled_in.get(path, {}))

    def _note_evidence(self, note: Note, chosen: Mapping[str, NameAnswer]) -> NoteEvidence:
        return note_evidence(note, self._classes[note.path], self._registry, self._settings, chosen)

    def _set_evidence(self, path: NotePath, evidence: NoteEvidence | None) -> set[NotePath]:
        """Hold what one note says, names settled by context; returns the people it spoke of before or speaks of now."""
        old = self._evidence.pop(path, None)
        touched = self._forget(old) if old is not None else set()
        self._choices.pop(path, None)
        if evidence is not None:
            if choices := self._history.choices(path):
                self._choices[path] = choices
                context = {choice.key: NameAnswer("resolved", choice.person, "context") for choice in choices}
                settled = self._note_evidence(self._notes[path], {**self._settled_in.get(path, {}), **context})
                said = (*settled.diagnostics, *(choice.diagnostic(path) for choice in choices))
                evidence = replace(settled, keys=settled.keys | evidence.keys, diagnostics=said)
            touched |= self._remember(evidence)
        self._network.set_evidence(path, evidence)
        for person, day, *_ in _contact_in(old) ^ _contact_in(evidence):
            self._changed_from[person] = min(day, self._changed_from.get(person, day))
        return touched

    def _keep_in_order(self, gone: list[NoteEvidence], come: list[NoteEvidence]) -> None:
        self._told.swap(gone, come)
        self._meetings.swap(*([each.meeting for each in some if each.meeting is not None] for some in (gone, come)))
        self._interactions.swap(*([found for each in some for found in each.interactions] for some in (gone, come)))

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
        people = [
            self._state(self._people[path], as_of) for path in sorted(self._people) if not self._registry.is_owner(path)
        ]
        proposals = [state.followup for state in people if state.followup is not None]
        owners = tuple(self._people[path] for path in sorted(self._people) if self._registry.is_owner(path))
        survey = Survey(self._network, filter(counts_as_tie, people), owners, as_of)
        planned, waiting = (
            self._put_in_words(followups, survey, as_of)
            for followups in plan_followups(proposals, self._settings.plan, as_of)
        )
        placed = {followup.person: followup for followup in (*planned, *waiting)}
        meetings = tuple(_held_by(meeting, as_of) for meeting in self._meetings)
        mentions = tuple(_counted_by(mention, as_of) for found in self._told for mention in found.mentions)
        return Snapshot(
            as_of=as_of,
            note_count=len(self._notes),
            owners=owners,
            people=tuple(_with_followup(state, placed.get(state.person.path)) for state in people),
            meetings=meetings,
            mentions=mentions,
            interactions=self._interactions.until((as_of, _LAST)),
            followups=planned,
            waiting=waiting,
            unknown_names=_unknown_names(meetings, mentions),
            diagnostics=self._diagnostics(),
        )

    def _put_in_words(self, followups: Iterable[FollowUp], survey: Survey, as_of: dt.date) -> tuple[FollowUp, ...]:
        """The follow-ups with their words, found anew only where the person, their ground or the day has changed."""
        told = []
        for followup in followups:
            _, _, state = self._states[followup.person]
            ground = survey.find_ground(state, followup.planned or max(followup.due, as_of))
            asked = (followup, state, ground, as_of)
            kept = self._words.get(followup.person)
            if kept is None or kept[0] != asked:
                kept = (asked, compose_followup(followup, state, ground, self._settings, as_of))
                self._words[followup.person] = kept
            told.append(kept[1])
        return tuple(told)

    def _state(self, person: Person, as_of: dt.date) -> PersonState:
        """The tie with one person, kept until their evidence, the day or the typical gap before it changes."""
        contact = self._contact.get(person.path)
        days = contact.days[: bisect_right(contact.days, as_of, key=attrgetter("day"))] if contact else ()
        typical_gap = self._typical_gap.before(days[-1].day if days else as_of)
        kept = self._states.get(person.path)
        if kept is not None and kept[:2] == (as_of, typical_gap):
            return kept[2]
        whole = contact is not None and len(days) == len(contact.days)
        memory = contact.memory if contact and whole else remember_tie(days, self._settings)
        tie = self._ties.get(person.path)
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
            promises = open_promises(promises, (self._notes[path] for path in tie.interactions), as_of)
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
        state = replace(state, followup=propose_followup(state, memory, self._settings, as_of))
        self._states[person.path] = (as_of, typical_gap, state)
        return state

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

    def _diagnostics(self) -> tuple[Diagnostic, ...]:
        found = {
            *(diagnostic for note in self._notes.values() for diagnostic in note.diagnostics),
            *(diagnostic for evidence in self._evidence.values() for diagnostic in evidence.diagnostics),
            *(diagnostic for found in self._person_diagnostics.values() for diagnostic in found),
            *self._settled_diagnostics(),
        }
        return tuple(sorted(found, key=lambda d: (d.path, d.line, d.column, d.code, d.message)))

    def _settled_diagnostics(self) -> Iterator[Diagnostic]:
        """The user's answers that lead to no person, and so count for nothing."""
        for settled in self._settled:
            person = self._meant_by(settled)
            if person is not None and person not in self._people:
                message = f"{settled.name!r} is settled as {settled.person}, and no note about a person is there."
                yield Diagnostic(names_path(self._settings), "answer-without-person", message, settled.line)


def _by_person(told: Iterable[_Told]) -> dict[NotePath, tuple[_Told, ...]]:
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


def _with_followup(state: PersonState, followup: FollowUp | None) -> PersonState:
    return state if state.followup == followup else replace(state, followup=followup)


def _held_by(meeting: Meeting, as_of: dt.date) -> Meeting:
    return meeting if meeting.day <= as_of or not meeting.held else replace(meeting, held=False)


def _counted_by(mention: ResolvedMention, as_of: dt.date) -> ResolvedMention:
    """A mention in a note of a day to come is not contact yet."""
    ahead = mention.contact and mention.day is not None and mention.day > as_of
    return replace(mention, contact=False) if ahead else mention


def _unknown_names(meetings: Iterable[Meeting], mentions: Iterable[ResolvedMention]) -> tuple[UnknownName, ...]:
    """Names of attendees that no person note answers to, the most frequent first."""
    ambiguous = {(m.path, m.mention.line, m.mention.column) for m in mentions if m.resolution == "ambiguous"}
    places: defaultdict[str, list[Evidence]] = defaultdict(list)
    shown: dict[str, str] = {}
    for meeting in meetings:
        for attendee in meeting.attendees:
            if attendee.path is None and (meeting.path, attendee.line, attendee.column) not in ambiguous:
                key = fold_name(attendee.name)
                shown[key] = min(shown.get(key, attendee.name), attendee.name)
                places[key].append(Evidence(meeting.path, attendee.line, day=meeting.day))
    found = [
        UnknownName(shown[key], len(where), tuple(sorted(where, key=lambda e: (e.day or dt.date.min, e.path, e.line))))
        for key, where in places.items()
    ]
    return tuple(sorted(found, key=lambda name: (-name.count, name.name)))
