-- Two roles of one database: tickets_owner migrates, tickets_runtime serves.
--
-- Run as a superuser, in the database of the service; again at any time, it changes only what is
-- missing:
--
--     psql --dbname=tickets --single-transaction --set=ON_ERROR_STOP=1 --file=deploy/postgresql/roles.sql
--
-- Then give both roles a password: \password tickets_owner, \password tickets_runtime.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tickets_owner') THEN
    CREATE ROLE tickets_owner LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tickets_runtime') THEN
    CREATE ROLE tickets_runtime LOGIN;
  END IF;
END $$;

-- Nobody else connects, and only the owner creates anything, temporary tables included.
DO $$
BEGIN
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
  EXECUTE format('REVOKE ALL ON DATABASE %I FROM tickets_runtime', current_database());
  EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO tickets_owner', current_database());
  EXECUTE format('GRANT CONNECT ON DATABASE %I TO tickets_runtime', current_database());
END $$;
REVOKE ALL ON SCHEMA public FROM PUBLIC, tickets_runtime;
ALTER SCHEMA public OWNER TO tickets_owner;
GRANT USAGE ON SCHEMA public TO tickets_runtime;

-- A database that was migrated by another role before. Sequences of columns follow their tables.
DO $$
DECLARE
  item record;
BEGIN
  FOR item IN
    SELECT c.oid::regclass AS name FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
      AND c.relowner <> 'tickets_owner'::regrole
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO tickets_owner', item.name);
  END LOOP;
  FOR item IN
    SELECT p.oid::regprocedure AS name FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'tickets_owner'::regrole
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('ALTER ROUTINE %s OWNER TO tickets_owner', item.name);
  END LOOP;
END $$;

-- Rows, in the tables of now and of every later migration: read and written, never truncated.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO tickets_runtime;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO tickets_runtime;
ALTER DEFAULT PRIVILEGES FOR ROLE tickets_owner IN SCHEMA public
  GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO tickets_runtime;
ALTER DEFAULT PRIVILEGES FOR ROLE tickets_owner IN SCHEMA public
  GRANT USAGE, SELECT ON SEQUENCES TO tickets_runtime;
