"""Items kept in the order of a key while few of many come and go."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_T = TypeVar("_T")

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

    def __iter__(self) -> Iterator[_T]:
        return iter(self._items)

    def swap(self, gone: Sequence[_T], come: Sequence[_T]) -> None:
        """Take out some items, these very objects, and put in others."""
        if len(gone) + len(come) > _FEW:
            taken = {id(item) for item in gone}
            self._items = [item for item in self._items if id(item) not in taken]
            self._items += come
            self._items.sort(key=self._key)
            return
        for item in gone:
            at = bisect_left(self._items, self._key(item), key=self._key)
            while self._items[at] is not item:
                at += 1
            del self._items[at]
        for item in come:
            insort(self._items, item, key=self._key)

    def until(self, last: Any) -> tuple[_T, ...]:
        """The items whose key is not greater."""
        return tuple(self._items[: bisect_right(self._items, last, key=self._key)])


def diff_items(before: Sequence[_T], after: Sequence[_T]) -> tuple[list[_T], list[_T]]:
    """The items, these very objects, that are only in the first sequence, and those only in the second."""
    still, known = set(map(id, after)), set(map(id, before))
    return [item for item in before if id(item) not in still], [item for item in after if id(item) not in known]
