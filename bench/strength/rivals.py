"""How others score a tie, written out from what they publish, for days of contact all before the day to score for.

Each function gives a number that is higher for a stronger tie. Where a formula asks for what no log of contact holds (a
mood, an importance set by hand, a speed of answering), that part is the same for everybody and left out, which changes
no order. What counts messages or visits is given days of contact: every score here, ours too, sees the same.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vaultrel.core.evaluation import Contender

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from vaultrel.model import ContactDay


def silence_days(days: Sequence[ContactDay], as_of: dt.date) -> int:
    """Days since the last contact."""
    return (as_of - days[-1].day).days


def count_within(days: Sequence[ContactDay], as_of: dt.date, window_days: int) -> int:
    """Contact days of the last `window_days`."""
    return sum((as_of - day.day).days <= window_days for day in days)


def decayed(days: Sequence[ContactDay], as_of: dt.date, half_life_days: float) -> float:
    """Contacts of today that all contact amounts to, each worth half as much after the half-life."""
    return sum(2 ** (-(as_of - day.day).days / half_life_days) for day in days)


def last_contact(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The most common order of personal CRMs: who was heard of last.

    Monica shows when you last talked to somebody; Obsidian's contact plugins sort by a date of last contact. Keeping
    in touch at a cadence that the user sets, as in Dex, Clay or Monica, comes to the same where none is set.
    """
    return -silence_days(days, as_of)


def contact_count(days: Sequence[ContactDay], as_of: dt.date) -> float:  # noqa: ARG001 - a count knows no day
    """How often there was contact, as the popularity of addresses in mail programs counts it."""
    return len(days)


def traffic_light(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """Green for 14 days, yellow up to 30, then red: statuses of relationship health by days since the last contact."""
    silence = silence_days(days, as_of)
    return 2 if silence <= 14 else 1 if silence <= 30 else 0


def recency_times_frequency(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """Recency and frequency of direct marketing's RFM (Hughes 1994) as one ratio; there is no money in a tie."""
    return math.log(len(days)) - math.log(max(1, silence_days(days, as_of)))


def points_30_25_15(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The points of a business CRM: 30 for recency, 25 for frequency, 15 for depth.

    30 less a point a day; 2 points for a contact of the last 30 days and 0.2 for one of the last 90, up to 25; 1.5
    points for each deep contact (here: more than a message or a mention), up to 15. Found in public code that names no
    source.
    """
    recency = max(0, 30 - silence_days(days, as_of))
    frequency = min(25, 2 * count_within(days, as_of, 30) + 0.2 * count_within(days, as_of, 90))
    shallow = frozenset({"email", "sms", "dm", "message", "mention"})
    depth = min(15, 1.5 * sum(not day.kinds <= shallow for day in days))
    return recency + frequency + depth


def everreach_warmth(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The warmth of EverReach (github.com/IsaiahDupree/EverReach, docs/WARMTH_FORMULA_EXPLAINED.md).

    40 + up to 25 for the last contact within 90 days + up to 15 for six contacts within 90 days + 5 for two kinds
    within 30 days − half a point a day from the 8th day of silence on, up to 30.
    """
    silence = silence_days(days, as_of)
    recency = round(25 * max(0, 90 - silence) / 90)
    frequency = round(15 * min(6, count_within(days, as_of, 90)) / 6)
    kinds = {kind for day in days if (as_of - day.day).days <= 30 for kind in day.kinds}
    lost = round(min(30, 0.5 * max(0, silence - 7)))
    return min(100, max(0, 40 + recency + frequency + 5 * (len(kinds) >= 2) - lost))


def lifeos_strength(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The strength of LifeOS as it began (github.com/nbramia/LifeOS, api/services/relationship_metrics.py).

    0.3 (1 − silence / 90) + 0.4 min(1, contacts within 90 days / 20) + 0.3 kinds of contact / all kinds (here: six).
    """
    kinds = frozenset[str]().union(*(day.kinds for day in days))
    frequency = min(1, count_within(days, as_of, 90) / 20)
    return 0.3 * max(0, 1 - silence_days(days, as_of) / 90) + 0.4 * frequency + 0.3 * len(kinds) / 6


def relationship_os(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The score of relationship-os (github.com/youngnrich73/relationship-os, src/lib/scoring.ts), rounded as there.

    0.35 e^(−0.08 silence) + 0.3 tanh(contacts within 30 days / 10); the rest is answering and mood.
    """
    recency = math.exp(-0.08 * silence_days(days, as_of))
    return round(100 * (0.35 * recency + 0.3 * math.tanh(count_within(days, as_of, 30) / 10)))


def frecency_buckets(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """Firefox's frecency up to version 146 (firefox-source-docs.mozilla.org, Ranking (Legacy)), one kind of visit.

    Number of visits × mean weight of the last ten: 100 within 4 days, 70 within 14, 50 within 31, 30 within 90, else
    10.
    """
    weights = []
    for day in days[-10:]:
        age = (as_of - day.day).days
        weights.append(100 if age <= 4 else 70 if age <= 14 else 50 if age <= 31 else 30 if age <= 90 else 10)
    return math.ceil(len(days) * sum(weights) / len(weights))


def frecency_decay(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """Frecency as one exponential decay with a half-life of 30 days (wiki.mozilla.org, User:Jesse/NewFrecency)."""
    return decayed(days, as_of, 30)


def zoxide_frecency(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The frecency of zoxide (github.com/ajeetdsouza/zoxide, wiki, Algorithm), by whole days.

    Number of visits × 2 on the day after the last, × ½ within a week, × ¼ later.
    """
    silence = silence_days(days, as_of)
    return len(days) * (2 if silence <= 1 else 0.5 if silence <= 7 else 0.25)


def interactions_rank(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """Interactions Rank of Gmail's suggestions (Roth et al., KDD 2010); half-life and weight are left tunable there.

    Each contact halves in a week; five times as much for what the owner started.
    """
    started = [day for day in days if "by_me" in day.directions]
    return decayed(days, as_of, 7) + 4 * decayed(started, as_of, 7)


def exponential_60(days: Sequence[ContactDay], as_of: dt.date) -> float:
    """One exponential decay with a half-life of 60 days."""
    return decayed(days, as_of, 60)


def actr(decay: float) -> Contender:
    """Base-level activation of ACT-R, ln Σ age^(−d): how memory weighs what it met (Anderson & Schooler 1991).

    d = 0.5 is the theory's default.
    """

    def activation(days: Sequence[ContactDay], as_of: dt.date) -> float:
        return math.log(sum(max(1, (as_of - day.day).days) ** -decay for day in days))

    return Contender(f"ACT-R, d = {decay}", activation)


RIVALS = (
    Contender("last contact", last_contact),
    Contender("contact count", contact_count),
    Contender("traffic light 14/30", traffic_light),
    Contender("recency × frequency", recency_times_frequency),
    Contender("points 30/25/15", points_30_25_15),
    Contender("EverReach warmth", everreach_warmth),
    Contender("LifeOS strength", lifeos_strength),
    Contender("relationship-os", relationship_os),
    Contender("frecency, buckets", frecency_buckets),
    Contender("frecency, 30 days", frecency_decay),
    Contender("frecency, zoxide", zoxide_frecency),
    Contender("Interactions Rank", interactions_rank),
    Contender("exponential, 60 days", exponential_60),
    actr(0.5),
    actr(0.8),
)
"""Everything to compare our models with."""
