"""The rules that `feed_check` holds a calendar feed to.

`effect` tells only of programs that were seen to do it, or whose documentation says so; most rules have none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

Grade: TypeAlias = Literal["error", "advice"]
"""error: against the standard, or, in a feed of vaultrel's own, against what it always writes. advice: allowed, but
calendars handle it badly."""


class FeedRule(Struct, frozen=True):
    """One rule.

    Attributes:
        meaning: what is wrong where the rule is broken, one sentence.
        source: the clause that decides; ``vaultrel`` for a rule that only vaultrel's own feeds are held to, and
            ``calendars`` for one that was learned from calendar programs.
        effect: what calendars do then; empty where nothing is known.
    """

    grade: Grade
    meaning: str
    source: str
    effect: str = ""


def _error(meaning: str, clause: str, effect: str = "") -> FeedRule:
    return FeedRule("error", meaning, f"RFC {clause if ' ' in clause else f'5545 {clause}'}", effect)


def _advice(meaning: str, source: str, effect: str = "") -> FeedRule:
    return FeedRule("advice", meaning, source, effect)


def _own(meaning: str, effect: str = "") -> FeedRule:
    return FeedRule("error", meaning, "vaultrel", effect)


_WIPED = "Thunderbird and GNOME delete every event they had; GNOME stays empty until the feed changes again."
_REFUSED = "Home Assistant's parser refuses the whole feed."
_REVISION = "vaultrel cannot tell at the next scan what it published, and every event gets a new stamp."

RULES: Mapping[str, FeedRule] = {
    # The bytes
    "empty-file": _error("There is nothing in the feed.", "3.4", _WIPED),
    "not-a-calendar": _error("The feed does not begin with BEGIN:VCALENDAR.", "3.4"),
    "truncated": _error("The feed ends before END:VCALENDAR.", "3.4", _WIPED),
    "content-after-end": _error(
        "Something other than a calendar stands behind END:VCALENDAR.", "3.4", "Thunderbird shows no event."
    ),
    "second-calendar": _advice("A second calendar follows in the same feed.", "RFC 5545 3.4", _REFUSED),
    "byte-order-mark": _error("The feed begins with a byte order mark.", "3.4", _REFUSED),
    "not-utf8": _error("The line is not valid UTF-8.", "3.1.4"),
    "bare-line-feed": _error("The line ends in a line feed without a carriage return.", "3.1"),
    "bare-carriage-return": _error("A carriage return stands within the line.", "3.1", _REFUSED),
    "blank-line": _error("The line is empty.", "3.1"),
    "no-final-line-break": _error("The last line has no line break.", "3.1"),
    "long-line": _advice("The line is longer than 75 octets.", "RFC 5545 3.1"),
    "split-code-point": _error(
        "The line before was folded inside a character.",
        "3.1",
        "Thunderbird and others show two marks in place of the character.",
    ),
    "fold-after-backslash": _advice(
        "The line before was folded between a backslash and the character it escapes.",
        "calendars",
        "Readers that take off escapes before they unfold show a backslash or lose a character.",
    ),
    "control-character": _error("A control character stands in the line.", "3.1", _REFUSED),
    "unprintable-character": _advice(
        "A character stands in the line that some programs take for a line break, or for none.",
        "calendars",
        "vdirsyncer breaks the line there; node-ical loses the value at U+2028.",
    ),
    "direction-character": _advice(
        "A mark that turns the writing direction stands in the line.",
        "calendars",
        "Text is shown in another order than it is written in.",
    ),
    "malformed-line": _error(
        "The line is not a name, parameters, a colon and a value.",
        "3.1",
        f"{_REFUSED} Thunderbird shows no event where the colon is missing.",
    ),
    # Components
    "component-mismatch": _error(
        "An END does not fit the BEGIN before it.",
        "3.6",
        f"{_REFUSED} Thunderbird shows no event where an END is too many.",
    ),
    "misplaced-component": _error("A component stands where it may not.", "3.6"),
    "no-component": _error("The calendar holds no component at all.", "3.6"),
    "incomplete-timezone": _error(
        "A VTIMEZONE lacks something it must have.",
        "3.6.5",
        f"{_REFUSED[:-1]} where a name, an offset or every rule is missing.",
    ),
    # The calendar
    "wrong-version": _error("The calendar does not say VERSION:2.0.", "3.7.4"),
    "missing-prodid": _error("The calendar has no PRODID.", "3.7.3"),
    "repeated-property": _error("A property that may stand once stands again.", "3.6", _REFUSED),
    "other-scale": _error("CALSCALE is not GREGORIAN.", "3.7.1"),
    "method": _advice(
        "METHOD makes the feed a message about invitations, in which every event needs an ORGANIZER.",
        "RFC 5546 3.2.1",
    ),
    "source": _advice("SOURCE repeats the address of the feed, which may be secret.", "RFC 7986 5.8"),
    "calendar-timezone": _advice(
        "X-WR-TIMEZONE is no property of the standard; give each time its own zone.", "RFC 5545 3.8.2"
    ),
    "no-name": _advice("The calendar has no name: neither NAME nor X-WR-CALNAME.", "RFC 7986 5.1"),
    "names-differ": _advice("NAME and X-WR-CALNAME, or DESCRIPTION and X-WR-CALDESC, differ.", "RFC 7986 5.1"),
    "color-without-name": _error("COLOR is not the name of a colour.", "7986 5.9"),
    "interval-without-value": _error("REFRESH-INTERVAL has not VALUE=DURATION.", "7986 5.7"),
    # Text
    "unescaped-text": _error("A comma or semicolon stands in text without a backslash.", "3.3.11"),
    "bad-escape": _error("A backslash stands in text before a character that is not escaped so.", "3.3.11"),
    "odd-category": _advice(
        "A category is empty, or holds a comma, semicolon, backslash or quote.",
        "calendars",
        "The parsers of Home Assistant, node-ical and ts-ics split it at an escaped comma.",
    ),
    "blank-at-ends": _advice(
        "A text begins or ends with a blank.", "calendars", "GNOME's parser leaves blanks at the end out."
    ),
    "title-of-several-lines": _advice("SUMMARY holds a line break.", "calendars"),
    "no-title": _advice("The event has no SUMMARY.", "RFC 5545 3.8.1.12"),
    "ageing-text": _advice(
        "The text counts from today, and is wrong tomorrow.",
        "calendars",
        "The event changes every day, and every calendar stores it anew each time.",
    ),
    # Identity and stamps
    "missing-uid": _error("The event has no UID.", "3.8.4.7"),
    "duplicate-uid": _error(
        "Two events have the same UID.", "3.8.4.7", "Thunderbird and node-ical keep only the last of them."
    ),
    "missing-dtstamp": _error("The event has no DTSTAMP.", "3.8.7.2"),
    "stamp-not-utc": _error("A stamp is not in UTC.", "3.8.7"),
    "stamps-differ": _advice("DTSTAMP and LAST-MODIFIED differ.", "RFC 5545 3.8.7.2"),
    "no-last-modified": _advice(
        "The event has no LAST-MODIFIED.", "calendars", "ICSx5 takes over a change only when LAST-MODIFIED rises."
    ),
    "bad-sequence": _error("SEQUENCE is not a whole number from 0 to 2147483647.", "3.8.7.4"),
    # Days and times
    "missing-dtstart": _error("The event has no DTSTART.", "3.6.1"),
    "bad-date": _error("The value is no day or time that exists.", "3.3.4", f"{_REFUSED[:-1]}, but for RECURRENCE-ID."),
    "date-without-value": _error("A day stands where a time is expected; VALUE=DATE is missing.", "3.8.2.4"),
    "no-end": _advice("The event has neither DTEND nor DURATION.", "RFC 5545 3.6.1"),
    "end-not-after-start": _error(
        "The event does not end after it starts; the end of a day is the next day.", "3.8.2.2"
    ),
    "end-of-another-kind": _error("One of DTSTART and DTEND is a day, the other a time.", "3.8.2.2", _REFUSED),
    "end-and-duration": _error("The event has both DTEND and DURATION.", "3.6.1", _REFUSED),
    "floating-time": _advice("The time has no zone: it is another moment in every country.", "RFC 5545 3.3.5"),
    "zone-on-utc": _error("A time in UTC names a zone as well.", "3.2.19"),
    "unknown-timezone": _error(
        "A zone is named that no VTIMEZONE describes.",
        "3.2.19",
        f"{_REFUSED[:-1]} unless it knows the zone by its name.",
    ),
    "bad-duration": _error("The value is no duration.", "3.3.6", f"{_REFUSED[:-1]}, but for X-PUBLISHED-TTL."),
    # What else an event says
    "bad-url": _error("The value is no address; blanks and other letters must be percent-encoded.", "3.3.13"),
    "bad-status": _error("STATUS is none an event may have.", "3.8.1.11", _REFUSED),
    "bad-transparency": _error("TRANSP is neither OPAQUE nor TRANSPARENT.", "3.8.2.7"),
    "blocks-the-day": _advice("The event takes up its whole day: it has not TRANSP:TRANSPARENT.", "RFC 5545 3.8.2.7"),
    "private-class": _advice(
        "The event's CLASS is not PUBLIC.", "calendars", "Google shows “Busy” instead of the title."
    ),
    "attendees-without-organizer": _error("The event has an ATTENDEE but no ORGANIZER.", "3.8.4.3"),
    "equal-events": _advice(
        "Two events are equal but for identity and stamps.", "calendars", "vdirsyncer makes one of them."
    ),
    "too-many-events": _advice(
        "There are more than 501 events, which is the most a feed of vaultrel's can hold.", "calendars"
    ),
    # Alarms
    "incomplete-alarm": _error("The alarm lacks something it must have.", "3.6.6", _REFUSED),
    "trigger-without-value": _error("TRIGGER is a moment; VALUE=DATE-TIME is missing, or it is not in UTC.", "3.8.6.3"),
    "repeat-without-duration": _error("The alarm has only one of REPEAT and DURATION.", "3.6.6", _REFUSED),
    # Only of vaultrel's own feeds
    "product-changed": _own("PRODID is not the one vaultrel writes."),
    "property-left-out": _own("A property that vaultrel always writes is missing."),
    "property-unexpected": _own("A property stands here that vaultrel never writes."),
    "property-order": _own("The properties stand in another order than vaultrel writes them.", _REVISION),
    "value-changed": _own("The value is not the one vaultrel writes."),
    "uid-not-ours": _own("The UID is none that vaultrel makes.", _REVISION),
    "sequence-differs": _own("SEQUENCE is not the seconds from 2020 to DTSTAMP."),
    "several-alarms": _own("The event has several alarms."),
    "shared-url": _own("Two events of one day have the same URL."),
    "events-out-of-order": _own("The events are not sorted by start and UID."),
}
"""Every rule by its stable code."""
