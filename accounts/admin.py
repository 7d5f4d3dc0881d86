from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UsernameField
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from accounts.models import User


class LoginForm(AdminAuthenticationForm):
    """Django's form bounds the name in the browser only; the log of failures cannot hold more."""

    username = UsernameField(max_length=150)


admin.site.login_form = LoginForm

RIGHTS = ["is_staff", "is_superuser", "groups", "user_permissions"]

# Its pages show refresh tokens, with which whoever sees them can log in as their customers.
admin.site.unregister([BlacklistedToken, OutstandingToken])


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = ["username", "email", "first_name", "last_name", "is_staff", "is_active"]
    date_hierarchy = "date_joined"

    def get_readonly_fields(self, request, obj=None):
        """Only superusers give rights: else whoever may change users could become one."""
        found = super().get_readonly_fields(request, obj)
        return found if request.user.is_superuser else [*found, *RIGHTS]

    def has_change_permission(self, request, obj=None):
        """Only superusers change members of staff, themselves too: their passwords open doors."""
        may_change = super().has_change_permission(request, obj)
        return may_change and (request.user.is_superuser or obj is None or not obj.is_staff)

    def has_delete_permission(self, request, obj=None):
        may_delete = super().has_delete_permission(request, obj)
        return may_delete and (request.user.is_superuser or obj is None or not obj.is_staff)
