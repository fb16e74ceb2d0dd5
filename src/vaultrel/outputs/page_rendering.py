"""Puts the web page together: sections, map, style and script, and the policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import jinja2
import markupsafe
from msgspec import Struct

from vaultrel.core.intents import LAST_DAY
from vaultrel.core.occasions import shift_day
from vaultrel.core.text import clean_text
from vaultrel.outputs.page_map import MOST_DRAWN, choose_drawn, draw_maps
from vaultrel.outputs.page_sections import compose_sections
from vaultrel.outputs.page_words import NAME_LIMIT, WORDS_LIMIT, Writer, show_count

if TYPE_CHECKING:
    import datetime as dt

    from vaultrel.model import Snapshot
    from vaultrel.outputs.base import RenderContext

SNOOZES = (("1 week", 7), ("2 weeks", 14), ("1 month", 30), ("3 months", 90))
"""What the page offers, in days from its own day."""


class PageActions(Struct, frozen=True):
    """What a served page offers besides looking; a page as a file offers nothing.

    Attributes:
        token: goes back with everything that is done, so that no other page can do it; empty for a page that does
            nothing.
        feed: address of the calendar subscription; empty for none.
    """

    token: str
    feed: str = ""


def render_page(
    snapshot: Snapshot, context: RenderContext, actions: PageActions | None = None, notice: str = ""
) -> bytes:
    """The page, in UTF-8.

    Args:
        snapshot: what it tells.
        context: the settings under ``[page]`` count, and the vault's name.
        actions: what the page offers; None for a file. With ``read_only`` nothing that writes.
        notice: said above everything else: what was done last.
    """
    settings = context.settings
    writer = Writer(context.vault_name, settings.phrases, hide=settings.page.hide_names)
    sections = compose_sections(snapshot, settings, writer)
    drawn = choose_drawn(snapshot, MOST_DRAWN)
    page = _load_template().render(
        page=sections,
        headline=sections.headline,
        contacts=show_count(sections.headline.contacts, "contact"),
        notes=show_count(snapshot.note_count, "note"),
        vault=writer.words(context.vault_name, NAME_LIMIT),
        as_of=writer.day(snapshot.as_of),
        maps=draw_maps(snapshot, drawn, settings, writer),
        bands={state.person.path: state.tie.band for state in drawn},
        hide=writer.hide,
        actions=actions,
        may_write=actions is not None and bool(actions.token) and not settings.page.read_only,
        notice=clean_text(notice, WORDS_LIMIT),
        snoozes=_list_snoozes(snapshot.as_of),
        first_until=shift_day(snapshot.as_of, 1).isoformat(),
        last_until=LAST_DAY.isoformat(),
        policy=page_policy(),
        # As they are: any other spelling would not fit their hashes.
        style=markupsafe.Markup(_read_file("page.css")),  # noqa: S704 - a file of this package
        script=markupsafe.Markup(_read_file("page.js")),  # noqa: S704 - a file of this package
    )
    return page.encode("utf-8")


@cache
def page_policy() -> str:
    """The page's content security policy: its own style and script by their hashes, its own forms, and nothing else."""
    return (
        f"default-src 'none'; style-src {_hash_source('page.css')}; script-src {_hash_source('page.js')}; "
        "img-src data:; form-action 'self'; base-uri 'none'"
    )


def _list_snoozes(as_of: dt.date) -> list[tuple[str, str]]:
    return [(words, shift_day(as_of, days).isoformat()) for words, days in SNOOZES]


def _hash_source(name: str) -> str:
    digest = hashlib.sha256(_read_file(name).encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _read_file(name: str) -> str:
    """A file of the page, which is part of the program as much as this module."""
    return resources.files("vaultrel.outputs").joinpath("page", name).read_text("utf-8")


@cache
def _load_template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_read_file("page.html"))
