from django.db import migrations, models

# An entry can be changed while a row of audit_erasing permits it, but not who did what, and when.
KEPT = ["id", "at", "user_id", "who", "address", "request_id", "verb", "object_type", "object_id"]
SQLITE_CHANGED = " OR ".join(f'NEW."{name}" IS NOT OLD."{name}"' for name in KEPT)
POSTGRESQL_CHANGED = " OR ".join(f'NEW."{name}" IS DISTINCT FROM OLD."{name}"' for name in KEPT)
SQLITE = [
    "DROP TRIGGER audit_entry_unchanged",
    f"""
    CREATE TRIGGER audit_entry_unchanged BEFORE UPDATE ON audit_entry
    WHEN {SQLITE_CHANGED} OR NOT EXISTS (SELECT 1 FROM audit_erasing WHERE entry_id = OLD.id)
    BEGIN SELECT RAISE(ABORT, 'The audit is append-only.'); END
    """,
]
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM audit_tidying WHERE OLD.at < "before") THEN
          RETURN OLD;
        END IF;
      ELSIF NOT ({POSTGRESQL_CHANGED}) THEN
        IF EXISTS (SELECT 1 FROM audit_erasing WHERE entry_id = OLD.id) THEN
          RETURN NEW;
        END IF;
      END IF;
      RAISE EXCEPTION 'The audit is append-only.' USING ERRCODE = 'raise_exception';
    END $$
    """,
]


def change_triggers(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for sql in POSTGRESQL if vendor == "postgresql" else SQLITE:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="Erasing",
            fields=[("entry_id", models.BigIntegerField(primary_key=True, serialize=False))],
            options={"default_permissions": ()},
        ),
        migrations.RunPython(change_triggers, migrations.RunPython.noop),
    ]
