"""Permissions to read and change the programme."""

from rest_framework.permissions import SAFE_METHODS, DjangoModelPermissions

from movies.staff_cinemas import OTHER_CINEMAS, may_add, may_change


class StaffOnly(DjangoModelPermissions):
    """Staff with the model's permission, in their cinemas; reading needs the view permission."""

    perms_map = {**DjangoModelPermissions.perms_map, "GET": ["%(app_label)s.view_%(model_name)s"]}
    perms_map["HEAD"] = perms_map["GET"]

    def has_permission(self, request, view):
        allowed = super().has_permission(request, view) and request.user.is_staff
        if not allowed or getattr(view, "action", None) != "create":
            return allowed
        self.message = OTHER_CINEMAS
        return may_add(request.user, view.queryset.model)

    def has_object_permission(self, request, view, row):
        self.message = OTHER_CINEMAS
        return request.method in SAFE_METHODS or may_change(request.user, row)


class StaffChange(StaffOnly):
    """Staff with the model's change permission, for actions that change a row."""

    perms_map = {"POST": StaffOnly.perms_map["PATCH"]}


class StaffWriteAllRead(StaffOnly):
    """Anyone may read; writing needs staff with the model's permission."""

    def has_permission(self, request, view):
        return request.method in SAFE_METHODS or super().has_permission(request, view)
