"""What a fresh machine gets: the README's commands, pinned versions, and the files of the package."""

import re
import sys
from importlib import resources
from pathlib import Path

import av
import pytest
from packaging.requirements import Requirement

from formcheck.cli.commands import app

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PINS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")


def environment(python):
    return {"python_version": python, "sys_platform": "linux", "platform_machine": "x86_64", "extra": ""}


def pins_for(python):
    return [pin for pin in PINS if pin.marker is None or pin.marker.evaluate(environment(python))]


def key(requirement):
    return re.sub(r"[-_.]+", "-", requirement.name).lower()


def test_two_commands_each_make_the_environment_and_end_in_the_demo_and_the_tests():
    lines = [line for line in README.splitlines() if line.startswith("python3 -m venv")]
    assert len(lines) == 2
    assert lines[0].endswith("formcheck demo")
    assert "-m pytest" in lines[1]
    windows = [line for line in README.splitlines() if line.startswith("py -m venv")]
    assert [w.replace("\\", "/").replace("Scripts", "bin") for w in windows] == [
        line.replace("python3 -m venv", "py -m venv", 1) for line in lines
    ]


def test_ci_runs_the_readmes_test_command():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "pytest' README.md" in script
    assert "set -euo pipefail" in script
    for package in re.search(r"apt install (.*)` first", README).group(1).split():
        assert package in script


def test_the_readme_lists_every_command():
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    listed = set(re.findall(r"^\| `formcheck (\w+)", README, flags=re.MULTILINE))
    assert listed == names


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_is_pinned_once(python):
    pinned = {}
    for pin in pins_for(python):
        assert key(pin) not in pinned, f"{pin.name} is pinned twice on Python {python}"
        assert [s.operator for s in pin.specifier] == ["=="]
        pinned[key(pin)] = next(iter(pin.specifier)).version
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = [*PROJECT["project"]["dependencies"], *(word for words in extras.values() for word in words)]
    for requirement in map(Requirement, wanted):
        if requirement.marker is None or requirement.marker.evaluate(environment(python)):
            version = pinned.get(key(requirement))
            assert version, f"{requirement.name} is not pinned on Python {python}"
            assert requirement.specifier.contains(version), f"{requirement} does not allow its pin {version}"


REVIEWED = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")


def test_the_review_of_dependencies_is_of_the_versions_that_are_pinned():
    rows = [[cell.strip() for cell in line.split("|")[1:3]] for line in REVIEWED.splitlines() if line.startswith("| ")]
    reviewed = [(name, version) for name, version in rows if name not in ("package", "---")]
    pinned = {(pin.name.lower(), str(pin.specifier).removeprefix("==")) for pin in PINS}
    assert len(reviewed) > 15
    assert [row for row in reviewed if row not in pinned] == []
    direct = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}
    assert [name for name in direct if name not in REVIEWED] == []


def test_the_review_knows_the_ffmpeg_that_reads_the_films():
    row = next((line for line in REVIEWED.splitlines() if line.startswith(f"| av | {av.__version__} |")), None)
    if row is None:
        pytest.skip(f"PyAV {av.__version__} is not a pinned one")
    assert str(av.ffmpeg_version_info) in row


def test_only_one_opencv():
    assert [key(pin) for pin in PINS if "opencv" in key(pin)] == ["opencv-contrib-python"] * 2


@pytest.mark.parametrize("name", ["criteria.toml", "references.toml", "measurement_error.json", "templates"])
def test_data_lies_inside_the_package(name):
    data = resources.files("formcheck") / "data" / name
    assert data.is_file() or data.is_dir()
    assert PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["formcheck"]
