"""Scenarios as JSON: every field by its name, what is left out has its default."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formcheck.errors import InputError
from formcheck.synthetic.scenario import Scenario, scenario_record


def read_scenario(path: Path) -> Scenario:
    """A scenario from a JSON file, which may also be a `truth.json` (its `scenario` is read).

    Raises
    ------
    InputError
        When the file is no JSON, names an unknown field or its values do not fit.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} is no JSON ({error}): a scenario is a JSON object") from error
    if not isinstance(record, dict):
        raise InputError(f"{path.name} holds {type(record).__name__}: a scenario is a JSON object")
    return scenario_from(record.get("scenario", record), name=path.stem)


def scenario_from(record: Mapping[str, Any], *, name: str = "scenario") -> Scenario:
    """A scenario from plain values, as `scenario_record` gives them."""
    try:
        scenario = _build(Scenario, {"name": name, **record})
    except (TypeError, ValueError, KeyError) as error:
        raise InputError(f"the scenario {name} does not fit: {error}") from error
    assert isinstance(scenario, Scenario)
    return scenario


def write_scenario(scenario: Scenario, path: Path) -> None:
    """Write a scenario so that `read_scenario` gives the same one."""
    path.write_text(json.dumps(scenario_record(scenario), indent=1) + "\n", encoding="utf-8")


def _build(kind: Any, value: Any) -> Any:  # noqa: ANN401 - walks type annotations
    """`value` as the annotated type: dataclasses from mappings, tuples from lists."""
    if value is None:
        return None
    options = [a for a in typing.get_args(kind) if a is not type(None)]
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return _build(options[0], value)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        unknown = sorted(set(value) - {f.name for f in dataclasses.fields(kind)})
        if unknown:
            raise ValueError(f"{kind.__name__} has no {', '.join(unknown)}; it has {', '.join(hints)}")
        return kind(**{key: _build(hints[key], item) for key, item in value.items()})
    if typing.get_origin(kind) is tuple:
        return tuple(value)
    if typing.get_origin(kind) in (dict, Mapping) or kind is Mapping:
        return {key: tuple(item) if isinstance(item, list) else item for key, item in value.items()}
    return value
