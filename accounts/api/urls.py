from django.urls import path

from accounts.api import views

urlpatterns = [
    path("auth/signup/", views.SignUpView.as_view(), name="sign-up"),
    path("auth/login/", views.LoginView.as_view(), name="login"),
    path("auth/refresh/", views.RefreshView.as_view(), name="refresh"),
    path("auth/confirm/", views.ConfirmView.as_view(), name="confirm"),
    path("auth/logout/", views.LogoutView.as_view(), name="logout"),
    path("auth/sessions/", views.SessionsView.as_view(), name="sessions"),
    path("auth/sessions/<uuid:pk>/", views.SessionView.as_view(), name="session"),
    path("auth/me/", views.MeView.as_view(), name="me"),
    path("auth/me/export/", views.ExportView.as_view(), name="me-export"),
    path("auth/email/send/", views.SendLinkView.as_view(), name="email-send"),
    path("auth/email/verify/", views.VerifyView.as_view(), name="email-verify"),
    path("auth/password/change/", views.PasswordChangeView.as_view(), name="password-change"),
    path("auth/password/reset/", views.PasswordResetView.as_view(), name="password-reset"),
    path(
        "auth/password/reset/confirm/",
        views.PasswordResetConfirmView.as_view(),
        name="password-reset-confirm",
    ),
]
