"""How well a score foretells contact, measured on logs of what happened.

At a few cut-off days everybody an owner has met before is scored from earlier days only; then what followed within a
window of W days is compared with the scores:

- ``auc``: how often, of two ties with different outcomes, the one that had contact scored higher, over all lists
  together; ``auc_in_list`` the same within each list, averaged: which of *your* people you will see.
- ``spearman``: rank correlation of the score with the number of contact days that followed, averaged over lists.
- ``ndcg``: normalised discounted cumulative gain (Järvelin & Kekäläinen 2002) of the ten highest, gain log2(1 + contact
  days); equal scores share their mean gain, so that no order among them is rewarded. Averaged over lists.
- ``comp``: the mean of those four.
- ``tied``: share of a list that has its score in common with somebody else in it, averaged over lists.
- ``log_loss`` and ``ece`` of the stated probabilities of contact. ``base_log_loss`` is that of stating for everybody
  how common contact was; the expected calibration error is the mean distance between what was stated and the share
  that came true, in ten bins of equal size.

The same functions score and judge as everywhere else in the product; nothing is fitted here.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_left
from collections import defaultdict
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from msgspec import Struct
from msgspec.structs import fields

from vaultrel.core.rhythm import TypicalGap, due_gap_days
from vaultrel.core.strength import probability_days, score_days

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from vaultrel.core.strength import StrengthModel
    from vaultrel.model import ContactDay

EventLog: TypeAlias = "Mapping[str, Mapping[str, tuple[ContactDay, ...]]]"
"""Owner → person → their days of contact, at least one, first day first (as `collapse_days` gives them)."""

MOST_LISTS = 160
MOST_TIES = 9000
"""Where a sample of many owners ends; the log of one owner is used whole."""

BINS = 10
GAIN_PLACES = 10
LEAST_PROBABILITY = 1e-6
"""Nobody is certain: a probability of 0 or 1 that fails would cost an endless log-loss."""

DUE_SHARE = 0.8
"""Share of gaps that should be over by the due day (see `due_gap_days`)."""

_EPOCH = dt.date(1970, 1, 1)
_TYPICAL_GAP_LOOKS = 12


class Design(Struct, frozen=True):
    """What is asked of a log.

    Attributes:
        windows_days: how many days to look ahead, each at least 1.
        cutoffs: number of days to look ahead from, at least 2, evenly over the rest of the log.
        start: share of the log's span that is history before the first cut-off, 0–1.
        least_known: people an owner must have met before a cut-off to be asked about them.
    """

    windows_days: tuple[int, ...] = (30, 90)
    cutoffs: int = 8
    start: float = 0.3
    least_known: int = 5


DEFAULT_DESIGN = Design()


class Contender(Struct, frozen=True):
    """A score to be judged, higher for a stronger tie, with its probability of contact if it states one."""

    name: str
    score: Callable[[Sequence[ContactDay], dt.date], float]
    probability: Callable[[Sequence[ContactDay], dt.date, int], float] | None = None


class ContactList(Struct, frozen=True):
    """Everybody one owner had met before the day `as_of`.

    Attributes:
        histories: each person's days of contact before that day.
        followed: window in days → each person's number of contact days within it, from `as_of` on. Only windows
            in which the owner was in contact with anybody, and which the log covers to their end.
    """

    as_of: dt.date
    histories: tuple[tuple[ContactDay, ...], ...]
    followed: Mapping[int, tuple[int, ...]]


class ScoredList(Struct, frozen=True):
    """A contender's answers for one `ContactList`; `probabilities` by window, empty if it states none."""

    scores: tuple[float, ...]
    probabilities: Mapping[int, tuple[float, ...]]
    followed: Mapping[int, tuple[int, ...]]


class Figures(Struct, frozen=True):
    """The measures of the module's docstring; None where one cannot be told from what was seen."""

    auc: float | None
    auc_in_list: float | None
    spearman: float | None
    ndcg: float | None
    comp: float | None
    tied: float | None
    ece: float | None
    log_loss: float | None
    base_log_loss: float | None


class Sample(NamedTuple):
    """What a window's figures rest on: the ties asked about, and the share of them that had contact."""

    ties: int
    rate: float


class Bin(NamedTuple):
    """Ties with similar probabilities: the mean of what was stated, the share that came true, how many."""

    stated: float
    happened: float
    ties: int


class Gap(NamedTuple):
    """A gap between two contact days with two or more before it: it follows day number `at` (from 0) of a tie."""

    owner: str
    person: str
    at: int


def contender_for(model: StrengthModel[Any]) -> Contender:
    """A strength model of the product, to be judged."""
    return Contender(model.name, partial(score_days, model), partial(probability_days, model))


def choose_cutoffs(log: EventLog, design: Design) -> tuple[dt.date, ...]:
    """The days to look ahead from, first day first.

    A single owner's are the middles of equal stretches: neither the beginning nor the end of one log is typical of it.
    """
    first, last = _span(log)
    begin = first + design.start * (last - first)
    end = last - min(design.windows_days) + 1
    count = design.cutoffs
    steps, whole = (range(1, 3 * count, 3), 3 * count - 1) if len(log) == 1 else (range(count), count - 1)
    # Days are counted from 1970, where the format of public logs counts from; int() cuts towards that day.
    days = {int(begin + (end - begin) * step / whole) for step in steps}
    return tuple(_EPOCH + dt.timedelta(day) for day in sorted(days))


def draw_lists(log: EventLog, owners: Iterable[str], design: Design = DEFAULT_DESIGN) -> tuple[ContactList, ...]:
    """The lists to be scored, owner after owner until there are enough; none from an empty log.

    Args:
        log: what happened.
        owners: whom of the log to ask, in which order; a shuffled order makes a sample of it.
        design: where to cut, and what to ask.
    """
    if not log:
        return ()
    cutoffs = choose_cutoffs(log, design)
    last = _EPOCH + dt.timedelta(_span(log)[1])
    lists: list[ContactList] = []
    ties = 0
    for owner, as_of in ((owner, as_of) for owner in owners for as_of in cutoffs):
        if len(lists) >= MOST_LISTS or (ties >= MOST_TIES and len(log) > 1):
            break
        found = _cut(log[owner].values(), as_of, last, design)
        if found.followed and len(found.histories) >= design.least_known:
            lists.append(found)
            ties += len(found.histories)
    return tuple(lists)


def score_list(contacts: ContactList, contender: Contender) -> ScoredList:
    """What the contender makes of one list, from the days before its cut-off alone."""
    probabilities: dict[int, tuple[float, ...]] = {}
    if contender.probability is not None:
        for window in contacts.followed:
            stated = (contender.probability(days, contacts.as_of, window) for days in contacts.histories)
            probabilities[window] = tuple(stated)
    scores = tuple(contender.score(days, contacts.as_of) for days in contacts.histories)
    return ScoredList(scores, probabilities, contacts.followed)


def describe_sample(lists: Sequence[ContactList]) -> dict[int, Sample]:
    """Window in days → what its figures rest on."""
    outcomes: defaultdict[int, list[bool]] = defaultdict(list)
    for contacts in lists:
        for window, followed in contacts.followed.items():
            outcomes[window] += [days > 0 for days in followed]
    return {window: Sample(len(seen), sum(seen) / len(seen)) for window, seen in sorted(outcomes.items())}


def measure(lists: Sequence[ScoredList]) -> dict[int, Figures]:
    """Window in days → figures of one contender over all lists."""
    windows = sorted({window for scored in lists for window in scored.followed})
    return {
        window: _measure_window([scored for scored in lists if window in scored.followed], window) for window in windows
    }


def mean_figures(figures: Iterable[Figures]) -> Figures:
    """Each measure's mean over those of the figures that have it."""
    every = list(figures)
    return Figures(*(_mean([getattr(found, field.name) for found in every]) for field in fields(Figures)))


def bin_probabilities(lists: Sequence[ScoredList], window_days: int) -> tuple[Bin, ...]:
    """The stated probabilities of contact within the window against what happened, in ten bins of about equal size.

    Where one probability fills several bins, those without contact come first: that can only add to the error.
    """
    pairs = sorted(
        (_held(stated), followed > 0)
        for scored in lists
        if window_days in scored.probabilities
        for stated, followed in zip(scored.probabilities[window_days], scored.followed[window_days], strict=True)
    )
    edges = [len(pairs) * number // BINS for number in range(BINS + 1)]
    return tuple(
        Bin(
            stated=sum(stated for stated, _ in pairs[start:end]) / (end - start),
            happened=sum(happened for _, happened in pairs[start:end]) / (end - start),
            ties=end - start,
        )
        for start, end in pairwise(edges)
        if end > start
    )


def list_gaps(log: EventLog) -> list[Gap]:
    """Every gap whose length could have been foretold: two contact days or more before it, another after it."""
    return [
        Gap(owner, person, at)
        for owner, people in log.items()
        for person, days in people.items()
        for at in range(1, len(days) - 1)
    ]


def measure_due(log: EventLog, gaps: Sequence[Gap]) -> float | None:
    """The share of gaps that were over by the due day as it stood after the contact before; meant to be `DUE_SHARE`.

    The due day is that of `due_gap_days`, before it is held between a week and a year. The owner's typical gap
    is the one known at the last of twelve days evenly over the owner's log; in a vault it is looked up every month.
    None without gaps.
    """
    typical = _TypicalGaps(log)
    covered = 0
    for gap in gaps:
        days = log[gap.owner][gap.person]
        day, following = days[gap.at].day, days[gap.at + 1].day
        expected = due_gap_days(days[: gap.at + 1], typical.known_by(gap.owner, day))
        assert expected is not None
        covered += (following - day).days <= max(1, math.floor(expected + 0.5))
    return covered / len(gaps) if gaps else None


class _TypicalGaps:
    """The owners' typical gaps at the last look before a day, worked out once for each look."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._looks: dict[str, tuple[dt.date, int]] = {}
        self._gaps: dict[tuple[str, int], float] = {}

    def known_by(self, owner: str, day: dt.date) -> float:
        """The owner's typical gap in days, from contact before the last look up to `day`."""
        people = self._log[owner]
        if owner not in self._looks:
            first, last = _span({owner: people})
            step = max(1, -(-(last - first) // _TYPICAL_GAP_LOOKS))
            self._looks[owner] = (_EPOCH + dt.timedelta(first), step)
        begin, step_days = self._looks[owner]
        look = (day - begin).days // step_days
        if (owner, look) not in self._gaps:
            before = begin + dt.timedelta(look * step_days)
            gap = TypicalGap()
            for person, days in people.items():
                gap.set_tie(person, days[: _count_before(days, before)])
            self._gaps[owner, look] = gap.before(dt.date.max)
        return self._gaps[owner, look]


def _span(log: EventLog) -> tuple[int, int]:
    """The first and the last day of the log, counted from 1970."""
    ends = [day.day for people in log.values() for days in people.values() for day in (days[0], days[-1])]
    return (min(ends) - _EPOCH).days, (max(ends) - _EPOCH).days


def _count_before(days: Sequence[ContactDay], day: dt.date) -> int:
    return bisect_left(days, day, key=lambda contact: contact.day)


def _cut(people: Iterable[tuple[ContactDay, ...]], as_of: dt.date, last: dt.date, design: Design) -> ContactList:
    """The owner's list at a cut-off, whatever it holds."""
    met: list[tuple[ContactDay, ...]] = []
    counts: dict[int, list[int]] = {window: [] for window in design.windows_days}
    active: set[int] = set()
    for days in people:
        known = _count_before(days, as_of)
        for window in design.windows_days:
            followed = _count_before(days, _add_days(as_of, window)) - known
            if followed:
                active.add(window)
            if known:
                counts[window].append(followed)
        if known:
            met.append(days[:known])
    # The day after the last may belong to a window: nobody knows whether a log was closed in the evening.
    covered = (last - as_of).days + 2
    return ContactList(
        as_of=as_of,
        histories=tuple(met),
        followed={
            window: tuple(counts[window]) for window in design.windows_days if window in active and window <= covered
        },
    )


def _add_days(day: dt.date, days: int) -> dt.date:
    return dt.date.fromordinal(min(day.toordinal() + days, dt.date.max.toordinal()))


def _measure_window(lists: Sequence[ScoredList], window: int) -> Figures:
    scores = [score for scored in lists for score in scored.scores]
    outcomes = [days > 0 for scored in lists for days in scored.followed[window]]
    auc = _auc(scores, outcomes)
    auc_in_list = _mean([_auc(scored.scores, [days > 0 for days in scored.followed[window]]) for scored in lists])
    # A list of which nobody was met again has no right order.
    ordered = [scored for scored in lists if any(scored.followed[window])]
    spearman = _mean([_correlation(_ranks(scored.scores), _ranks(scored.followed[window])) for scored in ordered])
    ndcg = _mean([_ndcg(scored.scores, scored.followed[window]) for scored in ordered])
    parts = [part for part in (auc, auc_in_list, spearman, ndcg) if part is not None]
    log_loss, base_log_loss = _log_losses(lists, window)
    bins = bin_probabilities(lists, window)
    return Figures(
        auc=auc,
        auc_in_list=auc_in_list,
        spearman=spearman,
        ndcg=ndcg,
        comp=_mean(parts) if len(parts) == 4 else None,
        tied=_mean([_tied_share(scored.scores) for scored in lists]),
        ece=sum(abs(found.stated - found.happened) * found.ties for found in bins) / len(scores) if bins else None,
        log_loss=log_loss,
        base_log_loss=base_log_loss,
    )


def _log_losses(lists: Sequence[ScoredList], window: int) -> tuple[float | None, float | None]:
    """The log-loss of the probabilities stated, and of the share that had contact stated for everybody."""
    stated = [_held(value) for scored in lists for value in scored.probabilities.get(window, ())]
    if not stated:
        return None, None
    outcomes = [days > 0 for scored in lists for days in scored.followed[window]]
    rate = _held(sum(outcomes) / len(outcomes))
    return _log_loss(stated, outcomes), _log_loss([rate] * len(outcomes), outcomes)


def _log_loss(stated: Sequence[float], outcomes: Sequence[bool]) -> float:
    losses = [math.log(value if happened else 1 - value) for value, happened in zip(stated, outcomes, strict=True)]
    return -math.fsum(losses) / len(losses)


def _held(probability: float) -> float:
    return min(max(probability, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)


def _ranks(values: Sequence[float]) -> list[float]:
    """Each value's rank from 1 for the lowest; equal values have the mean of theirs."""
    places: defaultdict[float, list[int]] = defaultdict(list)
    for place, value in enumerate(sorted(values), start=1):
        places[value].append(place)
    return [(places[value][0] + places[value][-1]) / 2 for value in values]


def _auc(scores: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """The chance that a tie with contact outranks one without (Mann–Whitney U); None without both kinds."""
    with_contact = sum(outcomes)
    without = len(outcomes) - with_contact
    if not with_contact or not without:
        return None
    ranked = sum(rank for rank, happened in zip(_ranks(scores), outcomes, strict=True) if happened)
    return (ranked - with_contact * (with_contact + 1) / 2) / (with_contact * without)


def _correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Pearson's correlation; 0 where one side does not vary."""
    left_mean, right_mean = sum(left) / len(left), sum(right) / len(right)
    left_square = sum((value - left_mean) ** 2 for value in left)
    right_square = sum((value - right_mean) ** 2 for value in right)
    if not left_square or not right_square:
        return 0.0
    product = sum((a - left_mean) * (b - right_mean) for a, b in zip(left, right, strict=True))
    return product / math.sqrt(left_square * right_square)


def _ndcg(scores: Sequence[float], followed: Sequence[int]) -> float:
    gains = [math.log2(1 + days) for days in followed]
    by_score: defaultdict[float, list[float]] = defaultdict(list)
    for score, gain in zip(scores, gains, strict=True):
        by_score[score].append(gain)
    found = [sum(same) / len(same) for _, same in sorted(by_score.items(), reverse=True) for _ in same]
    return _discounted(found) / _discounted(sorted(gains, reverse=True))


def _discounted(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains[:GAIN_PLACES], start=1))


def _tied_share(scores: Sequence[float]) -> float:
    counts: defaultdict[float, int] = defaultdict(int)
    for score in scores:
        counts[score] += 1
    return sum(count for count in counts.values() if count > 1) / len(scores)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
