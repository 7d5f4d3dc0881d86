from functools import partial
from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.models import Group
from django.urls import path, reverse
from django.utils.html import format_html
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.admin_personal_data import erase_page, export_page
from accounts.admin_second_factor import remove_page
from accounts.forms import AddUserForm, ChangeUserForm
from accounts.models import User
from accounts.roles import ROLES
from accounts.second_factor.gate import ensure_confirmed
from accounts.services import announce_address
from audit.looks import shows_customers
from core.http.admin_deletion import DeletionAdmin


class LoginForm(AdminAuthenticationForm):
    """Rejects long names: Django limits them in the browser only, and the log of failures cannot
    store them."""

    username = UsernameField(max_length=User.email.field.max_length)  # or a verified address


admin.site.login_form = LoginForm
shows_customers("accounts.user")

RIGHTS = ["is_staff", "is_superuser", "groups", "user_permissions"]

# These pages show refresh tokens, which are enough to log in as a customer, and the keys of second
# factors.
admin.site.unregister([BlacklistedToken, OutstandingToken, StaticDevice, TOTPDevice])


admin.site.unregister(Group)


@admin.register(Group)
class GroupOfStaffAdmin(DeletionAdmin, GroupAdmin):
    """Django's, with pages that delete without reading every member.

    What changes rights needs a fresh password. The groups of the roles cannot be changed. Nobody
    but superusers gives rights that they have not: they change no group with such a right, and are
    offered only their own.
    """

    def has_change_permission(self, request, obj=None):
        may_change = super().has_change_permission(request, obj)
        return may_change and (obj is None or self._is_within(request, obj))

    def has_delete_permission(self, request, obj=None):
        may_delete = super().has_delete_permission(request, obj)
        return may_delete and (obj is None or self._is_within(request, obj))

    def save_model(self, request, obj, form, change):
        if "permissions" in form.changed_data:
            ensure_confirmed(request)
        super().save_model(request, obj, form, change)

    def delete_model(self, request, obj):
        ensure_confirmed(request)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        ensure_confirmed(request)
        super().delete_queryset(request, queryset)

    def formfield_for_manytomany(self, db_field, request=None, **kwargs):
        field: Any = super().formfield_for_manytomany(db_field, request=request, **kwargs)
        if db_field.name == "permissions" and not request.user.is_superuser:
            own = request.user.get_all_permissions()
            pks = [each.pk for each in field.queryset if _name_of(each) in own]
            field.queryset = field.queryset.filter(pk__in=pks)
        return field

    def _is_within(self, request, group):
        if group.name in ROLES:
            return False
        if request.user.is_superuser:
            return True
        rights = group.permissions.select_related("content_type")
        return request.user.get_all_permissions().issuperset(map(_name_of, rights))


def _name_of(permission):
    """Return such as `bookings.view_order`."""
    return f"{permission.content_type.app_label}.{permission.codename}"


@admin.register(User)
class AccountAdmin(DeletionAdmin, UserAdmin):
    form = ChangeUserForm
    add_form = AddUserForm
    list_display = ["username", "email", "first_name", "last_name", "is_staff", "is_active"]
    date_hierarchy = "date_joined"
    readonly_fields = ["email_verified", "new_email", "accepted_terms", "terms_accepted_at"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (
            "Personal info",
            {"fields": ["first_name", "last_name", "email", "email_verified", "new_email"]},
        ),
        ("Permissions", {"fields": ["is_active", *RIGHTS]}),
        ("Important dates", {"fields": ["last_login", "date_joined"]}),
        ("Terms", {"fields": ["accepted_terms", "terms_accepted_at"]}),
    ]

    def get_readonly_fields(self, request, obj=None):
        """Let only superusers grant rights, so that no user can grant them to themselves."""
        fields = super().get_readonly_fields(request, obj)
        return fields if request.user.is_superuser else [*fields, *RIGHTS]

    def save_model(self, request, obj, form, change):
        """Save the user; a changed e-mail address gets a link, and the one before is told.

        What changes rights needs a fresh password.
        """
        if set(RIGHTS) & set(form.changed_data):
            ensure_confirmed(request)
        super().save_model(request, obj, form, change)
        if change and "email" in form.changed_data:
            announce_address(obj, former=form.former_address)

    def get_urls(self):
        def view(page):
            return self.admin_site.admin_view(partial(page, self))

        return [
            path("<id>/export/", view(export_page), name="accounts_user_export"),
            path("<id>/erase/", view(erase_page), name="accounts_user_erase"),
            path(
                "<id>/second-factor/", view(remove_page), name="accounts_user_remove_second_factor"
            ),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request, obj=None):
        """Leave the password, with its button, to users who may change it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (
                title,
                {**options, "fields": [name for name in options["fields"] if name != "password"]},
            )
            for title, options in fieldsets
        ]

    def instead_of_deleting(self, request, user):
        if not user.is_active:
            return "The account is not active: nobody can log in with it."
        url = reverse("admin:accounts_user_change", args=[user.pk])
        return format_html('Clear <i>Active</i> on <a href="{}">its page</a> instead.', url)

    def may_handle_data(self, request, user):
        """Return whether the data of this customer may be exported and erased."""
        return request.user.has_perm("accounts.erase_user") and not user.is_staff

    def has_change_permission(self, request, obj=None):
        """Let only superusers change staff accounts: a new password takes over all their rights.

        What is erased stays so, whatever an older form still has.
        """
        if obj is not None and obj.erased_at:
            return False
        may_change = super().has_change_permission(request, obj)
        return may_change and (request.user.is_superuser or obj is None or not obj.is_staff)

    def has_delete_permission(self, request, obj=None):
        may_delete = super().has_delete_permission(request, obj)
        return may_delete and (request.user.is_superuser or obj is None or not obj.is_staff)
