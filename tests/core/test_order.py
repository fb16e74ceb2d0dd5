from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core.order import SortedItems, SortedTable, SortedValues, diff_items, items_from
from vaultrel.model import Items

if TYPE_CHECKING:
    from collections.abc import Iterable


class Item:
    """Something that is equal to itself alone, with a key that it may share."""

    def __init__(self, key: int) -> None:
        self.key = key


KEYS = st.lists(st.integers(0, 9), max_size=12)
STEPS = st.lists(st.tuples(KEYS, st.sets(st.integers(0, 40)), st.booleans()), max_size=8)
"""What comes; which of those held go, by their place; whether so much comes and goes that all is sorted anew."""


def sorted_items(keys: Iterable[int]) -> tuple[SortedItems[Item], list[Item]]:
    items, given = SortedItems[Item](lambda item: item.key), [Item(key) for key in keys]
    items.swap((), given)
    return items, given


@given(STEPS)
@hypothesis_settings(max_examples=60)
def test_items_are_in_the_order_of_their_keys_and_then_of_their_coming(
    steps: list[tuple[list[int], set[int], bool]],
) -> None:
    items: SortedItems[Item] = SortedItems(lambda item: item.key)
    held: list[Item] = []
    for keys, places, many in steps:
        gone = [held[at] for at in places if at < len(held)]
        come = [Item(key) for key in (keys * 70 if many else keys)]
        items.swap(gone, come)
        held = sorted([item for item in held if item not in gone] + come, key=lambda item: item.key)
        assert items.all() == tuple(held)
        assert list(items) == held
        assert len(items) == len(held)
        assert items.until(4) == tuple(item for item in held if item.key <= 4)
        assert items.after(4) == [item for item in held if item.key > 4]


def test_all_items_are_the_same_object_until_one_comes_or_goes() -> None:
    items, (one, _) = sorted_items([1, 2])
    before = items.all()
    items.swap((), ())
    assert items.all() is before
    assert items.until(2) is before
    items.swap([one], [])
    assert len(items.all()) == 1


def test_many_items_can_be_replaced_at_once() -> None:
    items, given = sorted_items(range(1000))
    others = [Item(item.key) for item in given]
    assert items.all_but(zip(given, others, strict=True)) == others
    assert items.all() == given


def test_items_that_differ_little_share_what_they_have_in_common() -> None:
    items, given = sorted_items(range(10_000))
    before = items.all()
    items.swap([given[5000]], [Item(5000), Item(7000)])
    after = items.all()
    assert len(set(before.pieces) & set(after.pieces)) >= len(before.pieces) - 2


def test_pieces_stay_small_while_items_come_one_by_one() -> None:
    items, _ = sorted_items([])
    for key in [*range(2000), *range(2000)]:
        items.swap([], [Item(key)])
    assert [item.key for item in items] == sorted([*range(2000), *range(2000)])
    assert max(map(len, items.all().pieces)) < 600
    for item in [*items]:
        items.swap([item], [])
    assert items.all() == ()


def test_items_are_a_sequence_like_any_other() -> None:
    items, plain = Items([(1, 2), (3,), (4, 5)]), (1, 2, 3, 4, 5)
    assert items == plain
    assert plain == items
    assert items != (1, 2, 3, 4)
    assert items != (1, 2, 3, 4, 6)
    assert items == Items([plain])
    assert items == Items([(1, 2), (3, 4), (5,)])
    assert items != Items([(1, 2), (3, 4), (6,)])
    assert hash(items) == hash(Items([plain]))
    assert [items[at] for at in range(-5, 5)] == [*plain, *plain]
    assert (items[1:4], items[::-1], items[-2:]) == (plain[1:4], plain[::-1], plain[-2:])
    assert (3 in items, 6 in items, items.index(4)) == (True, False, 3)
    assert list(reversed(items)) == list(plain[::-1])
    with pytest.raises(IndexError):
        items[5]
    assert not Items([])


@given(KEYS.map(sorted), st.integers(-1, 10), st.integers(1, 4))
def test_items_from_a_key_on_are_found_however_they_are_cut(keys: list[int], first: int, size: int) -> None:
    later = [key for key in keys if key >= first]
    cut = Items([tuple(keys[at : at + size]) for at in range(0, len(keys), size)])
    assert [*items_from(cut, first, int)] == [*items_from(keys, first, int)] == later


def test_one_of_several_items_with_the_same_key_can_be_replaced() -> None:
    items, (one, two, three) = sorted_items([1, 1, 2])
    other = Item(1)
    assert items.all_but([(two, other)]) == (one, other, three)
    assert items.all() == (one, two, three)
    assert items.all_but([]) is items.all()


@given(st.lists(st.tuples(KEYS, KEYS), max_size=6))
@hypothesis_settings(max_examples=60)
def test_a_value_stays_until_it_was_taken_out_as_often_as_it_was_put_in(
    steps: list[tuple[list[int], list[int]]],
) -> None:
    values: SortedValues[int] = SortedValues(lambda value: -value)
    held: Counter[int] = Counter()
    for come, wanted in steps:
        gone = list((Counter(wanted) & held).elements())
        values.swap(gone, come)
        held = held - Counter(gone) + Counter(come)
        assert values.all() == tuple(sorted(held, reverse=True))


def test_values_that_go_and_come_at_once_leave_all_as_it_is() -> None:
    values: SortedValues[str] = SortedValues(str)
    values.swap((), ["b", "a", "a"])
    before = values.all()
    values.swap(["a", "b"], ["b", "a"])
    assert values.all() is before


def test_a_table_holds_one_item_for_each_name() -> None:
    table: SortedTable[str, int] = SortedTable(lambda number: -number)
    table.put({"a": 1, "b": 2, "c": 3})
    table.put({"a": 5, "b": None, "never": None})
    assert table.all() == (5, 3)
    assert (table.get("a"), table.get("b")) == (5, None)


@given(st.data(), KEYS)
@hypothesis_settings(max_examples=60)
def test_what_differs_is_told_by_identity(data: st.DataObject, keys: list[int]) -> None:
    before = [Item(key) for key in keys]
    kept = [item for item in before if data.draw(st.booleans())]
    after = data.draw(st.permutations([*kept, *(Item(key) for key in data.draw(KEYS))]))
    gone, come = diff_items(before, after)
    assert gone == [item for item in before if item not in after]
    assert come == [item for item in after if item not in before]
