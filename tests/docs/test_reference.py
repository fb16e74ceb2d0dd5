"""Law 7: every setting, written field, exit code, hook and diagnostic is documented, and what is documented exists."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from vaultrel import errors, plugins
from vaultrel.cli.fixes import FIXES
from vaultrel.core.frontmatter import REFUSALS
from vaultrel.model import BANDS, OWNED_FIELDS
from vaultrel.settings import Settings, parse_settings

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs" / "reference"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def _setting_keys(struct: type[msgspec.Struct] = Settings, prefix: str = "") -> dict[str, object]:
    keys: dict[str, object] = {}
    for field in msgspec.structs.fields(struct):
        if field.name == "obsidian":
            continue
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            keys |= _setting_keys(field.type, f"{prefix}{field.name}.")
        else:
            keys[prefix + field.name] = field.default if field.default is not msgspec.NODEFAULT else None
    return keys


def _documented_settings() -> dict[str, str]:
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.*?) \|", (REFERENCE / "settings.md").read_text("utf-8"), re.MULTILINE)
    return dict(rows)


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    assert set(_documented_settings()) == set(_setting_keys())


@pytest.mark.parametrize(
    "key", sorted(key for key, value in _setting_keys().items() if isinstance(value, int | float | str))
)
def test_the_documented_default_is_the_default(key: str) -> None:
    shown = _documented_settings()[key].strip("`")
    assert tomllib.loads(f"value = {shown}")["value"] == _setting_keys()[key]


@pytest.mark.parametrize("field", OWNED_FIELDS)
def test_every_written_field_is_documented(field: str) -> None:
    assert f"| `{field}` |" in (REFERENCE / "what-we-write.md").read_text("utf-8")


@pytest.mark.parametrize("band", BANDS)
def test_every_band_is_documented(band: str) -> None:
    assert f"`{band}`" in (REFERENCE / "what-we-write.md").read_text("utf-8")


def test_every_exit_code_is_documented() -> None:
    classes = [
        item for _, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, errors.VaultrelError)
    ]
    used = {0, 1, *(item.exit_code for item in classes)}
    documented = re.findall(r"^\| (\d) \|", (REFERENCE / "commands.md").read_text("utf-8"), re.MULTILINE)
    assert {int(code) for code in documented} == used


def _codes_in_source() -> set[str]:
    """The codes given as literals to whatever carries a diagnostic's code."""
    carriers = {"Diagnostic", "FrontmatterProblem", "ReadRefusedError", "WriteRefusedError", "refuse"}
    codes: set[str] = set()
    for source in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in carriers:
                literals = [item.value for item in node.args[:2] if isinstance(item, ast.Constant)]
                codes |= {
                    item for item in literals if isinstance(item, str) and re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", item)
                }
    return codes


def test_every_diagnostic_has_a_remedy() -> None:
    assert (_codes_in_source() | set(REFUSALS)) - set(FIXES) == set()


def test_the_page_of_diagnostics_is_the_one_the_code_gives() -> None:
    spec = importlib.util.spec_from_file_location("page", ROOT / "scripts" / "write_diagnostics_page.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    assert (REFERENCE / "diagnostics.md").read_text("utf-8") == page.compose_page(), (
        "run scripts/write_diagnostics_page.py"
    )


def _examples(language: str) -> list[tuple[str, str]]:
    pattern = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL)
    return [
        (page.relative_to(ROOT).as_posix(), text) for page in PAGES for text in pattern.findall(page.read_text("utf-8"))
    ]


@pytest.mark.parametrize(("page", "text"), _examples("toml"))
def test_every_settings_example_is_valid(page: str, text: str) -> None:
    parse_settings(tomllib.loads(text), page)


@pytest.mark.parametrize(("page", "text"), _examples("python"))
def test_every_python_example_runs(page: str, text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(text, page, "exec"), {})


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in PAGES
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / target).exists()
    ]
    assert broken == []


def test_the_index_of_the_documentation_names_every_page_once() -> None:
    docs = ROOT / "docs"
    named = re.findall(r"\]\(([^)#:\s]+\.md)\)", (docs / "README.md").read_text("utf-8"))
    assert sorted(named) == sorted(page.relative_to(docs).as_posix() for page in docs.glob("*/*.md"))


def test_every_hook_has_a_row_and_every_row_is_a_hook() -> None:
    rows = re.findall(r"^\| `(vaultrel_\w+)` \|", (REFERENCE / "hooks.md").read_text("utf-8"), re.MULTILINE)
    assert rows == [name for name in vars(plugins.Hooks) if name.startswith("vaultrel_")]
