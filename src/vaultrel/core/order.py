"""Items kept in the order of a key while few of many come and go."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

_T = TypeVar("_T")
_H = TypeVar("_H", bound="Hashable")

_FEW = 200
"""Sorting everything anew takes longer than putting this many in their places."""


class SortedItems(Generic[_T]):
    """Items in the order of their key; those with equal keys in the order in which they came.

    Args:
        key: gives what items are ordered by, always the same for one item.
    """

    def __init__(self, key: Callable[[_T], Any]) -> None:
        self._key = key
        self._items: list[_T] = []
        self._all: tuple[_T, ...] | None = ()

    def __iter__(self) -> Iterator[_T]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def swap(self, gone: Sequence[_T], come: Sequence[_T]) -> None:
        """Take out some items, these very objects, and put in others."""
        if not (gone or come):
            return
        self._all = None
        if len(gone) + len(come) > _FEW:
            taken = {id(item) for item in gone}
            self._items = [item for item in self._items if id(item) not in taken]
            self._items += come
            self._items.sort(key=self._key)
            return
        for item in gone:
            del self._items[self._find(item)]
        for item in come:
            insort(self._items, item, key=self._key)

    def all(self) -> tuple[_T, ...]:
        """All items: the same object as long as none comes or goes."""
        if self._all is None:
            self._all = tuple(self._items)
        return self._all

    def until(self, last: Any) -> tuple[_T, ...]:
        """The items whose key is not greater."""
        end = bisect_right(self._items, last, key=self._key)
        return self.all() if end == len(self._items) else tuple(self._items[:end])

    def after(self, last: Any) -> list[_T]:
        """The items whose key is greater."""
        return self._items[bisect_right(self._items, last, key=self._key) :]

    def all_but(self, instead: Iterable[tuple[_T, _T]]) -> tuple[_T, ...]:
        """All items, with others in the places of some, these very objects."""
        items: list[_T] | None = None
        for item, other in instead:
            items = items or list(self._items)
            items[self._find(item)] = other
        return self.all() if items is None else tuple(items)

    def _find(self, item: _T) -> int:
        at = bisect_left(self._items, self._key(item), key=self._key)
        while self._items[at] is not item:
            at += 1
        return at


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

    def all(self) -> tuple[_H, ...]:
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

    def all(self) -> tuple[_T, ...]:
        """All items: the same object as long as none comes or goes."""
        return self._items.all()


def diff_items(before: Sequence[_T], after: Sequence[_T]) -> tuple[list[_T], list[_T]]:
    """The items, these very objects, that are only in the first sequence, and those only in the second."""
    if len(before) == len(after):
        moved = [(old, new) for old, new in zip(before, after, strict=True) if old is not new]
        before, after = [old for old, _ in moved], [new for _, new in moved]
    old, new = set(map(id, before)), set(map(id, after))
    return [item for item in before if id(item) not in new], [item for item in after if id(item) not in old]
