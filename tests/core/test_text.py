from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vaultrel.core.text import clean_text, fold_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ines Vidal", "ines  vidal "),
        ("Jäkel", unicodedata.normalize("NFD", "JÄKEL")),
        ("Ines\u00a0Vidal", "Ines Vidal"),
        ("STRASSE", "straße"),
        ("Σίσυφος", "ΣΊΣΥΦΟΣ"),
        ("\tINES\nVIDAL", "ines vidal"),
    ],
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert fold_name(one) == fold_name(other)


@pytest.mark.parametrize(("one", "other"), [("Jon", "John"), ("Ana", "Anna"), ("Kim", "Kim (Tern)"), ("Jose", "José")])
def test_similar_names_stay_apart(one: str, other: str) -> None:
    assert fold_name(one) != fold_name(other)


@given(st.text())
def test_a_key_is_its_own_key_in_any_form(text: str) -> None:
    key = fold_name(text)
    assert fold_name(key) == key
    assert fold_name(unicodedata.normalize("NFD", text)) == key


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("met\x00Ines\r\nat\u2028the\u2029bay", "met Ines at the bay"),
        ("\u202eladiV senI\u202c", "ladiV senI"),
        ("a\ud800b", "a b"),
        ("  a \u00a0 b  ", "a b"),
        ("👩\u200d🚀 Ines", "👩\u200d🚀 Ines"),
        ("", ""),
    ],
)
def test_text_for_showing_is_one_clean_line(text: str, clean: str) -> None:
    assert clean_text(text, 100) == clean


def test_text_that_is_too_long_ends_in_an_ellipsis() -> None:
    assert clean_text("abc def ghi", 8) == "abc def…"
    assert clean_text("abc def", 7) == "abc def"
    assert clean_text("abc", 0) == ""


@given(st.text(st.characters()), st.integers(0, 30))
def test_shown_text_never_breaks_a_line_nor_its_limit(text: str, limit: int) -> None:
    shown = clean_text(text, limit)
    assert len(shown) <= limit
    assert shown.splitlines() == ([shown] if shown else [])
    assert shown.encode("utf-8").decode("utf-8") == shown
    assert clean_text(shown, limit) == shown
