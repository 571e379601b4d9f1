"""Whole numbers in bodies. Strings of digits are taken for numbers, as forms send them; `true` is not 1."""

from typing import Any

from pydantic import BeforeValidator


def _no_boolean(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("must be a number")
    return value


NoBoolean = BeforeValidator(_no_boolean)
"""Stands last in the annotation of a number: before the limits it would hide them from the OpenAPI document."""
