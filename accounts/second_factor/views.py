"""The pages of the admin about the second factor, and the one that takes the password again."""

from base64 import b32encode
from typing import Any, cast

import segno
from django.contrib import admin, messages
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django_otp.plugins.otp_totp.models import TOTPDevice, default_key

from accounts import staff_sessions
from accounts.failures import count_failure, credentials_of
from accounts.lockout import refusal_page
from accounts.models import User
from accounts.second_factor import keys
from accounts.second_factor.codes import recovery_codes_left
from accounts.second_factor.factors import (
    Added,
    add_app,
    factors_of,
    make_recovery_codes,
    remove_factor,
)
from accounts.second_factor.forms import AppForm, ConfirmForm, FactorForm, KeyForm
from accounts.second_factor.gate import ensure_confirmed, next_page
from accounts.second_factor.requirement import lacks_factor
from core.errors import NotFound
from core.http.form_errors import as_form_errors
from core.http.policies import PERMISSIONS

APP_KEY, NEW_CODES = "app_key_to_add", "new_recovery_codes"  # in the session
# As on all pages, but that the browser may ask for a security key.
WITH_KEYS = PERMISSIONS.replace("publickey-credentials-get=()", "publickey-credentials-get=(self)")


def give_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor after the password; nothing else of the admin is open before."""
    user = cast(User, request.user)
    if staff_sessions.has_passed_factor(request, user):
        return HttpResponseRedirect(next_page(request))
    log_in = {"username": user.get_username()}
    if refusal := refusal_page(request, log_in):
        return refusal
    form = FactorForm(request.POST or None, request=request)
    if form.is_valid():
        if form.check_factor():
            staff_sessions.pass_factor(request, user)
            return HttpResponseRedirect(next_page(request))
        if form.is_wrong:
            user_login_failed.send(sender=User, request=request, credentials=log_in)
    context = {
        "title": "Second factor",
        "form": form,
        "key_options": keys.options_to_give(request, user),
        "next": next_page(request),
    }
    return _page(request, "give", context)


def confirm_password(request: HttpRequest) -> HttpResponse:
    """Ask for the password again, and for the second factor, and lead back."""
    user = cast(User, request.user)
    if refusal := refusal_page(request, credentials_of(user)):
        return refusal
    form = ConfirmForm(request.POST or None, request=request)
    if form.is_valid() and (not user.has_second_factor or form.check_factor()):
        staff_sessions.confirm(request)
        return HttpResponseRedirect(next_page(request))
    if form.is_wrong:
        count_failure(request, user)
    has_factor = user.has_second_factor
    context = {
        "title": "Confirm that it is you",
        "form": form,
        "minutes": staff_sessions.FRESH_FOR // staff_sessions.MINUTE,
        "key_options": keys.options_to_give(request, user) if has_factor else None,
        "next": next_page(request),
    }
    return _page(request, "confirm", context)


def set_up(request: HttpRequest) -> HttpResponse:
    """List the factors of the user; remove one, or make new recovery codes."""
    ensure_confirmed(request)
    user = cast(User, request.user)
    if request.method == "POST":
        return _change(request, user)
    context = {
        "title": "Your second factor",
        "factors": factors_of(user),
        "codes_left": recovery_codes_left(user),
        "is_needed": lacks_factor(user),
        "can_have_keys": keys.can_have_keys(request),
    }
    return _page(request, "set_up", context)


def set_up_app(request: HttpRequest) -> HttpResponse:
    """Show the key of a new authenticator app, and take the code that proves it was read."""
    ensure_confirmed(request)
    user = cast(User, request.user)
    key = request.session.setdefault(APP_KEY, default_key())
    form = AppForm(request.POST or None)
    if form.is_valid():
        with as_form_errors(form):
            added = add_app(user=user, key=key, **form.cleaned_data)
            del request.session[APP_KEY]
            return _added(request, added)
    device = TOTPDevice(user=user, key=key)
    picture = segno.make(device.config_url, error="m").svg_inline(border=4, omitsize=True)
    text = b32encode(device.bin_key).decode()
    context = {
        "title": "Add an authenticator app",
        "form": form,
        "picture": mark_safe(picture),  # noqa: S308 - drawn from the squares of the code
        "key": " ".join(text[at : at + 4] for at in range(0, len(text), 4)),
    }
    return _page(request, "app", context)


def set_up_key(request: HttpRequest) -> HttpResponse:
    """Let the browser register a security key, and store it."""
    ensure_confirmed(request)
    user = cast(User, request.user)
    form = KeyForm(request.POST or None)
    if form.is_valid():
        with as_form_errors(form):
            return _added(request, keys.add_key(request=request, user=user, **form.cleaned_data))
    is_possible = keys.can_have_keys(request)
    context = {
        "title": "Add a security key",
        "form": form,
        "key_options": keys.options_to_add(request, user) if is_possible else None,
    }
    return _page(request, "key", context)


def show_codes(request: HttpRequest) -> HttpResponse:
    """Show the new recovery codes, once."""
    codes = request.session.pop(NEW_CODES, None)
    if codes is None:
        return HttpResponseRedirect(reverse("second-factor-set-up"))
    return _page(request, "codes", {"title": "Your recovery codes", "codes": codes})


def _change(request: HttpRequest, user: User) -> HttpResponse:
    """Apply what a button of the list asks for."""
    if request.POST.get("do") == "codes" and user.has_second_factor:
        request.session[NEW_CODES] = make_recovery_codes(user=user)
        return HttpResponseRedirect(reverse("second-factor-codes"))
    kind, _, pk = request.POST.get("remove", "").partition(" ")
    if pk.isascii() and pk.isdigit() and len(pk) <= 18:
        try:
            user = remove_factor(user=user, kind=kind, pk=int(pk))
        except NotFound:  # by another window
            messages.warning(request, "It was removed before.")
        else:
            staff_sessions.pass_factor(request, user)
            messages.success(request, "It is removed.")
    return HttpResponseRedirect(request.path)


def _added(request: HttpRequest, added: Added) -> HttpResponse:
    """Go on after a factor was added: with the recovery codes after the first one."""
    staff_sessions.pass_factor(request, added.user)
    messages.success(request, "It is added. From now on, a log-in needs it.")
    if added.recovery_codes:
        request.session[NEW_CODES] = added.recovery_codes
        return HttpResponseRedirect(reverse("second-factor-codes"))
    return HttpResponseRedirect(reverse("second-factor-set-up"))


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    is_in = staff_sessions.has_passed_factor(request, cast(User, request.user))
    is_in = is_in and not lacks_factor(cast(User, request.user))
    site = admin.site.each_context(request)
    if not is_in:  # nothing of the admin: neither its apps nor its links
        site |= {"available_apps": [], "is_nav_sidebar_enabled": False, "has_permission": False}
    page = TemplateResponse(
        request, f"admin/second_factor/{name}.html", {**site, "is_in": is_in, **context}
    )
    page["Permissions-Policy"] = WITH_KEYS
    return page
