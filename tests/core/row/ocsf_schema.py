"""OCSF's own schema as a judge: structure by JSON Schema, and by captions what that does not see."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from ocsf_json_schema import (  # type: ignore[import-untyped]  # ships no types
    OcsfJsonSchemaEmbedded,
    get_ocsf_schema,
)

VERSION = "1.8.0"
OTHER = 99  # "Other": the caption is then the source's own word


@cache
def _schema() -> Mapping[str, Any]:
    made: Mapping[str, Any] = get_ocsf_schema(VERSION)
    return made


@cache
def _validator(profiles: tuple[str, ...]) -> Draft202012Validator:
    made = OcsfJsonSchemaEmbedded(_schema()).get_class_schema("detection_finding", list(profiles))
    return Draft202012Validator(made)


def faults(finding: Mapping[str, Any]) -> list[str]:
    """What is wrong with a finding; empty where it is valid. The same finding is judged once: many odd
    alerts come to it, and the judge is slow."""
    return list(_faults(json.dumps(finding)))


@cache
def _faults(text: str) -> tuple[str, ...]:
    finding: Mapping[str, Any] = json.loads(text)
    profiles = tuple(sorted(finding["metadata"].get("profiles", [])))
    structure = [f"{e.json_path}: {e.message[:200]}" for e in _validator(profiles).iter_errors(finding)]
    return (*structure, *_captions(finding, _schema()["classes"]["detection_finding"], "$"))


def _captions(value: Mapping[str, Any], definition: Mapping[str, Any], path: str) -> Iterator[str]:
    """Ids whose caption is missing or another one's, here and in the objects below."""
    attributes = definition["attributes"]
    for name, inner in value.items():
        about = attributes.get(name)
        if about is None:
            continue
        if about.get("enum") and about.get("sibling"):
            caption = about["enum"].get(str(inner), {}).get("caption")
            shown = value.get(about["sibling"])
            if not shown or (inner != OTHER and shown != caption):
                yield f"{path}.{name}: {inner} is {caption!r}, not {shown!r}"
        if about.get("object_type") and about["object_type"] in _schema()["objects"]:
            below = _schema()["objects"][about["object_type"]]
            for item in inner if isinstance(inner, list) else [inner]:
                if isinstance(item, Mapping):
                    yield from _captions(item, below, f"{path}.{name}")


def nulls(value: object, path: str = "$") -> list[str]:
    """Every place that holds a null."""
    if value is None:
        return [path]
    if isinstance(value, Mapping):
        return [found for key, inner in value.items() for found in nulls(inner, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for at, inner in enumerate(value) for found in nulls(inner, f"{path}[{at}]")]
    return []
