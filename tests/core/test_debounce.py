from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.debounce import Debouncer


def test_nothing_added_gives_nothing_and_no_deadline() -> None:
    debouncer = Debouncer(1.0, 10.0)
    assert debouncer.ready(1e9) == frozenset()
    assert debouncer.next_deadline() is None


def test_a_path_waits_until_it_has_been_quiet() -> None:
    debouncer = Debouncer(1.0, 10.0)
    debouncer.add("a.md", 5.0)
    assert debouncer.next_deadline() == 6.0
    assert debouncer.ready(5.9) == frozenset()
    assert debouncer.ready(6.0) == {"a.md"}
    assert debouncer.next_deadline() is None


def test_a_three_second_stream_of_saves_is_one_batch() -> None:
    debouncer = Debouncer(0.5, 10.0)
    batches = []
    for step in range(150):
        now = step * 0.02
        debouncer.add(f"{step % 7}.md", now)
        batches.append(debouncer.ready(now))
    assert not any(batches)
    assert debouncer.ready(149 * 0.02 + 0.5) == {f"{number}.md" for number in range(7)}


def test_a_stream_that_never_rests_is_released_when_its_oldest_path_has_waited_long_enough() -> None:
    debouncer = Debouncer(0.5, 2.0)
    released_at = []
    for step in range(600):
        debouncer.add("busy.md", step / 100)
        if debouncer.ready(step / 100):
            released_at.append(step / 100)
    assert released_at == [2.0, 4.01]


def test_the_wait_of_a_new_batch_starts_with_its_own_first_path() -> None:
    debouncer = Debouncer(1.0, 3.0)
    debouncer.add("a.md", 0.0)
    assert debouncer.ready(1.0) == {"a.md"}
    debouncer.add("b.md", 100.0)
    assert debouncer.next_deadline() == 101.0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 2)), max_size=40))
def test_every_path_added_comes_out_and_never_later_than_the_longest_wait(stream: list[tuple[str, float]]) -> None:
    debouncer = Debouncer(0.7, 3.0)
    now = 0.0
    waiting: dict[str, float] = {}
    for path, pause in stream:
        # The caller wakes up at each deadline, as the daemon does.
        while (deadline := debouncer.next_deadline()) is not None and deadline <= now + pause:
            for released in debouncer.ready(deadline):
                assert deadline - waiting.pop(released) <= 3.0 + 1e-9
        now += pause
        debouncer.add(path, now)
        waiting.setdefault(path, now)
    assert debouncer.ready(now + 3.0) == waiting.keys()
