"""Shows without a price list are free: forms of the admin ask whether that is meant."""

from typing import Any

from django import forms


def confirm_free_field() -> forms.BooleanField:
    return forms.BooleanField(
        label="Free is meant: tickets cost nothing without a price list", required=False
    )


def ensure_free_is_meant(form: Any) -> None:
    """Add an error to a form without a price list, unless its box `confirm_free` is ticked."""
    cleaned = form.cleaned_data
    if "price_list" in cleaned and not cleaned["price_list"] and not cleaned.get("confirm_free"):
        form.add_error(
            "confirm_free",
            "Without a price list, tickets are free. Choose a price list, or confirm that it is "
            "meant.",
        )
