"""The house's plan, read from the source: who may import whom, and who alone uses which library."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "formcheck"

LAYERS = (
    {"__init__", "errors", "given", "landmarks", "memory", "types", "child", "locking", "cores", "workers", "ahead"}
    | {"unfinished"},
    {"geometry", "plausible", "scaling", "signals", "outliers", "paths", "metrics", "wording"} | {"fonts", "lettering"},
    {"events", "gait_phase", "landing", "legs", "rhythm", "view", "criteria", "measurement_error", "pelvis"}
    | {"repetitions", "request", "samples"},
    {"protocols", "scoring", "quality", "recognise", "scenes", "keyframes", "athlete", "criteria_text", "sparing"}
    | {"recovery", "compare", "edits", "visit"},
    {"capture", "models", "pose", "overlay", "report", "results", "tables", "store", "synthetic", "pixels", "plots"}
    | {"playback", "exchange", "drawings"},
    {"outputs", "overlay_film", "tracking", "handout"},
    {"analysis", "first_look"},
    {"corrections"},
    {"batch", "benchmark", "jobs"},
    {"cli", "ui", "__main__"},
)
"""From the foundation up. A room imports from its own layer and from those before it; edges never import each other."""

EDGES = {"capture", "pose", "pixels", "overlay", "report", "store", "synthetic", "exchange"}
SHARED_BY_EDGES = {"pose": {"capture", "models"}, "synthetic": {"capture"}}
"""What an edge may import of its own layer beside itself."""

SOLE_USERS = {
    "av": "capture",
    "mediapipe": "pose",
    "sqlite3": "store",
    "streamlit": "ui",
    "typer": "cli",
    "reportlab": "report",
    "jinja2": "report",
    "icalendar": "recovery",
    "starlette": "ui",
    "uvicorn": "ui",
}
NETWORK = {"urllib", "http", "socket", "requests", "ftplib", "smtplib", "distributed"}
NETWORK_USERS = {
    "models": {"urllib", "http"},  # models --download, when asked
    "batch": {"distributed"},  # batch --scheduler, when asked
    "cli": {"socket"},  # whether the app's port on this machine is free
    "ui": {"socket"},  # the address on one's own network, for phones, when asked
}


KEPT_AS_MEDIA = {"audio", "download_button", "image", "logo", "pdf", "pyplot", "video"}
"""Streamlit's elements that put what they show into its media store."""


def sources():
    return sorted(PACKAGE.rglob("*.py"))


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path):
    """Dotted names that a file imports, wherever in it; those for type checking only are left out."""
    return tuple(_imports(path))


def _imports(path):
    tree = parsed(path)
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path):
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "formcheck":
            known = set().union(*LAYERS)
            yield parts[1] if len(parts) > 1 and parts[1] in known else "__init__"


def layer(name):
    return next((i for i, rooms in enumerate(LAYERS) if name in rooms), None)


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path):
    here = room(path)
    assert layer(here) is not None, f"{here} has no place in the plan: add it to LAYERS"
    for other in rooms_imported(path):
        assert layer(other) <= layer(here), f"{here} imports {other}, which stands above it"
        if other != here and {here, other} <= EDGES:
            assert other in SHARED_BY_EDGES.get(here, set()), f"{here} imports {other}: edges do not know each other"


@pytest.mark.parametrize(("library", "owner"), SOLE_USERS.items())
def test_each_vendor_library_has_one_user(library, owner):
    users = {room(path) for path in sources() if any(n.split(".")[0] == library for n in imports(path))}
    assert users <= {owner}


def test_only_what_is_asked_for_opens_a_connection():
    for path in sources():
        named = (name for name in imports(path) if not name.startswith("urllib.parse."))
        used = {name.split(".")[0] for name in named} & NETWORK
        assert used <= NETWORK_USERS.get(room(path), set()), f"{path.name} imports {used}"


def test_nothing_of_a_clients_lies_in_streamlits_media_store():
    """Whoever knows an address there gets what lies there; what is the same for everybody may."""
    calls = {
        (path.name, node.func.attr)
        for path in [ROOT / "app.py", *(PACKAGE / "ui").rglob("*.py")]
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert {call for call in calls if call[1] in KEPT_AS_MEDIA} == {
        ("app.py", "logo"),
        ("sources.py", "image"),  # of a sample
        ("plan_cadence.py", "audio"),  # clicks
    }


def test_the_app_is_a_page_list_only():
    assert len((ROOT / "app.py").read_text().splitlines()) < 40


def test_the_engine_never_prints():
    for path in sources():
        if room(path) in {"cli", "ui"}:
            continue
        calls = [n for n in ast.walk(parsed(path)) if isinstance(n, ast.Call)]
        printing = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"]
        assert not printing, f"{path.relative_to(PACKAGE)} prints"


def test_no_address_of_one_machine_in_the_repository():
    for path in [*sources(), *(ROOT / "docs").glob("*.md"), ROOT / "README.md", ROOT / "constraints.txt"]:
        text = path.read_text(encoding="utf-8")
        for word in ("/work/", "/root/", "/home/", "index-url", "file://"):
            assert word not in text, f"{path.name} names {word}"
