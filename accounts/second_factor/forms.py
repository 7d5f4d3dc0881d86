"""The forms of the pages about the second factor."""

from typing import Any

from django import forms

from accounts.models import User
from accounts.second_factor.codes import check_code
from accounts.second_factor.keys import check_key

WRONG = "wrong"  # the code of errors that count as a failed log-in
NAME_LENGTH = 64
CODE_LENGTH = 40
CODE_WRONG = "The code is wrong, or was used before. Enter the one that the app shows now."
KEY_WRONG = "The security key was not accepted. Try again."
NOTHING = "Enter a code, or use your security key."
AS_CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}


def key_answer(**options: Any) -> forms.CharField:
    """Return the hidden field for what a security key has signed; second_factor.js fills it in."""
    hidden = forms.HiddenInput(attrs={"id": "key-answer"})
    return forms.CharField(max_length=20_000, widget=hidden, **options)


class FactorForm(forms.Form):
    """A code, or what a security key has signed, of the user of the request."""

    code = forms.CharField(
        max_length=CODE_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={**AS_CODE, "autofocus": True}),
        help_text="The six digits that your app shows, or one of your recovery codes.",
    )
    answer = key_answer(required=False)

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request, self.user = request, request.user

    def check_factor(self) -> bool:
        """Check the factor, and use it up. Adds the error to the form; raises CodesPaused."""
        code, answer = self.cleaned_data.get("code"), self.cleaned_data.get("answer")
        if answer:
            is_right = check_key(request=self.request, user=self.user, answer=answer)
            error = KEY_WRONG
        elif code:
            is_right, error = check_code(user=self.user, code=code), CODE_WRONG
        else:
            self.add_error("code", NOTHING)
            return False
        if not is_right:
            self.add_error(None if answer else "code", forms.ValidationError(error, code=WRONG))
        return is_right

    @property
    def is_wrong(self) -> bool:
        """Return whether something wrong was given, and not only nothing."""
        found = self.errors.as_data().values() if self.is_bound else []
        return any(error.code == WRONG for errors in found for error in errors)


class ConfirmForm(FactorForm):
    """The password, and the second factor of users who have one."""

    password = forms.CharField(
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )
    field_order = ["password", "code", "answer"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs.pop("autofocus")
        if not self.user.has_second_factor:
            del self.fields["code"], self.fields["answer"]

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        user: User = self.user
        if not user.check_password(password):
            raise forms.ValidationError("This is not your password.", code=WRONG)
        return password


class NameForm(forms.Form):
    """What is added gets a name, by which its owner knows it later."""

    name = forms.CharField(
        max_length=NAME_LENGTH,
        help_text="So that you know it later, such as “My telephone” or “Key on my desk”.",
    )


class AppForm(NameForm):
    code = forms.CharField(
        max_length=CODE_LENGTH,
        widget=forms.TextInput(attrs={**AS_CODE, "inputmode": "numeric"}),
        help_text="The six digits that the app shows now.",
    )


class KeyForm(NameForm):
    answer = key_answer()
