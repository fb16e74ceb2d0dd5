"""What a person note says about its person. Nothing is guessed: what could mean two things is reported, not read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from vaultrel.core.classify import folded, has_word, plain_key
from vaultrel.core.dates import is_ambiguous_day, parse_day
from vaultrel.core.text import fold_name
from vaultrel.model import OWNED_FIELDS, Diagnostic, Evidence, Note, Person, Scalar

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from vaultrel.settings import Settings

_NAME_KEYS: Final = frozenset({"name", "fullname", "displayname", "fn"})
_ALIAS_KEYS: Final = frozenset({"alias", "aliases", "nickname", "nicknames"})
_EMAIL_KEYS: Final = frozenset(
    {"email", "emails", "mail", "emailaddress", "workemail", "personalemail", "privateemail"}
)
_HANDLE_KEYS: Final = frozenset(
    [
        "handle",
        "handles",
        "github",
        "gitlab",
        "twitter",
        "mastodon",
        "bluesky",
        "instagram",
        "telegram",
        "slack",
        "discord",
    ]
)
_INTEREST_KEYS: Final = frozenset({"interest", "interests"})
_BIRTHDAY_KEYS: Final = frozenset({"birthday", "bday", "birthdate", "dateofbirth", "dob"})
_MET_KEYS: Final = frozenset(
    [
        "met",
        "metat",
        "metthrough",
        "metvia",
        "metcontext",
        "metin",
        "howwemet",
        "wemet",
        "introducedby",
        "meton",
        "metdate",
    ]
)
_CADENCE_KEYS: Final = frozenset(
    [
        "cadence",
        "cadencedays",
        "contactcadence",
        "contactfrequency",
        "contactevery",
        "frequency",
        "keepintouch",
        "stayintouch",
        "checkinevery",
        "followupfrequency",
    ]
)

LAST_CONTACT_KEYS: Final = frozenset({
    "lastcontact", "lastcontacted", "lastcontactdate", "datelastcontacted", "datelastcontact", "lastmet", "lastmeeting",
    "lastspoke", "lastspoken", "lasttalked", "lastseen", "lastinteraction", "lastconversation", "lastcall",
})  # fmt: skip
"""Properties and inline fields in which users keep the day of their last contact; our own are not among them."""

_STATUS_KEYS: Final = frozenset({"status", "state", "contactstatus", "personstatus", "tiestatus"})
_ENDED: Final = frozenset({
    "ended", "inactive", "archived", "archive", "former", "deceased", "dead", "died", "passed away", "lost touch",
    "lost contact", "no contact", "verstorben", "gestorben", "inaktiv", "archiviert", "beendet", "ehemalig",
    "décédé", "décédée", "inactif", "archivé", "archivée", "fallecido", "fallecida", "inactivo", "inactiva",
    "archivado", "archivada", "deceduto", "deceduta", "inattivo", "inattiva", "overleden", "inactief", "avliden", "død",
})  # fmt: skip
"""What a status or tag says of a tie that has ended. A status says other things too: any other word is one of those."""

_ONCE: Final = frozenset({"former", "ehemalig"})
"""Words that as a tag tell of work together, not of the tie: ``colleague/former``."""

_DEATH_KEYS: Final = frozenset({
    "deceased", "died", "dead", "death", "deathdate", "deathday", "dateofdeath", "diedon", "passedaway", "deceasedon",
    "verstorben", "gestorben", "todestag", "sterbedatum", "décès", "fallecimiento", "overleden",
})  # fmt: skip

_EMPTY: Final = frozenset({"", "null", "undefined", "none", "n/a", "-", "?", "[]"})
"""What stands in a field that was not filled in."""

_STAMP = re.compile(r"[0-9]{8,14}[ _-]+(?=\S)")
_PREFIX = re.compile(r"([^\W\d_]{2,20}) [-–—] (?=\S)")
_VCARD_PARAMETER = re.compile(r"\[[^\[\]]*\]\Z")
"""``EMAIL[HOME]``: how contact plugins keep a vCard's TYPE in a property's name."""

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@/]{1,253}\.[^\s<>()\[\],;:\"@/.]{2,24}")
_HANDLE = re.compile(r"[\w.-]{1,64}")
_LONGEST: Final = 1000
"""Code points of a value that are read as an address, handle or name."""

_YEAR = re.compile(r"\s*(?:1[0-9]|2[01])[0-9]{2}(?![0-9])")
_YEARLESS = re.compile(r"--([0-9]{2})-?([0-9]{2})")
_NO_YEAR: Final = 1604
"""The year that vCard software writes for a birthday without one; it has a 29 February."""


def read_person(note: Note, settings: Settings) -> Person:
    """The person of a person note.

    Names are the file name (also without ``@``, ``Person - `` or a number before it), the name properties, a `title`
    that shares a word with one of them (else it is a job's), and the aliases.
    """
    unread: list[Diagnostic] = []  # which `person_diagnostics` tells
    explicit, names = _read_names(note, settings)
    cadence = _read_cadence(note, unread)
    return Person(
        path=note.path,
        name=explicit,
        names=names,
        emails=tuple(dict.fromkeys(_addresses(note))),
        handles=tuple(dict.fromkeys(_handles(note))),
        interests=tuple(dict.fromkeys(interest for interest, _ in _interests(note))),
        birthday=_read_birthday(note, settings, unread),
        cadence_days=cadence or None,
        as_needed=cadence == AS_NEEDED,
        ignored=_read_ignored(note, unread),
        snooze_until=_read_snooze(note, settings, unread),
        circle=next((fold_name(leaf.text) for leaf in _leaves(note, frozenset({"relcircle"}))), ""),
        ended=next((said for said, _ in _ends(note, settings)), ""),
        met=_read_met(note, settings),
        written=tuple(
            (entry.key, entry.leaves[0].text if entry.leaves else "")
            for entry in note.properties
            if entry.key in OWNED_FIELDS
        ),
        lines=tuple(dict(reversed(list(_fact_lines(note, settings)))).items()),
    )


def person_diagnostics(note: Note, settings: Settings) -> tuple[Diagnostic, ...]:
    """What in a person note's properties could not be read: birthday, cadence, `rel_ignore`, `rel_snooze_until`."""
    problems: list[Diagnostic] = []
    _read_cadence(note, problems)
    problems += _unreadable_days(note, settings)
    _read_birthday(note, settings, problems)
    _read_ignored(note, problems)
    _read_snooze(note, settings, problems)
    return tuple(problems)


def note_stem(path: str) -> str:
    """The file name without folder and ``.md``: a note's own name in Obsidian."""
    name = path.rpartition("/")[2]
    return name[:-3] if name[-3:].lower() == ".md" else name


def _leaves(note: Note, keys: frozenset[str]) -> list[Scalar]:
    """What properties of these names say, in the note's order, less what was not filled in."""
    return [
        leaf
        for entry in note.properties
        if plain_key(entry.key) in keys
        for leaf in entry.leaves
        if leaf.text.strip().lower() not in _EMPTY
    ]


def _shown(leaf: Scalar) -> str:
    """The text of a value; of a link, the name of the note it leads to."""
    text = leaf.mentions[0].target.rpartition("/")[2] if len(leaf.mentions) == 1 else leaf.text
    return " ".join(text[:_LONGEST].split())


def _read_names(note: Note, settings: Settings) -> tuple[str, tuple[str, ...]]:
    """The name to show, and all names, that one first."""
    stem = note_stem(note.path)
    bare = _bare_name(stem, settings)
    explicit = [_shown(leaf) for leaf in _leaves(note, _NAME_KEYS)]
    names = [*(explicit or [bare]), stem, bare, *_aliases(note)]
    if titles := [_shown(leaf) for leaf in _leaves(note, frozenset({"title"}))]:
        words = {word for name in names for word in fold_name(name).split()}
        is_number = not any(map(str.isalpha, bare))
        names += [title for title in titles if is_number or not words.isdisjoint(fold_name(title).split())]
    unique: dict[str, str] = {}
    for name in names:
        unique.setdefault(fold_name(name), name)
    unique.pop("", None)
    return names[0], tuple(unique.values())


def _bare_name(stem: str, settings: Settings) -> str:
    """The file name without what is put before names to sort or find them by."""
    stamp = _STAMP.match(stem)
    bare = stem[stamp.end() :] if stamp else stem
    prefix = _PREFIX.match(bare)
    if prefix and has_word(prefix[1], folded(settings.people.types)):
        bare = bare[prefix.end() :]
    return bare.removeprefix("@").strip() or stem


def _aliases(note: Note) -> Iterator[str]:
    for entry in note.properties:
        if plain_key(entry.key) in _ALIAS_KEYS:
            for leaf in entry.leaves:
                text = _shown(leaf)
                if text.lower() not in _EMPTY:
                    # One comma may stand inside a name (``Doe, Jane``).
                    many = entry.shape == "scalar" and text.count(",") > 1
                    yield from (part.strip() for part in text.split(",")) if many else (text,)


def _addresses(note: Note) -> Iterator[str]:
    for entry in note.properties:
        if plain_key(_VCARD_PARAMETER.sub("", entry.key)) in _EMAIL_KEYS:
            for leaf in entry.leaves:
                yield from (address.lower() for address in _ADDRESS.findall(leaf.text[:_LONGEST]))


def _handles(note: Note) -> Iterator[str]:
    """Handles from their properties (also as the end of a web address), and aliases that begin with ``@``."""
    written = [leaf.text.strip().rstrip("/").rpartition("/")[2] for leaf in _leaves(note, _HANDLE_KEYS)]
    written += (leaf.text.strip() for leaf in _leaves(note, _ALIAS_KEYS) if leaf.text.strip().startswith("@"))
    for text in written:
        handle = _HANDLE.fullmatch(text.removeprefix("@").partition("@")[0])
        if handle:
            yield handle[0].lower()


def _interests(note: Note) -> Iterator[tuple[str, int]]:
    """Each interest with its line."""
    for leaf in _leaves(note, _INTEREST_KEYS):
        links = [mention.target.rpartition("/")[2] for mention in leaf.mentions]
        for interest in links or filter(None, (" ".join(part.split()) for part in leaf.text.split(","))):
            yield interest, leaf.line


def _ends(note: Note, settings: Settings) -> Iterator[tuple[str, int]]:
    """What says that the tie has ended, as written, with its line."""
    for entry in note.properties:
        key = plain_key(entry.key)
        for leaf in entry.leaves if key in _STATUS_KEYS or key in _DEATH_KEYS else ():
            word = fold_name(_shown(leaf).strip("# "))
            is_dead = word in {"true", "yes"} or _YEAR.match(word) or parse_day(leaf.text, settings.date_order)
            if word in _ENDED if key in _STATUS_KEYS else is_dead:
                yield f"{entry.key}: {_shown(leaf)}", leaf.line
    if not note.tags:
        return
    # A tag on a line that says something else is about that.
    told = {line.line for line in note.lines} | ({note.lead.line} if note.lead else set())
    for tag in note.tags:
        word = fold_name(tag.name.rpartition("/")[2].replace("-", " "))
        if word in _ENDED - _ONCE and tag.line not in told:
            yield f"#{tag.name}", tag.line


def _fact_lines(note: Note, settings: Settings) -> Iterator[tuple[str, int]]:
    """The facts that follow-ups rest on, with their lines."""
    yield from _interests(note)
    yield from (("ended", line) for _, line in _ends(note, settings))
    for fact, keys in (("birthday", _BIRTHDAY_KEYS), ("cadence", _CADENCE_KEYS)):
        yield from ((fact, leaf.line) for leaf in _leaves(note, keys))


def _read_birthday(note: Note, settings: Settings, problems: list[Diagnostic]) -> dt.date | None:
    for leaf in _leaves(note, _BIRTHDAY_KEYS):
        day = parse_day(leaf.text, settings.date_order) or _parse_yearless(leaf.text.strip())
        if day is not None:
            return day
        could_be_two = is_ambiguous_day(leaf.text)
        problems.append(
            _problem(note, leaf, "ambiguous-birthday", "could be two days; write it as YYYY-MM-DD or set date_order")
            if could_be_two
            else _problem(note, leaf, "bad-birthday", "is no day that can be read; write it as YYYY-MM-DD or --MM-DD")
        )
    return None


def _parse_yearless(text: str) -> dt.date | None:
    """The day of ``--04-02`` (ISO 8601:2000, 5.2.1.3 d, as in vCard) or ``2 April``, in the year `_NO_YEAR`."""
    match = _YEARLESS.fullmatch(text)
    leap = f"2000-{match[1]}-{match[2]}" if match else f"{text} 2000"
    day = parse_day(leap) if match or any(map(str.isalpha, text)) else None
    return day.replace(year=_NO_YEAR) if day and day.year == 2000 else None


def _unreadable_days(note: Note, settings: Settings) -> Iterator[Diagnostic]:
    for leaf in _leaves(note, LAST_CONTACT_KEYS):
        if is_ambiguous_day(leaf.text) and not settings.date_order:
            yield _problem(note, leaf, "ambiguous-date", "could be two days; write it as YYYY-MM-DD or set date_order")
        elif parse_day(leaf.text, settings.date_order) is None:
            yield _problem(note, leaf, "bad-date", "is no day; write it as YYYY-MM-DD")


def _read_ignored(note: Note, problems: list[Diagnostic]) -> bool:
    ignored = False
    for leaf in _leaves(note, frozenset({"relignore"})):
        word = leaf.text.strip().lower()
        ignored = word in {"true", "yes"}
        if not ignored and word not in {"false", "no"}:
            problems.append(_problem(note, leaf, "bad-rel-ignore", "is neither true nor false"))
    return ignored


def _read_snooze(note: Note, settings: Settings, problems: list[Diagnostic]) -> dt.date | None:
    for leaf in _leaves(note, frozenset({"relsnoozeuntil"})):
        day = parse_day(leaf.text, settings.date_order)
        if day is not None:
            return day
        problems.append(_problem(note, leaf, "bad-snooze", "is no day; write it as YYYY-MM-DD"))
    return None


def _read_met(note: Note, settings: Settings) -> Evidence | None:
    """The first line that says in words how, where or through whom; the day may stand in another one."""
    leaves = _leaves(note, _MET_KEYS)
    days = [parse_day(leaf.text, settings.date_order) for leaf in leaves]
    day = next((day for day in days if day), None)
    told = [leaf for leaf, day in zip(leaves, days, strict=True) if day is None] or leaves
    return Evidence(note.path, told[0].line, " ".join(told[0].text.split()), day) if told else None


def _problem(note: Note, leaf: Scalar, code: str, message: str) -> Diagnostic:
    return Diagnostic(note.path, code, f"{leaf.text[:80]!r} {message}.", leaf.line, leaf.column)


# ------------------------------------------------------------------------------------------------------------ cadence

AS_NEEDED: Final = 0
"""What `parse_cadence` gives for a person the user wants no reminders for."""

_MOST_DAYS: Final = 3660

_NEVER: Final = frozenset(
    {"as needed", "asneeded", "when needed", "ad hoc", "adhoc", "never", "none", "no", "off", "on demand", "whenever"}
)
_RATES: Final = {
    "daily": 1, "weekly": 7, "biweekly": 14, "bi weekly": 14, "fortnightly": 14, "monthly": 30, "bimonthly": 61,
    "bi monthly": 61, "quarterly": 91, "half yearly": 182, "semiannually": 182, "semi annually": 182,
    "biannually": 182, "yearly": 365, "annually": 365, "annual": 365,
}  # fmt: skip
_UNITS: Final = {
    "d": 1, "day": 1, "w": 7, "wk": 7, "week": 7, "fortnight": 14, "m": 30, "mo": 30, "month": 30, "quarter": 91,
    "y": 365, "yr": 365, "year": 365,
}  # fmt: skip
_NUMBERS: Final = {
    word: number
    for number, words in enumerate(
        (
            "one",
            "two other couple",
            "three few",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ),
        start=1,
    )
    for word in words.split()
}
_FILLERS: Final = frozenset(
    ["every", "each", "once", "per", "a", "an", "the", "about", "around", "approx", "in", "of", "at", "least"]
)
_TOKEN = re.compile(r"[^\W\d_]+|[0-9]+(?:[.,][0-9]+)?")


def parse_cadence(text: str) -> int | None:
    """The gap in days that words such as ``30``, ``monthly``, ``every 2 weeks`` or ``twice a year`` ask for.

    `AS_NEEDED` where the words say that there is none; None where they cannot be read.
    """
    tokens = _TOKEN.findall(fold_name(text[:100]))
    phrase = " ".join(tokens)
    if phrase in _NEVER:
        return AS_NEEDED
    if phrase in _RATES:
        return _RATES[phrase]
    days = None if text.strip().startswith("-") else _read_rate([token for token in tokens if token not in _FILLERS])
    return days if days and days <= _MOST_DAYS else None


def _read_rate(tokens: list[str]) -> int | None:
    """The gap in a number and a unit, or in a count of times within a unit."""
    match tokens:
        case [count]:
            return int(count) if count.isdecimal() else _unit(count)
        case ["twice", unit]:
            return _share(_unit(unit), 2)
        case [count, "times" | "time" | "x", unit]:
            return _share(_unit(unit), _number(count))
        case [count, unit]:
            number, days = _number(count), _unit(unit)
            return number * days if number and days else None
    return None


def _share(days: int | None, times: int | None) -> int | None:
    return max(days // times, 1) if days and times else None


def _number(token: str) -> int | None:
    return int(token) if token.isdecimal() else _NUMBERS.get(token)


def _unit(token: str) -> int | None:
    return _UNITS.get(token) or _UNITS.get(token.removesuffix("s"))


def _read_cadence(note: Note, problems: list[Diagnostic]) -> int | None:
    for entry in note.properties:
        if plain_key(entry.key) in _CADENCE_KEYS:
            for leaf in entry.leaves:
                days = parse_cadence(leaf.text)
                if days is not None:
                    return days
                if leaf.text.strip().lower() not in _EMPTY:
                    problems.append(
                        _problem(note, leaf, "bad-cadence", "is no gap that can be read; write days, weekly or monthly")
                    )
    return None
