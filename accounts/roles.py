"""The roles of staff: groups that the service makes and keeps up after each `migrate`.

Each app says in its module `roles` which of its permissions a role has. A cinema that wants other
rights makes a group of its own: those of a role are set again.
"""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.utils.module_loading import autodiscover_modules

MANAGER = "Manager"
BOX_OFFICE = "Box office"
DOOR = "Door"
PROJECTION = "Projection"
ACCOUNTS = "Accounts"
SUPPORT = "Support"
ROLES = [MANAGER, BOX_OFFICE, DOOR, PROJECTION, ACCOUNTS, SUPPORT]

_granted: dict[str, set[str]] = {role: set() for role in ROLES}


def grant(role: str, *permissions: str) -> None:
    """Give permissions, such as `bookings.view_order`, to a role."""
    _granted[role].update(permissions)


def rights_of(role: str) -> set[str]:
    """Return the permissions of a role, as `app_label.codename`."""
    autodiscover_modules("roles")
    return set(_granted[role])


def keep_up_roles(**_: Any) -> None:
    """Make the groups of the roles, and give them exactly their permissions.

    Called when `migrate` has made the permissions. Three queries if nothing is to change.
    """
    stored = {
        f"{each.content_type.app_label}.{each.codename}": each
        for each in Permission.objects.select_related("content_type")
    }
    groups = {group.name: group for group in Group.objects.filter(name__in=ROLES)}
    missing = [Group(name=role) for role in ROLES if role not in groups]
    groups |= {group.name: group for group in Group.objects.bulk_create(missing)}
    links = Group.permissions.through.objects
    found = set(links.filter(group__in=groups.values()).values_list("group_id", "permission_id"))
    wanted = {
        (groups[role].pk, stored[right].pk)
        for role in ROLES
        for right in rights_of(role)
        if right in stored  # not while only some apps are migrated
    }
    for group_id, permission_id in found - wanted:
        links.filter(group_id=group_id, permission_id=permission_id).delete()
    links.bulk_create(
        Group.permissions.through(group_id=group_id, permission_id=permission_id)
        for group_id, permission_id in sorted(wanted - found)
    )
