"""The forms on the page of a show's seats. Each knows its permission and its service."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import User
from bookings import services
from bookings.models import Booking
from bookings.rules.sale import ensure_seats_exist
from core.http.form_errors import as_validation_error
from movies.models import Show
from movies.seating.numbers import seat_number_from

MAX_TEXT_LENGTH = 50_000  # of all seat numbers together; a hall has at most 5,000 seats
MAX_MISTAKES = 5  # seat numbers that one error lists
MAX_NAMED_SEATS = 20  # in a message of success


class SeatNumbersField(forms.CharField):
    """Seat numbers with commas or spaces between them; doubles are dropped."""

    def clean(self, value: Any) -> list[str]:
        numbers: dict[str, None] = {}
        mistakes = []
        for word in re.split(r"[\s,;]+", super().clean(value)):
            try:
                numbers[seat_number_from(word)] = None
            except ValueError:
                mistakes.append(f"{word[:40]} is not a seat number: use letters A to Z and digits.")
        if mistakes:
            raise ValidationError(mistakes[:MAX_MISTAKES])
        return list(numbers)


class ActionForm(forms.Form):
    """Something that staff do with the show: needs a permission and calls a service."""

    permission: ClassVar[str]
    needs_fresh_password: ClassVar[bool] = False

    @property
    def done(self) -> str:
        """The message of success."""
        raise NotImplementedError

    def apply(self, show: Show, by: User) -> None:
        """Call the service; domain errors are left to the caller."""
        raise NotImplementedError


class SeatsForm(ActionForm):
    """The seats, and the reason. Subclasses block or unblock them."""

    permission = "bookings.block_seats"

    seat_numbers = SeatNumbersField(
        label="Seats",
        max_length=MAX_TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text="For example A1, A2 B7. Click a seat in the picture to add or remove it.",
    )
    reason = forms.CharField(
        max_length=Booking.REASON_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"size": 60}),
    )

    @property
    def named(self) -> str:
        numbers = self.cleaned_data["seat_numbers"]
        return ", ".join(numbers) if len(numbers) <= MAX_NAMED_SEATS else f"{len(numbers)} seats"


class BlockForm(SeatsForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = True

    @property
    def done(self) -> str:
        return f"Blocked: {self.named}."

    def apply(self, show: Show, by: User) -> None:
        services.block_seats(show=show, by=by, **self.cleaned_data)


class UnblockForm(SeatsForm):
    @property
    def done(self) -> str:
        return f"On sale again: {self.named}."

    def apply(self, show: Show, by: User) -> None:
        services.unblock_seats(show=show, by=by, **self.cleaned_data)


class CancelForm(ActionForm):
    """Cancel the show with all of its orders."""

    permission = "movies.change_show"
    needs_fresh_password = True
    done = "The show is cancelled."

    cancel_reason = forms.CharField(
        label="Reason",
        max_length=Booking.REASON_LENGTH,
        widget=forms.TextInput(attrs={"size": 60}),
    )

    def apply(self, show: Show, by: User) -> None:
        services.cancel_show(show=show, by=by, reason=self.cleaned_data["cancel_reason"])


class GoOnForm(ActionForm):
    """Cancel the remaining orders of a cancelled show."""

    permission = "movies.change_show"
    needs_fresh_password = True
    done = "The orders of the show are cancelled."

    def apply(self, show: Show, by: User) -> None:
        services.cancel_show(show=show, by=by)


class SeatForm(forms.Form):
    """The seat whose history is asked for; it may be a seat of an earlier plan."""

    seat = forms.CharField(max_length=100, widget=forms.TextInput(attrs={"size": 10}))

    def __init__(self, *args: Any, show: Show, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.show = show

    def clean_seat(self) -> str:
        try:
            number = seat_number_from(self.cleaned_data["seat"])
        except ValueError as error:
            raise ValidationError("A seat number has only letters A to Z and digits.") from error
        if not self.show.bookings.filter(seat_number=number).exists():
            with as_validation_error():
                ensure_seats_exist(self.show.seats_by_number, [number])
        return number
