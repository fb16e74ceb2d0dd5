"""What is installed from the built wheel: everything that runs, and nothing that does not belong there."""

from __future__ import annotations

import json
import os
import shutil
import site
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of a copy of the sources: building writes beside them."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("src", "sample_vault"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    return _build(source, folder)


def _build(source: Path, folder: Path) -> Path:
    """The wheel of a project, put into the folder."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "hatchling" in done.stderr:
        pytest.skip("the build backend, hatchling, could not be fetched")
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return built


def _install(folder: Path, *wheels: Path) -> Path:
    """`vaultrel` installed from the wheels into a new environment; its dependencies are those of the tests'."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    inside = next((folder / "lib").glob("python3*")) / "site-packages"
    python = str(folder / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", *map(str, wheels)]
    subprocess.run(install, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    # Only folders on that line are added: the tests' own editable vaultrel is not seen through it.
    (inside / "of-the-tests.pth").write_text("\n".join(site.getsitepackages()), "utf-8")
    return folder / "bin" / "vaultrel"


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`vaultrel` installed from the wheel, alone in its environment."""
    return _install(tmp_path_factory.mktemp("installed") / "venv", wheel)


EXAMPLE = ROOT / "examples" / "vaultrel-example-plugin"


@pytest.fixture(scope="module")
def program_with_the_example(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`vaultrel` with the example plugin beside it, in an environment of their own."""
    folder = tmp_path_factory.mktemp("example")
    source = shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    return _install(folder / "venv", wheel, _build(source, folder))


def run(program: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{program.parent}:/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False, env=environment, cwd=home)


def test_it_is_the_installed_one_that_runs(program: Path, tmp_path: Path) -> None:
    python = program.with_name("python")
    done = run(python, tmp_path, "-c", "import vaultrel; print(vaultrel.__file__); print(*vaultrel.__all__)")
    assert done.stdout.startswith(str(program.parents[1])), done.stderr


def test_every_public_name_is_there(program: Path, tmp_path: Path) -> None:
    python = program.with_name("python")
    code = "import vaultrel; print([getattr(vaultrel, name) for name in vaultrel.__all__])"
    done = run(python, tmp_path, "-W", "error", "-c", code)
    assert done.returncode == 0, done.stderr


def test_the_demonstration_runs_in_an_empty_home_and_leaves_nothing_there(program: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    done = run(program, home, "demo", "--no-open", "--into", str(tmp_path / "copy"))
    assert done.returncode == 0, done.stderr
    assert "relationships out of" in done.stdout
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["scan", "--help"]])
def test_help_needs_no_vault(program: Path, tmp_path: Path, arguments: list[str]) -> None:
    assert run(program, tmp_path, *arguments).returncode == 0


DAYS = ("2026-03-02", "2026-04-06", "2026-05-18")
WITH_IT = 'plugins = ["example"]\nstrength_model = "quarter"\n'


@pytest.fixture
def vault(tmp_path: Path) -> Path:
    """Three days of contact, each of which only the example's syntax sees, and a birthday."""
    root = tmp_path / "Notes"
    (root / ".obsidian").mkdir(parents=True)
    (root / ".vaultrel").mkdir()
    (root / "People").mkdir()
    (root / "People/Ada Stone.md").write_text("---\nbirthday: 1990-04-12\n---\n")
    for day in DAYS:
        (root / f"{day}.md").write_text("- met:: @[Ada Stone]\n")
    return root


def ask(program: Path, vault: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    home = vault.parent / "home"
    home.mkdir(exist_ok=True)
    return run(program, home, "--vault", str(vault), "--as-of", "2026-05-20", *arguments)


def test_the_example_plugin_adds_one_of_each_where_the_settings_name_it(
    program_with_the_example: Path, vault: Path
) -> None:
    (vault / ".vaultrel/config.toml").write_text(WITH_IT)
    answer = json.loads(ask(program_with_the_example, vault, "why", "Ada Stone", "--json").stdout)
    assert [(found["path"], found["line"]) for found in answer["evidence"]] == [(f"{day}.md", 1) for day in DAYS]
    assert answer["terms"] == [{"label": "Days of contact", "detail": "3 in the last 90", "points": 30}]
    assert "Days of contact" in ask(program_with_the_example, vault, "why", "Ada Stone").stdout
    assert ask(program_with_the_example, vault, "birthdays").stdout == "04-12  Ada Stone\n"
    agenda = ask(program_with_the_example, vault, "export", "agenda")
    assert (agenda.returncode, agenda.stderr) == (0, "")
    assert "  Ada Stone: " in agenda.stdout
    doctor = ask(program_with_the_example, vault, "doctor").stdout
    assert (
        "plugin example (vaultrel-example-plugin 1.0): mention syntax bracket-handle, strength model quarter," in doctor
    )
    assert json.loads(ask(program_with_the_example, vault, "doctor", "--json").stdout)["plugins"] == [
        {
            "name": "example",
            "package": "vaultrel-example-plugin 1.0",
            "mention_syntaxes": ["bracket-handle"],
            "strength_models": ["quarter"],
            "outputs": ["agenda"],
            "commands": ["birthdays"],
        }
    ]


def test_without_the_setting_nothing_of_the_example_plugin_is_there(
    program_with_the_example: Path, vault: Path
) -> None:
    answer = json.loads(ask(program_with_the_example, vault, "why", "Ada Stone", "--json").stdout)
    assert answer["evidence"] == []
    assert ask(program_with_the_example, vault, "birthdays").returncode == 2
    unknown = ask(program_with_the_example, vault, "export", "agenda")
    assert unknown.returncode == 2
    assert "agenda" in unknown.stderr
    assert json.loads(ask(program_with_the_example, vault, "doctor", "--json").stdout)["plugins"] == []
    (vault / ".vaultrel/config.toml").write_text('strength_model = "quarter"\n')
    said = ask(program_with_the_example, vault, "today")
    assert said.returncode == 2
    assert "there is no model 'quarter'" in said.stderr


def test_where_the_example_plugin_is_not_installed_the_setting_stops_every_command(program: Path, vault: Path) -> None:
    (vault / ".vaultrel/config.toml").write_text(WITH_IT)
    said = ask(program, vault, "today")
    assert said.returncode == 2
    assert "'example', which is not installed here" in said.stderr


def test_config_takes_what_an_installed_plugin_adds_and_nothing_else(
    program_with_the_example: Path, vault: Path
) -> None:
    def set_to(key: str, value: str) -> subprocess.CompletedProcess[str]:
        home = vault.parent / "home"
        home.mkdir(exist_ok=True)
        return run(program_with_the_example, home, "--vault", str(vault), "config", "set", key, value)

    config = vault / ".vaultrel/config.toml"
    assert "known models: two-memories" in set_to("strength_model", "quarter").stderr
    assert "not installed here (installed: example)" in set_to("plugins", "other").stderr
    assert not config.exists()
    assert set_to("plugins", "example").returncode == 0
    assert set_to("strength_model", "quarter").returncode == 0
    assert ", quarter" in set_to("strength_model", "quartr").stderr
    assert 'strength_model = "quarter"' in config.read_text()


def test_it_holds_the_package_its_types_and_the_sample_vault_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"vaultrel"}
    assert "vaultrel/py.typed" in names
    written = {f"vaultrel/{path.relative_to(ROOT / 'src' / 'vaultrel').as_posix()}" for path in _sources()}
    assert written <= names
    sample = {f"vaultrel/_sample_vault/{path.relative_to(ROOT / 'sample_vault').as_posix()}" for path in _sample()}
    assert sample <= names
    assert not {name for name in names if "__pycache__" in name or "/tests/" in name}


def _sources() -> list[Path]:
    return [
        path for path in (ROOT / "src" / "vaultrel").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]


def _sample() -> list[Path]:
    return [path for path in (ROOT / "sample_vault").rglob("*") if path.is_file()]
