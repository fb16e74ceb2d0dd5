"""`People.base` against Obsidian's documentation of Bases: its syntax, its functions, and the types they go by."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from vaultrel.model import OWNED_FIELDS
from vaultrel.outputs.people_base import PeopleBase

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.outputs.conftest import MakeSnapshot

    from vaultrel.outputs.base import RenderContext

SECTIONS = {"filters", "formulas", "properties", "summaries", "views"}
VIEW_KEYS = {"type", "name", "limit", "filters", "order", "sort", "groupBy", "summaries", "columnSize"}
LAYOUTS = {"table", "cards", "list"}

NOTE_TYPES = {
    "note.rel_strength": "number",
    "note.rel_band": "string",
    "note.rel_last_contact": "date",
    "note.rel_next_followup": "date",
    "note.rel_rhythm_days": "number",
    "note.rel_contact_days": "number",
}
FILE_TYPES = {"file.name": "string", "file.ext": "string", "file.folder": "string", "file.path": "string",
              "file.basename": "string", "file.size": "number", "file.ctime": "date", "file.mtime": "date"}  # fmt: skip
GLOBALS = {
    ("now", ()): "date",
    ("today", ()): "date",
    ("date", ("string",)): "date",
    ("duration", ("string",)): "duration",
    ("number", ("date",)): "number",
    ("number", ("boolean",)): "number",
    ("number", ("string",)): "number",
    ("number", ("number",)): "number",
}
METHODS = {
    ("number", "isEmpty", ()): "boolean",
    ("number", "round", ()): "number",
    ("number", "round", ("number",)): "number",
    ("number", "floor", ()): "number",
    ("number", "ceil", ()): "number",
    ("number", "abs", ()): "number",
    ("number", "toFixed", ("number",)): "string",
    ("string", "isEmpty", ()): "boolean",
    ("string", "contains", ("string",)): "boolean",
    ("string", "startsWith", ("string",)): "boolean",
    ("string", "lower", ()): "string",
    ("date", "isEmpty", ()): "boolean",
    ("date", "date", ()): "date",
    ("date", "relative", ()): "string",
    ("date", "format", ("string",)): "string",
}
"""What the page "Functions" tells of the types that are used, as what is called, with what, and what comes back."""

OPERATORS = {
    **{(left, sign, left): "number" for left in ("number",) for sign in "+-*/%"},
    **{(left, sign, left): "boolean" for left in ("number", "date") for sign in ("<", "<=", ">", ">=")},
    **{(left, sign, left): "boolean" for left in ("number", "date", "string", "boolean") for sign in ("==", "!=")},
    **{("boolean", sign, "boolean"): "boolean" for sign in ("&&", "||")},
    ("date", "-", "date"): "number",
    ("date", "+", "span"): "date",
    ("date", "-", "span"): "date",
    ("date", "+", "duration"): "date",
    ("date", "-", "duration"): "date",
    ("string", "+", "string"): "string",
}
"""What the page "Bases syntax" tells of operators; a span is a text that reads as a duration."""

TIGHTER = (("||",), ("&&",), ("==", "!="), ("<", "<=", ">", ">="), ("+", "-"), ("*", "/", "%"))
SPAN = re.compile(
    r"[+-]?\d+ ?(y|years?|M|months?|d|days?|w|weeks?|h|hours?|m|minutes?|s|seconds?)"  # the units of "Date arithmetic"
)
TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?|\"[^\"]*\"|'[^']*'|[A-Za-z_]\w*|[<>=!]=|&&|\|\||[-+*/%<>!().,])")


class Expression:
    """One filter or formula, read as the documentation says; `kind` is the type of what comes out.

    Raises:
        ValueError: the documentation knows no such thing.
    """

    def __init__(self, text: str, formulas: Mapping[str, str]) -> None:
        self._formulas = formulas
        self._tokens: list[str] = []
        at = 0
        while text[at:].strip():
            found = TOKEN.match(text, at)
            if found is None:
                raise ValueError(f"{text[at:]!r} is no part of an expression")
            self._tokens.append(found[1])
            at = found.end()
        self.kind = self._operation(0)
        if self._tokens:
            raise ValueError(f"{self._tokens[0]!r} is left over")

    def _take(self, *wanted: str) -> str:
        if not self._tokens or (wanted and self._tokens[0] not in wanted):
            raise ValueError(f"{wanted} is wanted before {self._tokens[:1]}")
        return self._tokens.pop(0)

    def _operation(self, level: int) -> str:
        if level == len(TIGHTER):
            return self._negation()
        left = self._operation(level + 1)
        while self._tokens and self._tokens[0] in TIGHTER[level]:
            sign = self._take()
            literal = self._tokens[0] if self._tokens else ""
            right = self._operation(level + 1)
            if left == "date" and right == "string" and SPAN.fullmatch(literal[1:-1]):
                right = "span"
            left = look_up(OPERATORS, (left, sign, right))
        return left

    def _negation(self) -> str:
        if self._tokens[:1] == ["!"]:
            self._take()
            if (kind := self._negation()) != "boolean":
                raise ValueError(f"{kind} cannot be negated")
            return kind
        return self._value()

    def _value(self) -> str:
        token = self._take()
        if token == "(":
            kind = self._operation(0)
            self._take(")")
        elif token[0] in "\"'":
            kind = "string"
        elif token[0].isdigit():
            kind = "number"
        elif token in {"true", "false"}:
            kind = "boolean"
        elif token in {"note", "file", "formula"}:
            self._take(".")
            kind = self._property(f"{token}.{self._take()}")
        else:
            kind = look_up(GLOBALS, (token, self._arguments()))
        while self._tokens[:1] == ["."]:
            self._take()
            kind = look_up(METHODS, (kind, self._take(), self._arguments()))
        return kind

    def _property(self, name: str) -> str:
        if name.startswith("formula."):
            return Expression(look_up(self._formulas, name.removeprefix("formula.")), {}).kind
        return look_up(NOTE_TYPES | FILE_TYPES, name)

    def _arguments(self) -> tuple[str, ...]:
        self._take("(")
        kinds = []
        while self._tokens[:1] != [")"]:
            kinds.append(self._operation(0))
            if self._tokens[:1] != [")"]:
                self._take(",")
        self._take(")")
        return tuple(kinds)


def look_up(known: Mapping[Any, str], what: object) -> str:
    if what not in known:
        raise ValueError(f"{what} is not documented")
    return known[what]


def filters(rule: object) -> list[str]:
    """The statements of a filter: one text, or one of `and`, `or`, `not` over a list of filters."""
    if isinstance(rule, str):
        return [rule]
    if not (isinstance(rule, dict) and len(rule) == 1 and set(rule) <= {"and", "or", "not"}):
        raise ValueError(f"{rule!r} is no filter")
    (entries,) = rule.values()
    return [statement for entry in entries for statement in filters(entry)]


def check_base(base: dict[str, Any]) -> None:
    """Hold a base against the documentation.

    Raises:
        ValueError: it has something that is not documented, or no sense.
    """
    if not set(base) <= SECTIONS:
        raise ValueError(f"sections {set(base) - SECTIONS}")
    formulas = base.get("formulas", {})
    named = [*base.get("properties", {})]
    rules = [base["filters"]] if "filters" in base else []
    for view in base["views"]:
        if not (set(view) <= VIEW_KEYS and view["type"] in LAYOUTS and isinstance(view["name"], str)):
            raise ValueError(f"view {view}")
        sorts = [*view.get("sort", []), *([view["groupBy"]] if "groupBy" in view else [])]
        if any(set(sort) != {"property", "direction"} or sort["direction"] not in {"ASC", "DESC"} for sort in sorts):
            raise ValueError(f"sort {sorts}")
        named += [*view.get("order", []), *(sort["property"] for sort in sorts)]
        rules += [view["filters"]] if "filters" in view else []
    for text in [*named, *formulas.values()]:
        Expression(text, formulas)
    for shown in base.get("properties", {}).values():
        if set(shown) != {"displayName"}:
            raise ValueError(f"property {shown}")
    for statement in (statement for rule in rules for statement in filters(rule)):
        if Expression(statement, formulas).kind != "boolean":
            raise ValueError(f"{statement!r} says neither yes nor no")


@pytest.fixture
def base(snapshot: MakeSnapshot, context: RenderContext) -> dict[str, Any]:
    parsed = yaml.safe_load(PeopleBase().render(snapshot(), context))
    assert isinstance(parsed, dict)
    return parsed


def test_all_of_it_is_in_the_documentation(base: dict[str, Any]) -> None:
    check_base(base)


def test_the_types_of_all_our_properties_are_known() -> None:
    assert set(NOTE_TYPES) == {f"note.{field}" for field in OWNED_FIELDS}


def test_its_views_are_strongest_fading_and_this_week(base: dict[str, Any]) -> None:
    assert [view["name"] for view in base["views"]] == ["Strongest", "Fading", "This week"]


def test_days_quiet_is_a_formula_that_gives_a_number(base: dict[str, Any]) -> None:
    formula = "((number(today()) - number(note.rel_last_contact)) / 86400000).round(0)"
    assert base["formulas"] == {"days_quiet": formula}
    assert Expression(formula, {}).kind == "number"


@pytest.mark.parametrize("view", range(3))
def test_whoever_lacks_a_property_is_not_in_a_view_that_compares_it(base: dict[str, Any], view: int) -> None:
    statements = [*filters(base["filters"]), *filters(base["views"][view].get("filters", {"and": []}))]
    compared = {name for text in statements for name in re.findall(r"note\.\w+(?= [<>])", text)}
    assert all(f"!{name}.isEmpty()" in statements for name in compared)


@pytest.mark.parametrize(
    "text",
    [
        "note.rel_score", "rel_strength", "file.birthday", "formula.days", "today", "yesterday()", "today(1)",
        "number(today()).rounded()", "note.rel_band.round(0)", "note.rel_last_contact.round(0)",
        "note.rel_strength <= today()", 'today() + "7 moons"', "today() + 7", "note.rel_band == fading",
        "note.rel_strength = 5", "(today()", "today())", "!note.rel_strength", "note.rel_strength..isEmpty()",
        "not note.rel_strength.isEmpty()", "",
    ],
)  # fmt: skip
def test_what_is_not_documented_is_noticed(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Expression(text, {"days_quiet": "number(today())"})


@pytest.mark.parametrize(
    "change",
    [
        {"sorting": []},
        {"filters": {"and": [], "or": []}},
        {"filters": "note.rel_strength"},
        {"properties": {"note.rel_strength": {"name": "Strength"}}},
        {"views": [{"type": "board", "name": "x"}]},
        {"views": [{"type": "table", "name": "x", "columns": []}]},
        {"views": [{"type": "table", "name": "x", "sort": [{"property": "file.name", "direction": "UP"}]}]},
        {"views": [{"type": "table", "name": "x", "order": ["formula.gone"]}]},
    ],
)
def test_a_base_that_is_none_is_noticed(base: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, KeyError)):
        check_base(base | change)
