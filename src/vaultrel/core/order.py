"""Items kept in the order of a key while few of many come and go."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from vaultrel.model import Items

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

_T = TypeVar("_T")
_H = TypeVar("_H", bound="Hashable")

_FEW = 200
"""Going through everything takes longer than finding the places of this many; of many items, of a hundredth more."""

_PIECE = 256
"""Items in a piece when it is made; twice as many are cut in two."""


class SortedItems(Generic[_T]):
    """Items in the order of their key; those with equal keys in the order in which they came.

    Args:
        key: gives what items are ordered by, always the same for one item.
    """

    def __init__(self, key: Callable[[_T], Any]) -> None:
        self._key = key
        self._pieces: list[tuple[_T, ...]] = []
        self._all: Items[_T] | None = None

    def __iter__(self) -> Iterator[_T]:
        return chain.from_iterable(self._pieces)

    def __len__(self) -> int:
        return len(self.all())

    def swap(self, gone: Sequence[_T], come: Sequence[_T]) -> None:
        """Take out some items, these very objects, and put in others."""
        if not (gone or come):
            return
        if self._are_many(len(gone) + len(come)):
            self._sort_anew(gone, come)
        else:
            for item in gone:
                self._take_out(item)
            for item in come:
                self._put_in(item)
        self._all = None

    def all(self) -> Items[_T]:
        """All items: the same object as long as none comes or goes."""
        if self._all is None:
            self._all = Items(self._pieces)
        return self._all

    def until(self, last: Any) -> Items[_T]:
        """The items whose key is not greater."""
        piece, at = self._end_of(last)
        if piece == len(self._pieces):
            return self.all()
        return Items([*self._pieces[:piece], *([self._pieces[piece][:at]] if at else [])])

    def after(self, last: Any) -> list[_T]:
        """The items whose key is greater."""
        piece, at = self._end_of(last)
        return list(chain.from_iterable(self._pieces[piece:]))[at:]

    def all_but(self, instead: Iterable[tuple[_T, _T]]) -> Items[_T]:
        """All items, with others in the places of some, these very objects."""
        pairs = list(instead)
        if not pairs:
            return self.all()
        if self._are_many(len(pairs)):
            others = {id(item): other for item, other in pairs}
            return Items([tuple([others.get(id(item), item) for item in piece]) for piece in self._pieces])
        pieces = [*self._pieces]
        for item, other in pairs:
            piece, at = self._find(item)
            pieces[piece] = (*pieces[piece][:at], other, *pieces[piece][at + 1 :])
        return Items(pieces)

    def _are_many(self, count: int) -> bool:
        return count > _FEW + len(self) // 100

    def _sort_anew(self, gone: Iterable[_T], come: Iterable[_T]) -> None:
        taken = set(map(id, gone))
        items = [item for item in self if id(item) not in taken]
        items += come
        items.sort(key=self._key)
        self._pieces = [tuple(items[start : start + _PIECE]) for start in range(0, len(items), _PIECE)]

    def _take_out(self, item: _T) -> None:
        piece, at = self._find(item)
        held = self._pieces[piece]
        self._pieces[piece : piece + 1] = [(*held[:at], *held[at + 1 :])] if len(held) > 1 else []

    def _put_in(self, item: _T) -> None:
        piece, at = self._end_of(self._key(item))
        if piece == len(self._pieces) and piece:
            piece, at = piece - 1, len(self._pieces[-1])
        held = self._pieces[piece] if self._pieces else ()
        longer = (*held[:at], item, *held[at:])
        cut = _PIECE if len(longer) >= 2 * _PIECE else len(longer)
        self._pieces[piece : piece + 1] = [longer[:cut], longer[cut:]] if longer[cut:] else [longer]

    def _end_of(self, last: Any) -> tuple[int, int]:
        """The piece, and the place in it, of the first item whose key is greater; the end of all when there is none."""
        piece = bisect_right(self._pieces, last, key=self._last_key)
        if piece == len(self._pieces):
            return piece, 0
        return piece, bisect_right(self._pieces[piece], last, key=self._key)

    def _find(self, item: _T) -> tuple[int, int]:
        """The piece of an item that is held, and its place in it."""
        key = self._key(item)
        piece = bisect_left(self._pieces, key, key=self._last_key)
        at = bisect_left(self._pieces[piece], key, key=self._key)
        while self._pieces[piece][at] is not item:
            at += 1
            if at == len(self._pieces[piece]):
                piece, at = piece + 1, 0
        return piece, at

    def _last_key(self, piece: tuple[_T, ...]) -> Any:
        return self._key(piece[-1])


class SortedValues(Generic[_H]):
    """Values in the order of their key, each once, although it may have been put in several times.

    Args:
        key: gives what values are ordered by, and tells any two of them apart.
    """

    def __init__(self, key: Callable[[_H], Any]) -> None:
        self._held: dict[_H, tuple[_H, int]] = {}
        """Each value, with how often it is in."""
        self._items: SortedItems[_H] = SortedItems(key)

    def swap(self, gone: Iterable[_H], come: Iterable[_H]) -> None:
        """Take out some values that are in, and put in others, each as often as it is given."""
        new, old = [], []
        for value in come:
            held, times = self._held.get(value, (value, 0))
            self._held[value] = held, times + 1
            if not times:
                new.append(value)
        for value in gone:
            held, times = self._held[value]
            if times > 1:
                self._held[value] = held, times - 1
            else:
                del self._held[value]
                old.append(held)
        self._items.swap(old, new)

    def all(self) -> Items[_H]:
        """Every value once: the same object as long as none comes or goes."""
        return self._items.all()


class SortedTable(Generic[_H, _T]):
    """One item for each name, in the order of a key.

    Args:
        key: gives what items are ordered by, always the same for one item.
    """

    def __init__(self, key: Callable[[_T], Any]) -> None:
        self._by_name: dict[_H, _T] = {}
        self._items: SortedItems[_T] = SortedItems(key)

    def get(self, name: _H) -> _T | None:
        """The item of that name, None if there is none."""
        return self._by_name.get(name)

    def put(self, items: Mapping[_H, _T | None]) -> None:
        """Hold these items in place of those that had their names; None for no item."""
        gone = [self._by_name.pop(name) for name in items if name in self._by_name]
        come = {name: item for name, item in items.items() if item is not None}
        self._by_name.update(come)
        self._items.swap(gone, list(come.values()))

    def all(self) -> Items[_T]:
        """All items: the same object as long as none comes or goes."""
        return self._items.all()


def items_from(items: Sequence[_T], first: Any, key: Callable[[_T], Any]) -> Iterator[_T]:
    """The items, which are in the order of `key`, from the first on whose key is not smaller than `first`."""
    pieces = _list_pieces(items)
    at = bisect_left(pieces, first, key=lambda piece: key(piece[-1])) if items else len(pieces)
    for piece in pieces[at : at + 1]:
        for place in range(bisect_left(piece, first, key=key), len(piece)):
            yield piece[place]
    yield from chain.from_iterable(pieces[at + 1 :])


def diff_items(before: Sequence[_T], after: Sequence[_T]) -> tuple[list[_T], list[_T]]:
    """The items, these very objects, that are only in the first sequence, and those only in the second.

    What two `Items` share is not looked at.
    """
    old, new = _list_pieces(before), _list_pieces(after)
    shared = set(map(id, old)) & set(map(id, new))
    gone, come = ([item for piece in some if id(piece) not in shared for item in piece] for some in (old, new))
    still, known = set(map(id, come)), set(map(id, gone))
    return [item for item in gone if id(item) not in still], [item for item in come if id(item) not in known]


def _list_pieces(items: Sequence[_T]) -> Sequence[Sequence[_T]]:
    return items.pieces if isinstance(items, Items) else [items]
