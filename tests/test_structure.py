"""What may import what, what is loaded when people are answered, and what importing does: nothing."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("main", "bot", "recommender", "model", "training")
MAY_IMPORT = {
    "main": {"bot", "recommender", "model", "training"},
    "bot": {"bot", "recommender", "model"},
    "recommender": {"recommender", "model"},
    "model": {"model"},
    "training": {"training", "model"},
}
TRAINING_ONLY = {"tensorflow", "keras", "transformers", "jax", "torch", "huggingface_hub", "safetensors"}
BUILD_ONLY = {"pandas", "sklearn", "scipy", "kiwipiepy", "tqdm", "distributed"}
BUILD_FILES = {
    f"recommender/{name}.py" for name in "build cluster evaluate hubs readings source tagging terms themes".split()
}
NEVER_SERVING = TRAINING_ONLY | BUILD_ONLY | {"matplotlib"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """(path from the root, syntax tree) of every file of the project but tests and benchmarks."""
    for path in [ROOT / "main.py", *sorted(file for name in OURS[1:] for file in (ROOT / name).rglob("*.py"))]:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


MODULES = dict(modules())


def imports_of(tree: ast.AST) -> set[str]:
    """Dotted names of all modules a tree imports, inside functions too; `from a import b` gives a and a.b."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in (
            "__import__",
            "import_module",
        ):
            raise AssertionError(f"line {node.lineno}: imports are written as statements, so that this test sees them")
    return names


def roots(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def package_of(path: str) -> str:
    return path.split("/")[0].removesuffix(".py")


def serving(path: str) -> bool:
    return package_of(path) in ("bot", "model", "recommender") and path not in BUILD_FILES


def test_the_files_named_here_are_there():
    assert BUILD_FILES <= MODULES.keys()
    assert {package_of(path) for path in MODULES} == set(OURS)
    assert sum(serving(path) for path in MODULES) > 15


@pytest.mark.parametrize("path", MODULES)
def test_imports_run_one_way(path):
    of_ours = roots(imports_of(MODULES[path])) & set(OURS)
    assert of_ours <= MAY_IMPORT[package_of(path)]


@pytest.mark.parametrize("path", MODULES)
def test_no_test_is_imported_by_the_project(path):
    assert not roots(imports_of(MODULES[path])) & {"tests", "conftest", "bench", "pytest", "hypothesis"}


def test_telegram_is_imported_by_its_adapter_alone():
    importers = {path for path, tree in MODULES.items() if "telegram" in roots(imports_of(tree))}
    assert importers == {"bot/telegram.py"}


@pytest.mark.parametrize("path", MODULES)
def test_only_training_imports_what_trains(path):
    if package_of(path) != "training":
        assert not roots(imports_of(MODULES[path])) & TRAINING_ONLY


@pytest.mark.parametrize("path", [path for path in MODULES if serving(path)])
def test_what_serves_imports_nothing_that_builds(path):
    names = imports_of(MODULES[path])
    assert not roots(names) & NEVER_SERVING
    assert not {name.replace(".", "/") + ".py" for name in names} & BUILD_FILES


@pytest.mark.parametrize("path", MODULES)
def test_every_module_says_what_it_is(path):
    tree = MODULES[path]
    if tree.body:  # an empty __init__.py says nothing and does nothing
        assert (ast.get_docstring(tree) or "").strip()
    else:
        assert path.endswith("__init__.py")


@pytest.mark.parametrize("path", MODULES)
def test_pickle_is_read_in_one_place_alone(path):
    """training/torch_file.py reads torch's files with an allow-list; nothing of ours is pickled."""
    if path == "training/torch_file.py":
        assert "pickle" in roots(imports_of(MODULES[path]))
        return
    assert not roots(imports_of(MODULES[path])) & {"pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    for node in ast.walk(MODULES[path]):
        if isinstance(node, ast.Call):
            allowed = [word.value for word in node.keywords if word.arg == "allow_pickle"]
            assert all(isinstance(value, ast.Constant) and value.value is False for value in allowed)
            name = ast.unparse(node.func)
            assert name not in {"eval", "exec", "pd.read_pickle"}
            assert name not in {"np.load", "np.save"} or allowed, f"{name} in line {node.lineno} names no allow_pickle"


def test_no_data_file_of_ours_is_a_pickle():
    kept = [ROOT / "data", ROOT / "model" / "weights"]
    found = [
        path for folder in kept for path in folder.rglob("*") if path.suffix in {".pkl", ".pickle", ".pt", ".joblib"}
    ]
    assert found == []


def test_the_base_installs_nothing_that_trains_or_builds():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[^\w-]", line)[0].lower().replace("_", "-") for line in project["dependencies"]}
    assert "numpy" in names
    unwanted = NEVER_SERVING | {"scikit-learn", "tensorflow-cpu", "huggingface-hub", "pytest", "hypothesis", "ruff"}
    assert not names & unwanted


IMPORTED_BY = {
    "ai-edge-litert": "ai_edge_litert",
    "python-dotenv": "dotenv",
    "python-telegram-bot": "telegram",
    "pillow": "PIL",
}


def test_the_base_installs_what_serves_and_no_more():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[^\w-]", line)[0] for line in project["dependencies"]}
    declared = {IMPORTED_BY.get(name, name.replace("-", "_")) for name in names}
    used = {root for path in MODULES if serving(path) or path == "main.py" for root in roots(imports_of(MODULES[path]))}
    optional = {"psycopg", "psycopg_pool"}  # the extra `postgres`
    assert declared == used - optional - set(OURS) - set(sys.stdlib_module_names)


def test_postgresql_is_imported_by_its_store_alone():
    importers = {path for path, tree in MODULES.items() if {"psycopg", "psycopg_pool"} & roots(imports_of(tree))}
    assert importers == {"bot/postgres.py"}


# --- in a process of its own --------------------------------------------------------------------


def python(code: str, folder: Path, *arguments: str) -> str:
    """Run a program in the empty folder `work` with the empty home `home`; gives what it prints."""
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", code, *arguments],
        cwd=work,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


CONVERSATION = """
import io, sys

from bot import app, terminal
from bot.settings import read_settings

store, catalogue = sys.argv[1:]
bot = app.build_bot(read_settings({"store": store, "catalogue": catalogue}))
said = io.StringIO()
terminal.chat(bot, "someone", io.StringIO("오늘 너무 슬펐어\\n/song 옥상\\n2\\n다른 노래\\n"), said)
print(said.getvalue())
print("LOADED", *sorted({name.split(".")[0] for name, module in sys.modules.items() if module}))
"""


def test_a_conversation_loads_nothing_that_trains_or_builds(tmp_path, catalogue_folder):
    said = python(CONVERSATION, tmp_path, str(tmp_path / "store.db"), str(catalogue_folder))
    answers, _, loaded = said.partition("LOADED ")
    assert answers.count("music.youtube.com") >= 5  # songs were recommended, so every part has run
    assert {"model", "recommender", "numpy", "ai_edge_litert"} <= set(loaded.split())
    assert not set(loaded.split()) & NEVER_SERVING
    assert "telegram" not in loaded.split()


IMPORTS = """
import importlib, os, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print("IMPORTED", len(sys.argv) - 1)
"""


def names_of(packages: tuple[str, ...]) -> list[str]:
    paths = [path.removesuffix(".py") for path in MODULES if package_of(path) in packages]
    return [path.removesuffix("/__init__").replace("/", ".") for path in paths]


@pytest.mark.parametrize("packages", [("main", "bot", "recommender", "model"), ("training",)])
def test_importing_any_module_writes_and_says_nothing(tmp_path, packages):
    names = names_of(packages)
    if packages == ("training",):
        pytest.importorskip("keras")
    before = snapshot()
    assert python(IMPORTS, tmp_path, *names) == f"IMPORTED {len(names)}\n"
    assert not list((tmp_path / "work").iterdir())
    # Keras and matplotlib keep settings and caches of their own.
    third_parties = {".keras", ".cache", ".config"} if packages == ("training",) else set()
    assert {path.name for path in (tmp_path / "home").iterdir()} <= third_parties
    assert snapshot() == before


def snapshot() -> dict[str, int]:
    """Every file of our packages and their data, with its size."""
    folders = [*OURS[1:], "data"]
    return {
        str(path): path.stat().st_size
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_nothing_else_lies_at_the_top():
    """A downloaded wheel once came along with a commit."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so what is tracked is not known")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    rooms = set("bot model recommender training data tests bench docs .ci".split())
    files = set("main.py pyproject.toml Makefile README.md README.ko.md LICENSE .gitignore".split())
    assert {path.split("/")[0] for path in tracked.splitlines()} <= rooms | files
