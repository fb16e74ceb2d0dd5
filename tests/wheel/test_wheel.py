"""What is installed from the built wheel: everything that runs, and nothing that does not belong there."""

from __future__ import annotations

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


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`vaultrel` installed from the wheel into an environment of its own; its dependencies are those of the tests'."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    inside = next((folder / "lib").glob("python3*")) / "site-packages"
    install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    # Only folders on that line are added: the tests' own editable vaultrel is not seen through it.
    (inside / "of-the-tests.pth").write_text("\n".join(site.getsitepackages()), "utf-8")
    return folder / "bin" / "vaultrel"


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
