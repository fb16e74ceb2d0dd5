"""The byte law of edits, over odd frontmatter and arbitrary bytes."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vaultrel.core.frontmatter import patch_frontmatter, read_frontmatter, split_note, strip_frontmatter
from vaultrel.model import OWNED_FIELDS, OwnedValue, Refusal

OUR_LINE = re.compile(
    rb"^ *[\"']?rel_(?:strength|band|last_contact|next_followup|rhythm_days|contact_days)[\"']?[ \t]*:"
)

FIELDS = st.fixed_dictionaries(
    {"rel_strength": st.integers(0, 100), "rel_band": st.sampled_from(["close", "warm", "fading", "dormant", "new"])},
    optional={
        "rel_last_contact": st.dates(dt.date(1900, 1, 1)),
        "rel_next_followup": st.dates(dt.date(1900, 1, 1)),
        "rel_rhythm_days": st.integers(1, 4000),
        "rel_contact_days": st.integers(1, 400),
    },
)

ENTRIES = st.sampled_from(
    [
        "title: plain\n",
        "title: 'it''s' # kept\n",
        'name: "a \\"b\\" \\u00e9"   # kept too\n',
        "tags: [a, 'b', \"c\"]\n",
        "tags:\n- a\n-   b # c\n",
        "tags:\n  - a\n\n  - b\n",
        "attendees: [[Ana Ruiz]]\n",
        "attendees:\n  - [[Ana Ruiz]]\n  - '[[Bo|B]]'\n",
        "note: |\n  one\n   two\n\n",
        "note: |+\n  one\n\n\n",
        "note: >-\n  one\n  two\n",
        "note: |2\n   lead\n  rest\n",
        "wrapped: one\n  two\n\n  three\n",
        "quoted: 'one\n  two'\n",
        "flow: {a: 1,\n  b: [2,\n  3]}\n",
        "empty:\n",
        "tilde: ~ # none\n",
        "phone: 0123456\n",
        "born: 2026-02-30\n",
        "time: 10:30\n",
        "base: &base\n  k: v\n",
        "copy: *base\n",
        "? odd\n: key\n",
        "? [a, b]\n: list key\n",
        "!!str tagged: !mine x\n",
        "# a comment\n",
        "  # an indented comment\n",
        "\n",
        "   \n",
        "\t\n",
        "日本: 山田 😀\n",
        "rel_strength: 12\n",
        "rel_strength:   # ours, empty\n",
        "rel_band: 'warm'  # a word\n",
        '"rel_band": fading\n',
        "rel_last_contact:   2024-01-31\n",
        "rel_rhythm_days: one\n  two\n",
        "rel_contact_days :\n  7\n",
        "meta:\n  rel_strength: 3\n",
        "x: a: b\n",
        "y: 'open\n",
        "- item\n",
        "...\n",
        "%TAG\n",
    ]
)
BODIES = st.sampled_from(["", "body\n", "\n\nbody", "rel_strength: 9\n", "---\nrel_band: x\n---\n", "a\r\nb\r", "😀"])


@st.composite
def notes(draw: st.DrawFn) -> bytes:
    content = "".join(draw(st.lists(ENTRIES, max_size=7)))
    if draw(st.integers(0, 9)) == 0:
        content = "".join(f"  {line}\n" for line in content.splitlines())
    opening, closing = draw(st.sampled_from([("---\n", "---\n"), ("---  \n", "---\t\n"), ("---\n", "---"), ("", "")]))
    body = "" if closing == "---" else draw(BODIES)
    text = (opening + content + closing if opening else "") + body
    if draw(st.booleans()):
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if draw(st.integers(0, 4)) == 0 else b"") + text.encode()


@st.composite
def mutated_notes(draw: st.DrawFn) -> bytes:
    data = draw(notes())
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(data)))
        piece = draw(
            st.sampled_from([b" ", b"\n", b":", b"-", b"'", b'"', b"#", b"[", b"]", b"{", b"&a ", b"\t", b"|"])
        )
        data = data[:at] + piece + data[at + draw(st.integers(0, 2)) :]
    return data


def without_our_lines(data: bytes) -> bytes:
    """The note without lines of ours, comments on them kept; by lines, knowing nothing of YAML."""
    block = split_note(data)
    if block is None:
        return data
    kept = []
    for line in data[block.content_start : block.content_end].splitlines(keepends=True):
        if OUR_LINE.match(line):
            _, blank, comment = re.split(rb"(\s)(?=#)|\Z", line, maxsplit=1)
            if blank:
                kept.append(comment)
        else:
            kept.append(line.lstrip(b" ") if line.lstrip(b" ").startswith(b"#") else line)
    return data[: block.content_start] + b"".join(kept) + data[block.content_end :]


def has_multi_line_value_of_ours(data: bytes) -> bool:
    """Whether a value of ours takes more than its key's line: the simple check above cannot follow that."""
    lines = data.splitlines()
    return any(OUR_LINE.match(line) and following.startswith((b" ", b"\t")) for line, following in pairwise(lines))


@settings(max_examples=300, deadline=None)
@given(mutated_notes(), FIELDS)
def test_an_edit_changes_nothing_outside_our_lines(data: bytes, fields: dict[str, OwnedValue]) -> None:
    assume(not has_multi_line_value_of_ours(data))
    patched = patch_frontmatter(data, fields)
    if isinstance(patched, Refusal):
        return
    if split_note(data) is None:
        block = split_note(patched)
        assert block is not None
        bom = data.startswith(b"\xef\xbb\xbf")
        assert (block.bom, patched[block.body_start :]) == (bom, data[3 * bom :])
    else:
        assert without_our_lines(patched) == without_our_lines(data)


@settings(max_examples=200, deadline=None)
@given(mutated_notes(), FIELDS)
def test_an_edited_note_says_what_was_asked_and_is_not_edited_again(data: bytes, fields: dict[str, OwnedValue]) -> None:
    patched = patch_frontmatter(data, fields)
    if isinstance(patched, Refusal):
        return
    assert patch_frontmatter(patched, fields) == patched
    written = {entry.key: entry.leaves[0].text for entry in read_frontmatter(patched).properties if entry.leaves}
    assert {key: written[key] for key in fields} == {key: str(value) for key, value in fields.items()}


@settings(max_examples=200, deadline=None)
@given(notes(), FIELDS)
def test_both_yaml_parsers_read_the_same_foreign_entries_after_an_edit(
    data: bytes, fields: dict[str, OwnedValue]
) -> None:
    patched = patch_frontmatter(data, fields)
    block = split_note(data)
    if isinstance(patched, Refusal) or block is None:
        return
    again = split_note(patched)
    assert again is not None
    before = data[block.content_start : block.content_end].decode()
    after = patched[again.content_start : again.content_end].decode()
    assert foreign_nodes(after) == foreign_nodes(before)


def foreign_nodes(content: str) -> list[str]:
    """The entries that are not ours, as PyYAML's own composer in Python serialises them."""
    root = yaml.compose(content, Loader=yaml.SafeLoader)
    entries = root.value if isinstance(root, yaml.MappingNode) else []
    return [repr((strip_marks(key), strip_marks(value))) for key, value in entries if key.value not in OWNED_FIELDS]


def strip_marks(node: yaml.Node) -> object:
    if isinstance(node, yaml.ScalarNode):
        return node.tag, node.value, node.style
    if isinstance(node, yaml.MappingNode):
        return node.tag, [(strip_marks(key), strip_marks(value)) for key, value in node.value]
    return node.tag, [strip_marks(item) for item in node.value]


@settings(max_examples=300, deadline=None)
@given(mutated_notes(), FIELDS)
def test_strip_gives_back_the_bytes_from_before_the_first_edit(data: bytes, fields: dict[str, OwnedValue]) -> None:
    assume(b"rel_" not in (data if (block := split_note(data)) is None else data[: block.content_end]))
    patched = patch_frontmatter(data, fields)
    if not isinstance(patched, Refusal):
        assert strip_frontmatter(patched) == data


@settings(max_examples=200, deadline=None)
@given(notes(), FIELDS, FIELDS)
def test_strip_forgets_how_often_a_note_was_edited(
    data: bytes, first: dict[str, OwnedValue], second: dict[str, OwnedValue]
) -> None:
    once = patch_frontmatter(data, first)
    if isinstance(once, Refusal):
        return
    twice = patch_frontmatter(once, dict.fromkeys(OWNED_FIELDS) | second)
    assert not isinstance(twice, Refusal)
    assert strip_frontmatter(twice) == strip_frontmatter(once)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=120).map(lambda noise: b"---\n" + noise + b"\n---\n")))
def test_no_bytes_raise(data: bytes) -> None:
    reading = read_frontmatter(data)
    patched = patch_frontmatter(data, {"rel_strength": 50})
    strip_frontmatter(data)
    assert isinstance(patched, Refusal) == (reading.refusal is not None and reading.refusal.code != "template")


@settings(max_examples=200, deadline=None)
@given(mutated_notes())
def test_a_note_read_without_refusal_is_one_that_can_be_edited(data: bytes) -> None:
    reading = read_frontmatter(data)
    patched = patch_frontmatter(data, {"rel_strength": 50})
    if isinstance(patched, Refusal):
        assert reading.refusal == patched
    else:
        assert reading.refusal is None
