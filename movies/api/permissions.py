"""Permissions to read and change the programme."""

from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions


class StaffOnly(DjangoModelPermissions):
    """Staff with the model's permission; reading needs the view permission."""

    perms_map = {**DjangoModelPermissions.perms_map, "GET": ["%(app_label)s.view_%(model_name)s"]}
    perms_map["HEAD"] = perms_map["GET"]

    def has_permission(self, request, view):
        allowed = super().has_permission(request, view)
        return allowed and request.user.is_staff


class StaffChange(StaffOnly):
    """Staff with the model's change permission, for actions that change a row."""

    perms_map = {"POST": StaffOnly.perms_map["PATCH"]}


class StaffWriteAllRead(StaffOnly):
    """Anyone may read; writing needs staff with the model's permission."""

    def has_permission(self, request, view):
        return request.method in SAFE_METHODS or super().has_permission(request, view)
