"""Law 4, for words: every sentence said of a person is one of our phrases, filled with what a line of a note says."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel.app import open_vault
from vaultrel.core.person_notes import note_stem
from vaultrel.core.wording import PHRASES, quote_line
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vaultrel.model import Evidence, FollowUp, Snapshot

TESTS = Path(__file__).parents[1]
SAMPLE_VAULT = TESTS.parent / "sample_vault"
HISTORIES = tomllib.loads((TESTS / "core" / "data" / "advice.toml").read_text("utf-8"))

PLACEHOLDERS = {
    "day": r"\d{1,2} [A-Z][a-z]{2} \d{4}",
    "first": r"\d{1,2} [A-Z][a-z]{2} \d{4}",
    "days": r"\d+",
    "count": r"\d+",
    "years": r"\d+",
    "age": r"\d+",
    "kind": "|".join(words for name, words in PHRASES.items() if name.startswith("kind-")),
}
"""What our own words may be where no line of a note speaks."""


def _sentence(phrase: str) -> re.Pattern[str]:
    """The phrase with a group for each placeholder; a stop after the quote may have been left out."""
    pattern = re.escape(phrase).replace(r"\{", "{").replace(r"\}", "}")
    pattern = re.sub(r"”\\\.$", r"”\\.?", pattern)
    return re.compile(re.sub(r"\{(\w+)\}", lambda name: f"(?P<{name[1]}>{PLACEHOLDERS.get(name[1], '.+?')})", pattern))


SENTENCES = {
    name: _sentence(phrase)
    for name, phrase in PHRASES.items()
    if name not in {"months", "day"} and not name.startswith("kind-")
}


class Tracer:
    """Finds for the words of a follow-up the phrases and the lines of the notes they come from."""

    def __init__(self, files: Mapping[str, bytes], snapshot: Snapshot) -> None:
        self._lines = {path: data.decode("utf-8-sig", "replace").split("\n") for path, data in files.items()}
        self._names = {state.person.path: state.person.name for state in snapshot.people}
        self.used: set[str] = set()

    def trace(self, words: str, followup: FollowUp) -> bool:
        """All of `words` is a row of phrases whose facts stand in the follow-up's evidence."""
        if not words:
            return True
        ends = [match.start() for match in re.finditer(" ", words)] + [len(words)]
        for end in reversed(ends):
            for name, pattern in SENTENCES.items():
                match = pattern.fullmatch(words[:end])
                if (
                    match
                    and self._stand_in_notes(match.groupdict(), followup)
                    and self.trace(words[end + 1 :], followup)
                ):
                    self.used.add(name)
                    return True
        return False

    def _stand_in_notes(self, facts: Mapping[str, str], followup: FollowUp) -> bool:
        spoken = {name: text for name, text in facts.items() if name not in PLACEHOLDERS}
        return all(any(self._says(shown, text, name) for shown in followup.evidence) for name, text in spoken.items())

    def _says(self, shown: Evidence, text: str, fact: str) -> bool:
        if fact == "title":
            return text == note_stem(shown.path)
        if fact in {"name", "other"}:
            return text == self._names.get(shown.path)
        line = quote_line(self._lines[shown.path][shown.line - 1], 100_000)
        return text.removesuffix("…").casefold() in line.casefold()


def _log(history: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for entry in history.get("log", ()):
        day = entry["first"]
        while day <= entry["last"]:
            yield entry["note"], f"- {day}: {entry['words']}\n"
            day += dt.timedelta(entry["every"])


def _files(history: Mapping[str, Any]) -> dict[str, bytes]:
    texts = {path: text.removeprefix("\n") for path, text in {**HISTORIES["me"], **history["notes"]}.items()}
    for note, line in _log(history):
        texts[note] += line
    return {path: text.encode() for path, text in texts.items()} | {".vaultrel/config.toml": b'me = ["Me"]\n'}


def _sample_files() -> dict[str, bytes]:
    paths = [path for path in SAMPLE_VAULT.rglob("*") if path.is_file()]
    return {path.relative_to(SAMPLE_VAULT).as_posix(): path.read_bytes() for path in paths}


def _followups(snapshot: Snapshot) -> Sequence[FollowUp]:
    return (*snapshot.followups, *snapshot.waiting)


def _show(followup: FollowUp) -> str:
    head = f"{followup.planned} {followup.kind} {followup.touch} {followup.minutes}"
    return f"{head}\n{followup.last_time}\n{followup.reason}\n{followup.action}\n"


@pytest.mark.parametrize("history", HISTORIES["history"], ids=lambda history: history["name"])
def test_what_is_advised_is_what_a_thoughtful_friend_would(history: Mapping[str, Any]) -> None:
    snapshot = open_vault(MemoryStore(_files(history))).snapshot(HISTORIES["as_of"])
    assert "".join(map(_show, _followups(snapshot))) == history["advice"].removeprefix("\n")


@pytest.mark.parametrize("history", HISTORIES["history"], ids=lambda history: history["name"])
def test_every_word_of_advice_stands_in_a_phrase_or_in_a_line(history: Mapping[str, Any]) -> None:
    files = _files(history)
    snapshot = open_vault(MemoryStore(files)).snapshot(HISTORIES["as_of"])
    tracer = Tracer(files, snapshot)
    for followup in _followups(snapshot):
        for words in (followup.last_time, followup.reason, followup.action):
            assert tracer.trace(words, followup), words


def test_every_word_said_of_the_sample_vault_stands_in_a_phrase_or_in_a_line() -> None:
    files = _sample_files()
    vault = open_vault(MemoryStore(files))
    used: set[str] = set()
    for days in range(-400, 100, 25):
        snapshot = vault.snapshot(dt.date(2026, 6, 30) + dt.timedelta(days))
        tracer = Tracer(files, snapshot)
        for followup in _followups(snapshot):
            for words in (followup.last_time, followup.reason, followup.action):
                assert tracer.trace(words, followup), words
        used |= tracer.used
    assert len(used) >= 25, f"too few phrases to say that the law was tried: {sorted(used)}"


INVENTED = [
    ("action", "{} You miss each other."),
    ("reason", "{} It has been too long."),
    ("last_time", "{} It was lovely."),
    ("action", "Share something about falconry."),
    ("action", "Ask: “How is your mother?”"),
    ("reason", "You promised: “call more often”."),
    ("last_time", "Last time: 3 Jan 2026, meeting: “We laughed a lot.”"),
    ("action", "Introduce Ruth Adeyemi and Nobody Known: both care about old road bikes."),
]


@pytest.mark.parametrize(("part", "words"), INVENTED)
def test_an_invented_word_is_found_out(part: str, words: str) -> None:
    files = _sample_files()
    snapshot = open_vault(MemoryStore(files)).snapshot(dt.date(2026, 6, 30))
    tracer = Tracer(files, snapshot)
    followup = next(each for each in snapshot.followups if each.name == "Ruth Adeyemi")
    told: str = getattr(followup, part)
    assert tracer.trace(told, followup)
    assert not tracer.trace(words.format(told), followup)
