"""Who may change what is on."""

from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions


class StaffOnly(DjangoModelPermissions):
    """Members of staff who have the model's permission; reading needs its view permission."""

    perms_map = {**DjangoModelPermissions.perms_map, "GET": ["%(app_label)s.view_%(model_name)s"]}
    perms_map["HEAD"] = perms_map["GET"]

    def has_permission(self, request, view):
        allowed = super().has_permission(request, view)
        return allowed and request.user.is_staff


class StaffChange(StaffOnly):
    """For actions that change a row: the model's change permission."""

    perms_map = {"POST": StaffOnly.perms_map["PATCH"]}


class StaffWriteAllRead(StaffOnly):
    """Anybody reads, staff with the model's permission write."""

    def has_permission(self, request, view):
        return request.method in SAFE_METHODS or super().has_permission(request, view)
