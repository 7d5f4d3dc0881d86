"""Changes of the whole document, after drf-spectacular has generated it."""

from typing import Any

Schema = dict[str, Any]

EMPTY = {"type": "string", "maxLength": 0}


def in_the_words_of_3_1(result: Schema, **kwargs: Any) -> Schema:
    """Replace `nullable` and `example` of schemas, which are words of OpenAPI 3.0.

    Lets only one form of a text that may be empty fit the empty text: since 3.1 a `format` is a
    note, so that both forms of a URL would fit.
    """
    for schema in result["components"]["schemas"].values():
        _modernise(schema)
    return result


def _modernise(schema: Any) -> None:
    if isinstance(schema, list):
        for inner in schema:
            _modernise(inner)
    if not isinstance(schema, dict):
        return
    if schema.pop("nullable", False):
        schema["type"] = [schema["type"], "null"]
    if EMPTY in schema.get("oneOf", []):
        for form in schema["oneOf"]:
            if form != EMPTY:
                form["minLength"] = 1
    if "example" in schema:
        schema["examples"] = [schema.pop("example")]
    for inner in schema.values():
        _modernise(inner)


def with_open_enumerations(result: Schema, **kwargs: Any) -> Schema:
    """Let each enumeration of an answer have further values: a later version may add some."""
    schemas = result["components"]["schemas"]
    enumerations = {
        f"#/components/schemas/{name}" for name, schema in schemas.items() if "enum" in schema
    }
    for name, schema in schemas.items():
        if not name.endswith("Request"):
            properties = schema.get("properties", {})
            for field in properties:
                properties[field] = _opened(properties[field], enumerations)
    return result


def _opened(schema: Schema, enumerations: set[str]) -> Schema:
    [ref] = schema.get("allOf", [schema])[:1]
    if ref.get("$ref") not in enumerations:
        return schema
    rest = {name: value for name, value in schema.items() if name not in ("$ref", "allOf")}
    return {"anyOf": [{"$ref": ref["$ref"]}, {"type": "string"}], **rest}
