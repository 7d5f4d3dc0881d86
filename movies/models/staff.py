"""The cinemas of a chain in which a member of staff works."""

from django.conf import settings
from django.db import models

from movies.models.halls import Cinema


class StaffCinema(models.Model):
    """A cinema that a member of staff is limited to. One without any works in all cinemas.

    So a cinema is kept while staff are limited to it: they would work in all others without it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="staff_cinemas",
        db_index=False,  # the constraint's index begins with it
    )
    cinema = models.ForeignKey(Cinema, on_delete=models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        verbose_name = "cinema of staff"
        verbose_name_plural = "cinemas of staff: none means all"
        constraints = [
            models.UniqueConstraint(fields=["user", "cinema"], name="staff_cinema_unique")
        ]

    def __str__(self) -> str:
        return str(self.cinema)
