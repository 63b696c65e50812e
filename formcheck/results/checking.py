"""Whether the values read from a file are of the types that they are declared with, as deep as they go."""

from __future__ import annotations

import dataclasses
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

Check = Callable[[Any], bool]
_KNOWN: dict[type[Any], Sequence[tuple[str, Check]]] = {}


def check(value: Any, name: str = "") -> None:  # noqa: ANN401 - any frozen value
    """Raise TypeError, naming the field, where a value in a frozen value is of another type than declared."""
    for field, fits in _fields(type(value)):
        held = getattr(value, field)
        if not fits(held):
            raise TypeError(f"{name}{field} is {str(held)[:40]!r}")
        for one in held if isinstance(held, tuple) else (held,):
            if dataclasses.is_dataclass(one):
                check(one, f"{name}{field}.")


def _fields(kind: type[Any]) -> Sequence[tuple[str, Check]]:
    if kind not in _KNOWN:
        hints = get_type_hints(kind)
        _KNOWN[kind] = tuple((field.name, _check_of(hints[field.name])) for field in dataclasses.fields(kind))
    return _KNOWN[kind]


def _check_of(hint: Any) -> Check:  # noqa: ANN401 - any type there is
    if hint is Any or hint is object:  # from Python 3.11 on a class, and yet none that can be asked
        return lambda _: True
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        checks = [_check_of(one) for one in inner]
        return lambda value: any(fits(value) for fits in checks)
    if origin is Literal:
        return lambda value: value in inner
    if origin is tuple and inner[-1] is Ellipsis:
        each = _check_of(inner[0])
        return lambda value: isinstance(value, tuple) and all(map(each, value))
    if origin is tuple:
        every = [_check_of(one) for one in inner]
        return lambda value: (
            isinstance(value, tuple)
            and len(value) == len(every)
            and all(fits(one) for fits, one in zip(every, value, strict=True))
        )
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        of_key, of_value = map(_check_of, inner)
        return lambda value: isinstance(value, Mapping) and all(of_key(k) and of_value(v) for k, v in value.items())
    if hint is float:
        return lambda value: isinstance(value, float | int) and not isinstance(value, bool)
    if hint is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    return (lambda value: isinstance(value, hint)) if isinstance(hint, type) and origin is None else lambda _: True
