import type { Session } from '../table/session.ts';
import { type Finding, ok, warning } from './finding.ts';

const SETTINGS = `
SELECT current_setting('log_statement') AS "statement",
       current_setting('log_min_duration_statement') AS "duration",
       current_setting('log_parameter_max_length', true) AS "length",
       current_setting('log_parameter_max_length_on_error', true) AS "onError",
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS "isSuper"`;

const ROLES = `
SELECT array_agg(rolname::text) AS "names" FROM pg_roles
 WHERE rolname IN ('fieldseal_app', 'fieldseal_admin', 'fieldseal_auditor')`;

/** Roles, and what the server writes into its log. */
export async function checkDatabase(session: Session): Promise<readonly Finding[]> {
  const [settings] = await session.rows(SETTINGS);
  const [roles] = await session.rows(ROLES);
  return [
    checkRoles((roles?.names as readonly string[] | null) ?? []),
    checkUser(settings?.isSuper === true),
    checkParameters({
      logs:
        settings?.statement === 'all' ||
        settings?.statement === 'mod' ||
        settings?.duration !== '-1',
      length: String(settings?.length ?? '-1'),
      onError: String(settings?.onError ?? '0'),
    }),
  ];
}

function checkRoles(names: readonly string[]): Finding {
  if (names.length === 3) return ok('roles', names.toSorted().join(', '));
  const advice = 'run the migrations of the key store as a user that may create roles';
  return warning('roles', 'the group roles of Fieldseal are not all there', advice);
}

function checkUser(isSuper: boolean): Finding {
  if (!isSuper) return ok('database user', 'is no superuser');
  return warning(
    'database user',
    'the configuration connects as a superuser, to whom no role is a limit',
    'let the application log in as a user that is granted fieldseal_app',
  );
}

/** A plaintext parameter in a log outlives the column that it was written to. */
function checkParameters(log: {
  readonly logs: boolean;
  readonly length: string;
  readonly onError: string;
}): Finding {
  const check = 'log of parameters';
  if (log.length === '0' && log.onError === '0') return ok(check, 'the server logs no parameters');
  if (!log.logs && log.onError === '0') return ok(check, 'the server logs no statements');
  return warning(
    check,
    'the server logs parameters of statements: plaintext, while a field is not sealed yet',
    'ALTER SYSTEM SET log_parameter_max_length = 0; ALTER SYSTEM SET log_parameter_max_length_on_error = 0; SELECT pg_reload_conf();',
  );
}
