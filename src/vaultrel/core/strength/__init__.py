"""The strength models: one module each, listed in `MODELS`."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from vaultrel.core.rhythm import collapse_days
from vaultrel.core.strength import frequency, recency, spaced_memories, two_memories
from vaultrel.core.strength.base import StrengthModel, past_days, shown_strength
from vaultrel.errors import SettingsError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from vaultrel.model import ContactDay, Interaction, NotePath

__all__ = [
    "MODELS",
    "StrengthModel",
    "add_model",
    "get_model",
    "probability_days",
    "score_days",
    "score_ties",
    "shown_strength",
    "strength_history",
]

MODELS: tuple[StrengthModel[Any], ...] = (two_memories, spaced_memories, recency, frequency)
"""Every model; the first is the default of the setting ``strength_model``."""


_ADDED: dict[str, StrengthModel[Any]] = {}


def add_model(model: StrengthModel[Any]) -> None:
    """Let `get_model` know of a model that is not vaultrel's own; one of the same name is replaced."""
    _ADDED[model.name] = model


def get_model(name: str) -> StrengthModel[Any]:
    """The model of that name.

    Raises:
        SettingsError: there is none; the message names those there are.
    """
    models = (*MODELS, *_ADDED.values())
    for model in models:
        if model.name == name:
            return model
    known = ", ".join(model.name for model in models)
    raise SettingsError("The settings", (f"`strength_model`: there is no model {name!r}; known models: {known}",))


def score_days(model: StrengthModel[Any], days: Sequence[ContactDay], as_of: dt.date) -> float:
    """The score, 0–100, for distinct days of contact in any order; those after `as_of` do not count."""
    return model.score(model.remember(past_days(days, as_of)), as_of)


def probability_days(model: StrengthModel[Any], days: Sequence[ContactDay], as_of: dt.date, horizon_days: int) -> float:
    """The chance, 0–1, of contact in the `horizon_days` from `as_of`; `days` as for `score_days`."""
    return model.probability(model.remember(past_days(days, as_of)), as_of, horizon_days)


def strength_history(model: StrengthModel[Any], days: Sequence[ContactDay], on: Sequence[dt.date]) -> tuple[float, ...]:
    """The score on each of the days `on`, from the days of contact up to and including it; one step for each of both.

    `days` are distinct; they and `on` are in order.
    """
    scores = []
    memory, known = model.remember(()), 0
    for as_of in on:
        upto = bisect_right(days, as_of, lo=known, key=attrgetter("day"))
        memory, known = model.remember(days[known:upto], memory), upto
        scores.append(model.score(memory, as_of))
    return tuple(scores)


def score_ties(
    interactions: Iterable[Interaction], as_of: dt.date, model: str = MODELS[0].name
) -> dict[NotePath, float]:
    """The score, 0–100, of everyone with an interaction, by person; what happens after `as_of` does not count.

    Raises:
        SettingsError: there is no model of that name.
    """
    chosen = get_model(model)
    by_person: defaultdict[NotePath, list[Interaction]] = defaultdict(list)
    for interaction in interactions:
        by_person[interaction.person].append(interaction)
    return {person: score_days(chosen, collapse_days(found), as_of) for person, found in sorted(by_person.items())}
