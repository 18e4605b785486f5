-- The three group roles and exactly what each may do. Not numbered: it says the whole of it and is
-- run again after every migration, so that a role made later by a database administrator gets its
-- rights by migrating once more.
--
-- Roles belong to the server, their rights to this database. They are NOLOGIN: grant them to the
-- users that log in, `GRANT fieldseal_app TO my_service`. Where the migrating user may not create
-- roles nothing fails; migratePostgresStore reports which are missing.
--
--   fieldseal_app      serves: reads everything, adds keys, versions, aliases, registry entries,
--                      data keys and index keys with their register, changes their state; never rewrites or deletes key material, never
--                      writes slots, store keys, settings, tags, policies, grants, phases or
--                      tombstones
--   fieldseal_admin    manages: writes every table, the only one that deletes
--                      both only add to the audit trail: nobody but the owner changes or deletes it
--   fieldseal_auditor  looks: reads everything but sealed and wrapped keys

SELECT pg_catalog.set_config('fieldseal.schema', :'schema', true);

DO $fieldseal$
DECLARE
  store CONSTANT text := pg_catalog.current_setting('fieldseal.schema');
  role_name text;
  entry record;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['fieldseal_app', 'fieldseal_admin', 'fieldseal_auditor'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname = role_name) THEN
      BEGIN
        EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', role_name);
      EXCEPTION
        -- The migrating user may not, or another database of this server was migrated just now.
        WHEN insufficient_privilege OR duplicate_object OR unique_violation THEN NULL;
      END;
    END IF;
  END LOOP;

  EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA %I FROM PUBLIC', store);
  EXECUTE pg_catalog.format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC', store);

  FOR role_name IN
    SELECT r.rolname FROM pg_catalog.pg_roles AS r
    WHERE r.rolname IN ('fieldseal_app', 'fieldseal_admin', 'fieldseal_auditor')
  LOOP
    EXECUTE pg_catalog.format('REVOKE ALL ON SCHEMA %I FROM %I', store, role_name);
    EXECUTE pg_catalog.format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', store, role_name);
    EXECUTE pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', store, role_name);
  END LOOP;

  FOR entry IN
    SELECT g.grantee, g.privileges, g.table_name
    FROM (VALUES
      ('fieldseal_app', 'migration', 'SELECT'),
      ('fieldseal_app', 'head', 'SELECT, UPDATE (epoch, digest, mac)'),
      ('fieldseal_app', 'slot', 'SELECT'),
      ('fieldseal_app', 'store_key', 'SELECT'),
      ('fieldseal_app', 'key', 'SELECT, INSERT, UPDATE (state, description, deletion_at, row_mac)'),
      ('fieldseal_app', 'key_version', 'SELECT, INSERT, UPDATE (state, row_mac)'),
      ('fieldseal_app', 'alias', 'SELECT, INSERT, UPDATE (key_id, updated_at, row_mac)'),
      ('fieldseal_app', 'key_setting', 'SELECT'),
      ('fieldseal_app', 'key_rotation', 'SELECT, INSERT'),
      ('fieldseal_app', 'key_tag', 'SELECT'),
      ('fieldseal_app', 'index_register', 'SELECT, INSERT, UPDATE (ranges, updated_at, row_mac)'),
      ('fieldseal_app', 'policy', 'SELECT'),
      ('fieldseal_app', 'key_grant', 'SELECT'),
      ('fieldseal_app', 'proposal', 'SELECT'),
      ('fieldseal_app', 'approval', 'SELECT'),
      ('fieldseal_app', 'registry', 'SELECT, INSERT, UPDATE (table_name, column_name, row_mac)'),
      ('fieldseal_app', 'phase', 'SELECT'),
      ('fieldseal_app', 'tombstone', 'SELECT'),
      ('fieldseal_app', 'data_key', 'SELECT, INSERT, UPDATE (state, row_mac)'),
      ('fieldseal_app', 'index_key', 'SELECT, INSERT, UPDATE (state, row_mac)'),
      ('fieldseal_app', 'audit_entry', 'SELECT, INSERT'),
      ('fieldseal_app', 'audit_checkpoint', 'SELECT, INSERT'),

      ('fieldseal_admin', 'migration', 'SELECT'),
      ('fieldseal_admin', 'head', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'slot', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'store_key', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'key', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'key_version', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'alias', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'key_setting', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'key_rotation', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'key_tag', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'index_register', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'policy', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'key_grant', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'proposal', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'approval', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'registry', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'phase', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'tombstone', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'data_key', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'index_key', 'SELECT, INSERT, UPDATE, DELETE'),
      ('fieldseal_admin', 'audit_entry', 'SELECT, INSERT'),
      ('fieldseal_admin', 'audit_checkpoint', 'SELECT, INSERT'),

      ('fieldseal_auditor', 'migration', 'SELECT'),
      ('fieldseal_auditor', 'head', 'SELECT'),
      ('fieldseal_auditor', 'slot',
        'SELECT (id, kind, mechanism, label, root_generation, commitment, recovery, failure_domain, tested_at,'
        ' created_at, row_mac)'),
      ('fieldseal_auditor', 'store_key',
        'SELECT (id, version, environment, development, root_generation, commitment, created_at, row_mac)'),
      ('fieldseal_auditor', 'key', 'SELECT'),
      ('fieldseal_auditor', 'key_version',
        'SELECT (key_id, version, state, root_generation, commitment, retire_at, deletion_at, created_at,'
        ' expires_at, row_mac)'),
      ('fieldseal_auditor', 'alias', 'SELECT'),
      ('fieldseal_auditor', 'key_setting', 'SELECT'),
      ('fieldseal_auditor', 'key_rotation', 'SELECT'),
      ('fieldseal_auditor', 'key_tag', 'SELECT'),
      ('fieldseal_auditor', 'index_register', 'SELECT'),
      ('fieldseal_auditor', 'policy', 'SELECT'),
      ('fieldseal_auditor', 'key_grant', 'SELECT'),
      ('fieldseal_auditor', 'proposal', 'SELECT'),
      ('fieldseal_auditor', 'approval', 'SELECT'),
      ('fieldseal_auditor', 'registry', 'SELECT'),
      ('fieldseal_auditor', 'phase', 'SELECT'),
      ('fieldseal_auditor', 'tombstone', 'SELECT'),
      ('fieldseal_auditor', 'data_key',
        'SELECT (id, key_id, key_version, tenant, subject, scope, state, created_at, row_mac)'),
      ('fieldseal_auditor', 'index_key',
        'SELECT (id, key_id, key_version, generation, tenant, scope, place, state, created_at, row_mac)'),
      ('fieldseal_auditor', 'audit_entry', 'SELECT'),
      ('fieldseal_auditor', 'audit_checkpoint', 'SELECT')
    ) AS g (grantee, table_name, privileges)
    JOIN pg_catalog.pg_roles AS r ON r.rolname = g.grantee
  LOOP
    EXECUTE pg_catalog.format('GRANT %s ON TABLE %I.%I TO %I',
      entry.privileges, store, entry.table_name, entry.grantee);
  END LOOP;
END
$fieldseal$;
