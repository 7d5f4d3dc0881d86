"""Named schemas of the document."""

# drf-spectacular has no types.
# mypy: disable-error-code="no-untyped-call"

from typing import Any

from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent


def ref_to(name: str, schema: dict[str, Any], registry: ComponentRegistry) -> dict[str, Any]:
    """Register the schema under its name, once, and return the reference to it."""
    component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, object=name)
    registry.register_on_missing(component)
    ref: dict[str, Any] = component.ref
    return ref
