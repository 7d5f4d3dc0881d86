from django.urls import path

from accounts.api import views

urlpatterns = [
    path("auth/signup/", views.SignUpView.as_view(), name="sign-up"),
    path("auth/login/", views.LoginView.as_view(), name="login"),
    path("auth/refresh/", views.RefreshView.as_view(), name="refresh"),
    path("auth/logout/", views.LogoutView.as_view(), name="logout"),
    path("auth/sessions/", views.SessionsView.as_view(), name="sessions"),
    path("auth/sessions/<uuid:pk>/", views.SessionView.as_view(), name="session"),
    path("auth/me/", views.MeView.as_view(), name="me"),
    path("auth/password/change/", views.PasswordChangeView.as_view(), name="password-change"),
    path("auth/password/reset/", views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "auth/password/reset/confirm/",
        views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
]
