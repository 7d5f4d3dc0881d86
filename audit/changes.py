"""Entries about rows that staff add, change and delete, whichever code does it.

Signals, because they see what a page or service of tomorrow writes, without a call in it. Writes
of many rows at once send none: their services call `record`. Customers' requests return at once.
"""

from typing import Any

from django.apps import apps
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save

from audit.records import is_on_record, record
from audit.security import log_security

# Tables that are no work of staff, such as sessions, or a history themselves: sales and changes
# of shows.
# The services of sales call `record` for staff; those of price lists and refund rules once for all
# of their rows.
# The services of payments call `record` for staff.
# The services of second factors call `record`: their rows have keys, and change at each use.
LEFT_OUT = {"admin", "audit", "axes", "contenttypes", "core", "sessions", "token_blacklist"}
LEFT_OUT |= {"django_otp_webauthn", "otp_static", "otp_totp", "outbox", "payments"}
LEFT_OUT_MODELS = {
    "auth.permission",
    "accounts.knownaddress",
    "accounts.session",
    "bookings.order",
    "bookings.booking",
    "movies.price",
    "movies.refundtier",
    "movies.showchange",
    "tickets.admission",
}
# Never written into an entry; only that it changed.
SECRETS = ("password", "secret", "token", "key_hash")
IGNORED = {"last_login", "name_key", "factor_stamp"}
# Fields and links that are rights of a user or a group.
RIGHTS = {
    "is_staff",
    "is_superuser",
    "is_active",
    "user_groups",
    "user_user_permissions",
    "group_permissions",
}
LONG = 500  # characters of a value that an entry keeps
HIDDEN = "(not recorded)"


def connect() -> None:
    """Listen to all models but those left out; a new model is on record without more."""
    for model in apps.get_models(include_auto_created=False):
        opts = model._meta
        if opts.app_label in LEFT_OUT or opts.label_lower in LEFT_OUT_MODELS:
            continue
        uid = f"audit {opts.label_lower}"
        pre_save.connect(_remember, sender=model, dispatch_uid=uid)
        post_save.connect(_saved, sender=model, dispatch_uid=uid)
        post_delete.connect(_deleted, sender=model, dispatch_uid=uid)
        for field in opts.local_many_to_many:
            through: Any = field.remote_field.through
            m2m_changed.connect(_linked, sender=through, dispatch_uid=f"{uid} {field.name}")


def _remember(sender: type[Model], instance: Any, raw: bool, **_: Any) -> None:
    if not raw and is_on_record() and not instance._state.adding:
        found = sender._base_manager.filter(pk=instance.pk).first()
        instance._audit_before = _values(found) if found else {}


def _saved(sender: type[Model], instance: Any, created: bool, raw: bool, **options: Any) -> None:
    if raw or not is_on_record():
        return
    before = instance.__dict__.pop("_audit_before", {})
    after = _values(instance)
    if created:
        record("add", instance, after=_shown(after))
        return
    written = options.get("update_fields")
    names = {
        name
        for name, value in after.items()
        if before.get(name) != value and (written is None or name in written)
    }
    if names:
        _log_rights(instance, names)
        record(
            "change",
            instance,
            before=_shown({name: before.get(name) for name in names}),
            after=_shown({name: after[name] for name in names}),
        )


def _deleted(sender: type[Model], instance: Any, **_: Any) -> None:
    if is_on_record():
        record("delete", instance, before=_shown(_values(instance)))


def _linked(instance: Any, action: str, model: Any, pk_set: Any, **options: Any) -> None:
    """Record links that were added or removed: genres of a movie, groups of a user."""
    if not is_on_record():
        return
    sender: Any = options["sender"]
    name = sender._meta.model_name
    if action in ("post_add", "post_remove") and pk_set:
        _log_rights(instance, {name})
        names = sorted(str(row) for row in model._base_manager.filter(pk__in=pk_set))
        side = "after" if action == "post_add" else "before"
        record("change", instance, **{side: {name: names}})  # type: ignore[arg-type]
    elif action == "pre_clear":
        _log_rights(instance, {name})
        record("change", instance, before={name: "(all)"}, after={name: []})


def _log_rights(row: Model, names: set[str]) -> None:
    """Write changes of passwords and rights to the security log too."""
    if row._meta.label_lower not in ("accounts.user", "auth.group"):
        return
    if "password" in names:
        log_security("Password changed by staff", str(row))
    if names & RIGHTS:
        log_security("Rights changed", str(row))


def _values(row: Model) -> dict[str, Any]:
    """Return the columns of the row by field; deferred ones would cost a query each."""
    deferred = row.get_deferred_fields()
    return {
        field.name: field.to_python(getattr(row, field.attname))
        for field in row._meta.concrete_fields
        if field.attname not in deferred and field.name not in IGNORED
    }


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values as an entry keeps them: no secrets, nothing long."""
    return {name: _plain(name, value) for name, value in values.items()}


def _plain(name: str, value: Any) -> Any:
    if any(secret in name for secret in SECRETS):
        return HIDDEN
    if value is None or isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if len(text) <= LONG else f"{text[:LONG]}…"
