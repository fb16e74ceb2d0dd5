"""Plugins: named by the settings, checked when loaded, missing with a word; without them nothing is loaded."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from vaultrel import plugins
from vaultrel.app import open_vault
from vaultrel.core.mentions import ON_REQUEST, SYNTAXES, wikilink
from vaultrel.core.strength import MODELS, get_model, recency
from vaultrel.outputs import OUTPUTS, get_output
from vaultrel.plugins import PluginFailedError, PluginMissingError, collect, hookimpl, load_plugin, use_plugins
from vaultrel.settings import parse_settings
from vaultrel.storage.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


def module_with(**hooks: Iterable[object]) -> SimpleNamespace:
    """A plugin's module whose hooks answer with what is given."""

    def answering(answer: Iterable[object]) -> Callable[[], Iterable[object]]:
        def hook() -> Iterable[object]:
            return answer

        return hookimpl(hook)

    return SimpleNamespace(**{name: answering(answer) for name, answer in hooks.items()})


def copy_of(module: object, **changes: object) -> Any:
    """The parts of one of vaultrel's own, under another name."""
    parts = ("name", "trigger", "find", "remember", "score", "probability", "peak", "explain")
    return SimpleNamespace(**{part: getattr(module, part) for part in parts if hasattr(module, part)} | changes)


@dataclass
class Entry:
    """What is installed, as far as it is asked here."""

    name: str
    module: object
    value: str = "somewhere"
    dist: object = None

    def load(self) -> object:
        if isinstance(self.module, Exception):
            raise self.module
        return self.module


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    entries: list[Entry] = []
    monkeypatch.setattr(metadata, "entry_points", lambda group: entries if group == "vaultrel" else [])
    load_plugin.cache_clear()
    return entries


def test_vaultrels_own_go_through_the_same_door() -> None:
    own = plugins._BuiltIn()
    assert list(own.vaultrel_mention_syntaxes()) == [*SYNTAXES, *ON_REQUEST]
    assert list(own.vaultrel_strength_models()) == list(MODELS)
    assert list(own.vaultrel_outputs()) == list(OUTPUTS)
    found = collect("own", "vaultrel", SimpleNamespace())
    assert (found.syntaxes, found.models, found.outputs, found.commands) == ((), (), (), ())


def test_a_plugin_adds_what_its_hooks_answer() -> None:
    syntax, model = copy_of(wikilink, name="odd-link"), copy_of(recency, name="odd")
    found = collect("odd", "odd 1.0", module_with(vaultrel_mention_syntaxes=[syntax], vaultrel_strength_models=[model]))
    assert (found.name, found.distribution, found.syntaxes, found.models) == ("odd", "odd 1.0", (syntax,), (model,))


@pytest.mark.parametrize(
    ("hooks", "said"),
    [
        ({"vaultrel_strength_models": [copy_of(recency)]}, "the name 'recency' is taken"),
        ({"vaultrel_strength_models": [copy_of(recency, name="x"), copy_of(recency, name="x")]}, "'x' is taken"),
        ({"vaultrel_outputs": [SimpleNamespace(name="two words")]}, "is no name"),
        ({"vaultrel_outputs": [SimpleNamespace()]}, "None is no name"),
        ({"vaultrel_outputs": [SimpleNamespace(name="x")]}, "'x' has no suffix, media_type, render"),
        ({"vaultrel_mention_syntaxes": [SimpleNamespace(name="x", trigger="x")]}, "'x' has no find"),
        ({"vaultrel_exports": []}, "unknown hook 'vaultrel_exports'"),
    ],
)
def test_what_cannot_work_is_said_with_the_package_it_comes_from(hooks: dict[str, list[object]], said: str) -> None:
    with pytest.raises(PluginFailedError, match=r"odd 1\.0") as failed:
        collect("odd", "odd 1.0", module_with(**hooks))
    assert said in failed.value.message


def test_a_hook_that_raises_is_said_with_the_package_it_comes_from() -> None:
    def broken() -> list[object]:
        raise RuntimeError("no luck")

    with pytest.raises(PluginFailedError, match="RuntimeError: no luck"):
        collect("odd", "odd 1.0", SimpleNamespace(vaultrel_outputs=hookimpl(broken)))


def test_a_plugin_that_is_not_installed_stops_everything(installed: list[Entry]) -> None:
    installed.append(Entry("other", SimpleNamespace()))
    store = MemoryStore({"A.md": "a", ".vaultrel/config.toml": 'plugins = ["example"]\n'})
    with pytest.raises(
        PluginMissingError, match=r"'example', which is not installed here \(installed: other\)"
    ) as stop:
        open_vault(store)
    assert stop.value.exit_code == 2
    assert store.files.keys() == {"A.md", ".vaultrel/config.toml"}


def test_a_plugin_that_cannot_be_imported_says_why(installed: list[Entry]) -> None:
    installed.append(Entry("odd", ImportError("no module named numpy")))
    with pytest.raises(PluginFailedError, match=r"cannot be imported.*numpy"):
        use_plugins(["odd"])


def test_two_packages_of_one_name_are_not_chosen_from(installed: list[Entry]) -> None:
    installed.extend([Entry("odd", SimpleNamespace(), "first"), Entry("odd", SimpleNamespace(), "second")])
    with pytest.raises(PluginFailedError, match=r"first and second.*all call themselves 'odd'"):
        use_plugins(["odd"])


def test_two_plugins_that_add_the_same_name_are_told_apart(installed: list[Entry]) -> None:
    for name in ("one", "two"):
        module = module_with(vaultrel_strength_models=[copy_of(recency, name="same")])
        installed.append(Entry(name, module, value=f"of-{name}"))
    with pytest.raises(PluginFailedError, match=r"of-two.*'same'.*of-one"):
        use_plugins(["one", "two"])


def test_a_model_and_an_output_of_a_plugin_can_be_asked_for(installed: list[Entry]) -> None:
    model = copy_of(recency, name="odd-model")
    output = SimpleNamespace(name="odd-output", suffix=".x", media_type="text/plain", render=lambda *_: b"odd")
    installed.append(
        Entry("odd", module_with(vaultrel_strength_models=[model], vaultrel_outputs=[output]), value="odd 1")
    )
    settings = parse_settings({"plugins": ["odd"], "strength_model": "odd-model"}, "test")
    store = MemoryStore({"A.md": "a"})
    vault = open_vault(store, settings=settings)
    assert vault.render("odd-output") == b"odd"
    assert get_model("odd-model") is model
    assert get_output("odd-output") is output


def test_a_syntax_of_a_plugin_is_read_only_where_the_settings_name_it(installed: list[Entry]) -> None:
    def find(text: str, line: int, column: int) -> Iterable[object]:
        from vaultrel.model import Mention

        if (at := text.find("!!Ada Stone")) >= 0:
            yield Mention("shout", "Ada Stone", "!!Ada Stone", line, column + at)

    syntax = SimpleNamespace(name="shout", trigger="!!", find=find)
    installed.append(Entry("odd", module_with(vaultrel_mention_syntaxes=[syntax]), value="odd 1"))
    files = {"People/Ada Stone.md": "---\ntags: [person]\n---\n", "2026-05-04.md": "Lunch with !!Ada Stone.\n"}
    with_it = open_vault(MemoryStore(files), settings=parse_settings({"plugins": ["odd"]}, "test")).snapshot()
    without = open_vault(MemoryStore(files), settings=parse_settings({}, "test")).snapshot()
    assert [(found.kind, found.line) for found in with_it.interactions] == [("mention", 1)]
    assert without.interactions == ()


def test_without_plugins_neither_pluggy_nor_a_list_of_packages_is_loaded(tmp_path: Path) -> None:
    (tmp_path / ".vaultrel").mkdir()
    (tmp_path / "A.md").write_text("a\n")
    code = (
        "import sys; from vaultrel.app import open_vault; open_vault(sys.argv[1]).scan(dry_run=True);"
        "print([name for name in ('pluggy', 'vaultrel.plugins', 'importlib.metadata') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert done.stdout.strip() in {"[]", "['importlib.metadata']"}


def test_nothing_inside_a_vault_is_imported(tmp_path: Path) -> None:
    (tmp_path / ".vaultrel").mkdir()
    trap = "raise SystemExit('imported from the vault')\n"
    for name in (
        "example.py",
        "vaultrel_example_plugin.py",
        "sitecustomize.py",
        "frontmatter.py",
        ".vaultrel/example.py",
    ):
        (tmp_path / name).write_text(trap)
    (tmp_path / ".vaultrel" / "config.toml").write_text('plugins = ["example"]\n')
    (tmp_path / "vaultrel_example-1.0.dist-info").mkdir()
    (tmp_path / "vaultrel_example-1.0.dist-info" / "METADATA").write_text("Name: vaultrel-example\nVersion: 1.0\n")
    (tmp_path / "vaultrel_example-1.0.dist-info" / "entry_points.txt").write_text("[vaultrel]\nexample = example\n")
    (tmp_path / "A.md").write_text("a\n")
    command = [f"{sys.prefix}/bin/vaultrel", "--vault", str(tmp_path), "scan", "-n"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "not installed here" in done.stderr
    assert "imported from the vault" not in done.stderr
