"""Finding the person somebody means on the command line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from vaultrel.core.text import fold_name
from vaultrel.errors import AmbiguousPersonError, UnknownPersonError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vaultrel.model import Person, PersonState, Snapshot


def choose_person(snapshot: Snapshot, query: str) -> PersonState:
    """The one person who answers to `query`: a path, a whole name or alias, or the unique beginning of a word of one.

    Raises:
        UnknownPersonError: nobody answers; the nearest names are suggested.
        AmbiguousPersonError: more than one person answers equally well.
    """
    wanted = fold_name(query)
    names = {state.person.path: [fold_name(name) for name in state.person.names] for state in snapshot.people}
    tests: tuple[Callable[[PersonState], bool], ...] = (
        lambda state: wanted in {fold_name(state.person.path), fold_name(state.person.path.removesuffix(".md"))},
        lambda state: wanted == fold_name(state.person.name),
        lambda state: wanted in names[state.person.path],
        lambda state: any(_begins_a_word(name, wanted) for name in names[state.person.path]),
    )
    for matches in tests:
        found = [state for state in snapshot.people if wanted and matches(state)]
        if len(found) == 1:
            return found[0]
        if found:
            people = [state.person for state in found]
            named = tuple(f"{person.name} ({person.path})" for person in people)
            raise AmbiguousPersonError(query, named, tuple(person.path for person in people))
    shown = {folded: state.person.name for state in snapshot.people for folded in names[state.person.path]}
    import difflib  # noqa: PLC0415 - few runs meet a wrong name

    near = difflib.get_close_matches(wanted, shown, n=3, cutoff=0.6)
    raise UnknownPersonError(query, tuple(dict.fromkeys(shown[name] for name in near)))


def names_to_type(people: Iterable[Person]) -> tuple[str, ...]:
    """What can be typed to mean each person and nobody else, sorted.

    Every name and alias that only one person has; the path of the note for somebody who shares all of theirs.
    """
    everyone = tuple(people)
    bearers = Counter(key for person in everyone for key in {fold_name(name) for name in person.names})
    found: set[str] = set()
    for person in everyone:
        own = [name for name in person.names if bearers[fold_name(name)] == 1]
        found.update(own or [person.path])
    return tuple(sorted(found))


def _begins_a_word(name: str, wanted: str) -> bool:
    return name.startswith(wanted) or f" {wanted}" in name
