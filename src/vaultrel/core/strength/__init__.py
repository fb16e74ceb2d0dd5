"""The strength models: one module each, listed in `MODELS`."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vaultrel.core.rhythm import collapse_days
from vaultrel.core.strength import frequency, recency, two_memories
from vaultrel.core.strength.base import StrengthModel, shown_strength
from vaultrel.errors import SettingsError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from vaultrel.model import Interaction, NotePath

__all__ = ["MODELS", "StrengthModel", "get_model", "score_ties", "shown_strength"]

MODELS: tuple[StrengthModel, ...] = (two_memories, recency, frequency)
"""Every model; the first is the default of the setting ``strength_model``."""


def get_model(name: str) -> StrengthModel:
    """The model of that name.

    Raises:
        SettingsError: there is none; the message names those there are.
    """
    for model in MODELS:
        if model.name == name:
            return model
    known = ", ".join(model.name for model in MODELS)
    raise SettingsError("The settings", (f"`strength_model`: there is no model {name!r}; known models: {known}",))


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
    return {person: chosen.score(collapse_days(found), as_of) for person, found in sorted(by_person.items())}
