"""The forms of the admin for users."""

from typing import TYPE_CHECKING, Any

from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.names import username_key

if TYPE_CHECKING:
    from django.forms import ModelForm

    Form = ModelForm[User]
else:
    Form = object

NAMES = {"username", "first_name", "last_name"}


class UsernameForm(Form):
    """Mixin that refuses a user name that another user has in any spelling."""

    def clean_username(self) -> Any:
        username = self.cleaned_data["username"]
        if "username" not in self.changed_data:
            return username
        if User.objects.of_name(username).exclude(pk=self.instance.pk).exists():
            raise ValidationError("This user name is taken.", code="unique")
        self.instance.username_key = username_key(username)
        return username


class AddUserForm(UsernameForm, AdminUserCreationForm):
    pass


class ChangeUserForm(UsernameForm, UserChangeForm):
    """Leaves names alone that were allowed before and are not changed.

    A changed e-mail address is not verified; `former_address` is the verified one before, if any.
    """

    former_address = ""

    def clean_email(self) -> Any:
        address = self.cleaned_data["email"]
        if "email" in self.changed_data:
            if User.objects.verified(address).exclude(pk=self.instance.pk).exists():
                raise ValidationError("Another account has this e-mail address.", code="unique")
            self.former_address = self.instance.verified_address
            self.instance.email_verified, self.instance.new_email = False, ""
        return address

    def _get_validation_exclusions(self) -> set[str]:
        exclusions: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # private
        return exclusions | (NAMES - set(self.changed_data))
