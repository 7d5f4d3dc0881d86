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

# Its pages show refresh tokens, with which whoever sees them can log in as their customers.
admin.site.unregister([BlacklistedToken, OutstandingToken])


@admin.register(User)
class AccountAdmin(UserAdmin):
    list_display = ["username", "email", "first_name", "last_name", "is_staff", "is_active"]
    date_hierarchy = "date_joined"
