from __future__ import annotations

import datetime as dt
import math
from itertools import pairwise, permutations
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from vaultrel.core import evaluation
from vaultrel.core.evaluation import (
    Contender,
    Design,
    Figures,
    ScoredList,
    bin_probabilities,
    choose_cutoffs,
    contender_for,
    describe_sample,
    draw_lists,
    list_gaps,
    mean_figures,
    measure,
    measure_due,
    score_list,
)
from vaultrel.core.strength import MODELS, probability_days, score_days
from vaultrel.model import ContactDay

if TYPE_CHECKING:
    from collections.abc import Sequence

JAN_1 = dt.date(2026, 1, 1)
WINDOW = 30


def contact_days(*numbers: int, first: dt.date = JAN_1) -> tuple[ContactDay, ...]:
    """Days of contact alone, by their distance from the first of January."""
    return tuple(
        ContactDay(first + dt.timedelta(number), 1, frozenset({"unknown"}), frozenset({"call"})) for number in numbers
    )


def answers(scores: Sequence[float], followed: Sequence[int], stated: Sequence[float] = ()) -> ScoredList:
    probabilities = {WINDOW: tuple(stated)} if stated else {}
    return ScoredList(tuple(scores), probabilities, {WINDOW: tuple(followed)})


def figures_of(*lists: ScoredList) -> Figures:
    return measure(lists)[WINDOW]


SCORED = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=5)


# --- the measures


@given(SCORED)
@hypothesis_settings(max_examples=60)
def test_auc_is_the_share_of_pairs_in_the_right_order_and_half_of_those_that_are_tied(
    pairs: list[tuple[int, int]],
) -> None:
    compared = [
        1.0 if score > other else 0.5 if score == other else 0.0
        for score, days in pairs
        if days
        for other, silent in pairs
        if not silent
    ]
    found = figures_of(answers(*zip(*pairs, strict=True)))
    assert found.auc == found.auc_in_list
    assert found.auc == (pytest.approx(sum(compared) / len(compared)) if compared else None)


@given(SCORED.filter(lambda pairs: any(days for _, days in pairs)))
@hypothesis_settings(max_examples=60)
def test_ndcg_is_what_a_random_order_of_equal_scores_gets_on_average(pairs: list[tuple[int, int]]) -> None:
    def gained(days: Sequence[int]) -> float:
        return sum(math.log2(1 + count) / math.log2(place + 2) for place, count in enumerate(days))

    orders = [order for order in permutations(pairs) if all(before[0] >= after[0] for before, after in pairwise(order))]
    on_average = sum(gained([days for _, days in order]) for order in orders) / len(orders)
    best = gained(sorted((days for _, days in pairs), reverse=True))
    assert figures_of(answers(*zip(*pairs, strict=True))).ndcg == pytest.approx(on_average / best)


def test_only_ten_places_count() -> None:
    in_order = answers(range(11), [1, *[0] * 9, 1])
    assert figures_of(in_order).ndcg == pytest.approx(1 / (1 + 1 / math.log2(3)))


@pytest.mark.parametrize(
    ("scores", "followed", "spearman"),
    [
        ([1, 2, 3], [0, 1, 2], 1),
        ([3, 2, 1], [0, 1, 2], -1),
        ([9, 9, 9], [0, 1, 2], 0),
        ([1, 2, 2, 4], [1, 1, 2, 2], 3 / math.sqrt(4.5 * 4)),  # ranks 1, 2.5, 2.5, 4 and 1.5, 1.5, 3.5, 3.5
    ],
)
def test_spearman_compares_ranks_and_equal_values_share_theirs(
    scores: list[float], followed: list[int], spearman: float
) -> None:
    assert figures_of(answers(scores, followed)).spearman == pytest.approx(spearman)


def test_comp_is_the_mean_of_the_four_and_unknown_when_one_is() -> None:
    found = figures_of(answers([3, 1, 2, 2], [2, 0, 0, 1]))
    parts = [found.auc, found.auc_in_list, found.spearman, found.ndcg]
    assert found.comp == pytest.approx(sum(part for part in parts if part is not None) / 4)
    assert figures_of(answers([3, 1], [1, 1])).comp is None


def test_tied_counts_everybody_who_shares_a_score() -> None:
    assert figures_of(answers([1, 1, 2, 3], [1, 0, 0, 0])).tied == 0.5
    assert figures_of(answers([1, 1, 2, 3], [1, 0, 0, 0]), answers([1, 2], [1, 0])).tied == 0.25


def test_a_list_of_which_nobody_was_met_again_has_no_order_but_counts_in_the_pooled_auc() -> None:
    alone, both = figures_of(answers([2, 1], [1, 0])), figures_of(answers([2, 1], [1, 0]), answers([3], [0]))
    assert (both.spearman, both.ndcg, both.auc_in_list) == (alone.spearman, alone.ndcg, alone.auc_in_list)
    assert (alone.auc, both.auc) == (1, 0.5)


def test_stating_how_common_contact_was_for_everybody_has_the_base_log_loss() -> None:
    found = figures_of(answers([1, 2, 3, 4], [1, 0, 0, 0], [0.25] * 4))
    assert found.log_loss == found.base_log_loss
    assert found.base_log_loss == pytest.approx(-(math.log(0.25) + 3 * math.log(0.75)) / 4)


def test_the_calibration_error_is_the_mean_distance_of_the_bins() -> None:
    stated = [number / 20 for number in range(20)]
    outcomes = [number >= 10 for number in range(20)]
    by_pair = [
        abs(sum(stated[at : at + 2]) / 2 - outcomes[at]) for at in range(0, 20, 2)
    ]  # both of a pair came true, or neither
    shuffled = list(zip(stated, outcomes, strict=True))[::-1]
    found = figures_of(
        answers(range(20), [int(came_true) for _, came_true in shuffled], [value for value, _ in shuffled])
    )
    assert found.ece == pytest.approx(sum(by_pair) / 10, abs=1e-6)


def test_certainty_that_fails_costs_much_but_not_endlessly() -> None:
    assert figures_of(answers([1, 2], [1, 0], [0, 1])).log_loss == pytest.approx(-math.log(1e-6))


def test_a_score_without_probabilities_has_no_log_loss() -> None:
    found = figures_of(answers([1, 2], [1, 0]))
    assert (found.log_loss, found.base_log_loss, found.ece) == (None, None, None)


def test_bins_are_of_about_equal_size_from_the_lowest_probability() -> None:
    stated = [number / 100 for number in range(1, 26)]
    bins = bin_probabilities([answers(range(25), [0] * 20 + [1] * 5, stated)], WINDOW)
    assert [found.ties for found in bins] == [2, 3, 2, 3, 2, 3, 2, 3, 2, 3]
    assert bins[0].stated == pytest.approx(0.015)
    assert [found.happened for found in bins] == [0] * 8 + [1, 1]


def test_means_leave_out_what_is_unknown() -> None:
    known, unknown = figures_of(answers([2, 1], [1, 0])), figures_of(answers([1, 1], [1, 1]))
    assert mean_figures([known, unknown]).auc == known.auc == 1
    assert mean_figures([known, unknown]).tied == 0.5
    assert mean_figures([unknown]).auc is None


# --- where a log is cut, and what is asked


def test_cut_offs_of_several_owners_go_from_the_start_to_the_last_day_a_window_fits_behind() -> None:
    log = {"a": {"x": contact_days(0, 100)}, "b": {"y": contact_days(50)}}
    cutoffs = choose_cutoffs(log, Design(windows_days=(11, 30), cutoffs=4, start=0.3))
    assert [(day - JAN_1).days for day in cutoffs] == [30, 50, 70, 90]


def test_cut_offs_of_a_single_owner_are_the_middles_of_equal_stretches() -> None:
    cutoffs = choose_cutoffs({"a": {"x": contact_days(0, 80)}}, Design(windows_days=(1,), cutoffs=3, start=0))
    assert [(day - JAN_1).days for day in cutoffs] == [10, 40, 70]


PEOPLE = {
    "early": contact_days(0, 10, 49),
    "late": contact_days(20, 50, 51, 79),
    "new": contact_days(60),
    "silent": contact_days(5),
    "last": contact_days(100),
}
DESIGN = Design(windows_days=(10, 30), cutoffs=2, start=0.5, least_known=3)


def test_a_list_holds_everybody_met_before_with_earlier_days_only_and_what_followed() -> None:
    lists = draw_lists({"me": PEOPLE, "you": {}}, ["me"], DESIGN)
    assert [(found.as_of - JAN_1).days for found in lists] == [50, 91]
    assert lists[0].histories == (contact_days(0, 10, 49), contact_days(20), contact_days(5))
    assert lists[0].followed == {10: (0, 2, 0), 30: (0, 3, 0)}


def test_only_windows_with_any_contact_that_the_log_covers_are_asked() -> None:
    at_91 = draw_lists({"me": PEOPLE, "you": {}}, ["me"], DESIGN)[1]
    assert at_91.followed == {10: (0, 0, 0, 0)}  # contact with somebody new; the log ends within the window of 30 days
    silent = {name: days for name, days in PEOPLE.items() if name != "last"}
    log = {"me": silent, "you": {"somebody": contact_days(105)}}
    assert [(found.as_of - JAN_1).days for found in draw_lists(log, ["me"], DESIGN)] == [52]


@pytest.mark.parametrize(("window", "asked"), [(52, True), (53, False)])
def test_a_window_may_end_the_day_after_the_last_of_the_log(window: int, *, asked: bool) -> None:
    at_50 = draw_lists({"me": PEOPLE, "you": {}}, ["me"], Design((10, window), cutoffs=2, start=0.5, least_known=3))[0]
    assert (window in at_50.followed) is asked


def test_owners_who_know_too_few_are_not_asked() -> None:
    log = {"me": PEOPLE, "you": {"x": contact_days(0, 60), "y": contact_days(1, 60)}}
    assert len(draw_lists(log, ["you"], DESIGN)) == 0
    assert len(draw_lists(log, ["you"], Design((10, 30), 2, 0.5, least_known=2))) == 1


def test_the_order_of_owners_decides_who_is_asked_until_there_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    log = {owner: {**PEOPLE, owner: contact_days(number)} for number, owner in enumerate(("a", "b", "c"))}
    first = draw_lists(log, ["c", "a", "b"], DESIGN)
    monkeypatch.setattr(evaluation, "MOST_LISTS", 3)
    assert draw_lists(log, ["c", "a", "b"], DESIGN) == first[:3]
    monkeypatch.setattr(evaluation, "MOST_TIES", 4)
    assert draw_lists(log, ["c", "a", "b"], DESIGN) == first[:1]
    alone = draw_lists({"a": PEOPLE}, ["a"], Design(windows_days=(30,), cutoffs=3, start=0, least_known=1))
    assert [len(found.histories) for found in alone] == [2, 3, 4]  # the log of one owner is used whole


def test_nothing_is_asked_of_an_empty_log() -> None:
    assert draw_lists({}, [], DESIGN) == ()
    assert measure([]) == {}


def test_a_sample_counts_ties_and_those_with_contact() -> None:
    assert describe_sample(draw_lists({"me": PEOPLE, "you": {}}, ["me"], DESIGN)) == {10: (7, 1 / 7), 30: (3, 1 / 3)}


@pytest.mark.parametrize("model", MODELS, ids=[model.name for model in MODELS])
def test_a_model_is_asked_through_the_functions_of_the_product(model: object) -> None:
    chosen = next(known for known in MODELS if known is model)
    (contacts, _) = draw_lists({"me": PEOPLE, "you": {}}, ["me"], DESIGN)
    found = score_list(contacts, contender_for(chosen))
    assert found.scores == tuple(score_days(chosen, days, contacts.as_of) for days in contacts.histories)
    assert found.probabilities == {
        window: tuple(probability_days(chosen, days, contacts.as_of, window) for days in contacts.histories)
        for window in (10, 30)
    }


def test_a_score_alone_is_asked_for_no_probability() -> None:
    (contacts, _) = draw_lists({"me": PEOPLE, "you": {}}, ["me"], DESIGN)
    found = score_list(contacts, Contender("count", lambda days, _: len(days)))
    assert (found.scores, found.probabilities) == ((3, 1, 1), {})


# --- the due day


def test_only_gaps_with_two_days_before_and_one_after_can_be_foretold() -> None:
    log = {"me": {"x": contact_days(0, 1, 2, 3), "y": contact_days(0, 1)}}
    assert list_gaps(log) == [("me", "x", 1), ("me", "x", 2)]


@pytest.mark.parametrize(
    ("days", "coverage"),
    [
        ((0, 30, 60), 1.0),  # (30 + 30)(√5 − 1): 74 days
        ((0, 30, 104), 1.0),
        ((0, 30, 105), 0.0),
        ((0, 29, 102), 1.0),  # 72.9 days: a day is whole, half a day counts up
        ((0, 29, 103), 0.0),
        ((0, 30, 60, 1000), 0.5),
    ],
)
def test_a_gap_is_covered_when_it_is_over_by_the_due_day(days: tuple[int, ...], coverage: float) -> None:
    log = {"me": {"x": contact_days(*days)}}
    assert measure_due(log, list_gaps(log)) == coverage


def test_the_due_day_knows_only_the_typical_gap_of_the_past() -> None:
    """The gap of 74 days is covered with a typical gap of 30, and not when others' gaps had been short by then."""
    brisk = {f"p{number}": contact_days(*range(0, 30, 1)) for number in range(20)}
    x = contact_days(0, 30, 104)
    late = {name: contact_days(*range(200, 230)) for name in brisk}
    assert measure_due({"me": {"x": x, **late}}, list_gaps({"me": {"x": x}})) == 1
    assert measure_due({"me": {"x": x, **brisk}}, list_gaps({"me": {"x": x}})) == 0


def test_the_typical_gap_is_looked_up_twelve_times_over_the_owner_s_log() -> None:
    """With 120 days there is a look every ten: what others did on days 11 to 18 is not known yet on day 19."""
    others = {f"p{number}": contact_days(*range(11, 19)) for number in range(20)}
    log = {"me": {"x": contact_days(0, 19, 80), **others, "end": contact_days(120)}}
    assert measure_due(log, list_gaps({"me": {"x": log["me"]["x"]}})) == 1
    known_by_look = {**log["me"], "x": contact_days(0, 20, 81)}
    assert measure_due({"me": known_by_look}, list_gaps({"me": {"x": known_by_look["x"]}})) == 0


def test_without_gaps_there_is_no_coverage() -> None:
    assert measure_due({"me": {"x": contact_days(0, 1)}}, []) is None
