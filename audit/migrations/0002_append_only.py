from django.db import migrations

# Entries cannot be changed. They can be deleted while a row of audit_tidying permits it.
SQLITE = [
    """
    CREATE TRIGGER audit_entry_unchanged BEFORE UPDATE ON audit_entry
    BEGIN SELECT RAISE(ABORT, 'The audit is append-only.'); END
    """,
    """
    CREATE TRIGGER audit_entry_kept BEFORE DELETE ON audit_entry
    WHEN NOT EXISTS (SELECT 1 FROM audit_tidying WHERE OLD.at < "before")
    BEGIN SELECT RAISE(ABORT, 'The audit is append-only.'); END
    """,
]
POSTGRESQL = [
    """
    CREATE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF EXISTS (SELECT 1 FROM audit_tidying WHERE OLD.at < "before") THEN
          RETURN OLD;
        END IF;
      END IF;
      RAISE EXCEPTION 'The audit is append-only.' USING ERRCODE = 'raise_exception';
    END $$
    """,
    """
    CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()
    """,
]


def create_triggers(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for sql in POSTGRESQL if vendor == "postgresql" else SQLITE:
        schema_editor.execute(sql)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_entries")]
    operations = [migrations.RunPython(create_triggers)]
