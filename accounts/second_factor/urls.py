"""The pages of the second factor, for staff only: /admin/second-factor/ and /admin/confirm/."""

from django.contrib import admin
from django.urls import path

from accounts.second_factor import views

page = admin.site.admin_view

urlpatterns = [
    path("second-factor/", page(views.give_factor), name="second-factor"),
    path("second-factor/set-up/", page(views.set_up), name="second-factor-set-up"),
    path("second-factor/set-up/app/", page(views.set_up_app), name="second-factor-app"),
    path("second-factor/set-up/key/", page(views.set_up_key), name="second-factor-key"),
    path("second-factor/codes/", page(views.show_codes), name="second-factor-codes"),
    path("confirm/", page(views.confirm_password), name="confirm-password"),
]
