import { createFieldCodec, type FieldCodecOptions } from '@fieldseal/core';
import type { ClientConfig } from 'pg';
import { openSession } from '../table/session.ts';
import { checkDatabase } from './check-database.ts';
import { checkFields } from './check-fields.ts';
import { checkHost } from './check-host.ts';
import { checkKeyring } from './check-keyring.ts';
import type { Finding } from './finding.ts';

export interface ExamineOptions extends Omit<FieldCodecOptions, 'ambientScope'> {
  /** The application's database. */
  readonly database: string | ClientConfig;
  /** Whether the keyring was opened with `development: true`. */
  readonly development?: boolean;
  /** Whether the keyring was opened with a `pin`. */
  readonly hasPin?: boolean;
  /** Whether the keyring was opened with an `anchor`. */
  readonly hasAnchor?: boolean;
}

/**
 * Looks at everything that has to be right around Fieldseal, and changes nothing: engine, roots, pin
 * and anchor of the keyring; the host; the server; the manifest against key store and tables; what is
 * in the columns.
 *
 * @throws `ERR_DATABASE` when there is no connection; what is wrong otherwise is a finding
 *
 * @example
 * ```ts
 * import { examine } from '@fieldseal/jobs';
 *
 * const findings = await examine({ database: url, keyring, manifest });
 * const wrong = findings.filter(({ level }) => level === 'failed');
 * ```
 */
export async function examine(options: ExamineOptions): Promise<readonly Finding[]> {
  const { database, development = false, hasPin = false, hasAnchor = false, ...given } = options;
  const codec = createFieldCodec({ ...given, ambientScope: () => ({}) });
  const session = await openSession(database);
  try {
    return [
      ...checkKeyring({ keyring: options.keyring, development, hasPin, hasAnchor }),
      ...(await checkHost()),
      ...(await checkDatabase(session)),
      ...(await checkFields(session, codec)),
    ];
  } finally {
    await session.close();
  }
}
