from __future__ import annotations

import datetime as dt

import pytest

from vaultrel.core.derive import Derivation
from vaultrel.core.wording import PHRASES, check_phrases, quote_line, say, show_day
from vaultrel.errors import SettingsError
from vaultrel.settings import Settings


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("met [[People/Ana Reis]] and [[Ben Ito|Ben]]", "met Ana Reis and Ben"),
        ("see [[Ana Reis#Work]] and [[Ana Reis.md]]", "see Ana Reis and Ana Reis"),
        ("read [the paper](Papers/Tides.md) today", "read the paper today"),
        ("send it ⏫ 📅 2026-07-01 ✅ 2026-07-02", "send it"),
        ("send it [due:: 2026-07-01]", "send it"),
        ("met:: [[Ana Reis]], cold soup", "met: Ana Reis, cold soup"),
        ("[[]] [a]() [[ |", "[[]] [a]() [[ |"),
        ("tab\tand\u2028line", "tab and line"),
    ],
)
def test_a_quoted_line_reads_as_in_reading_view(line: str, words: str) -> None:
    assert quote_line(line) == words


def test_brackets_without_end_take_no_time() -> None:
    assert len(quote_line("[[" * 5000)) == 160
    assert len(quote_line("[" * 5000 + "](" * 5000)) == 160


def test_days_are_written_alike_everywhere() -> None:
    assert show_day(dt.date(2026, 9, 4)) == "4 Sep 2026"


def test_no_sentence_tells_a_gender_or_counts_from_today() -> None:
    banned = {"he", "she", "him", "her", "his", "hers", "ago", "today", "tomorrow", "yesterday", "now", "since last"}
    for phrase in PHRASES.values():
        assert not banned & set(phrase.lower().replace(".", " ").replace(",", " ").split()), phrase


# --- the user's own phrases


@pytest.mark.parametrize(
    ("own", "named"),
    [
        ({"rythm": "x"}, ["phrases.rythm", "rhythm"]),
        ({"rhythm": "Jede Woche."}, ["phrases.rhythm", "{days}"]),
        ({"rhythm": "Alle {days} Tage, {quote}."}, ["phrases.rhythm", "{days}"]),
        ({"last-time-quoted": "{day}"}, ["phrases.last-time-quoted", "{day}", "{kind}", "{quote}"]),
        ({"rhythm": "Alle {days Tage"}, ["phrases.rhythm", "{days}"]),
        ({"rhythm": "{days.__class__}"}, ["phrases.rhythm", "{days}"]),
        ({"rhythm": "{days:>100000000}"}, ["phrases.rhythm", "{days}"]),
        ({"rhythm": "{days!r}"}, ["phrases.rhythm", "{days}"]),
        ({"do-call": "{name} anrufen."}, ["phrases.do-call", "no placeholder"]),
        ({"months": "Jan Feb"}, ["phrases.months", "twelve"]),
    ],
)
def test_a_phrase_that_does_not_fit_is_named_with_its_placeholders(own: dict[str, str], named: list[str]) -> None:
    (problem,) = check_phrases(own)
    assert all(part in problem for part in named)
    with pytest.raises(SettingsError, match=named[0]):
        Derivation(Settings(phrases=own))


def test_every_phrase_may_be_worded_anew() -> None:
    assert check_phrases(PHRASES) == ()
    assert say("do-call", {"do-call": "Anrufen."}) == "Anrufen."
    assert say("do-call", {"do-lunch": "Essen gehen."}) == "Call."


def test_a_quote_that_ends_its_sentence_is_not_followed_by_another_stop() -> None:
    assert say("do-question", quote="Is it sold?") == "Ask: “Is it sold?”"
    assert say("do-question", quote="the kiln") == "Ask: “the kiln”."


def test_words_of_a_note_are_never_taken_for_placeholders() -> None:
    assert say("do-question", quote="{day} {0} %s") == "Ask: “{day} {0} %s”."
