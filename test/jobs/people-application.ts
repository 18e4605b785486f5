import { createFieldCodec, type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import type { FieldJobOptions } from '@fieldseal/jobs';
import { postgresStore } from '@fieldseal/store-postgres';
import { expect } from 'vitest';
import { peopleManifest } from '../cli/manifest.ts';
import type { CliProject } from '../cli/run-cli.ts';

export const ALIAS = 'alias/kyc';

/** The application of a project, in this process: its keys are those of the command line. */
export interface PeopleApplication {
  readonly keyring: Keyring;
  /** Options of a job on `Person.pan`, as fast as it can. */
  readonly job: FieldJobOptions;
  /** What is stored, by id; no value in it is open. */
  stored(): Promise<Record<string, unknown>[]>;
  /** What the table holds, opened, every token compared. */
  opened(): Promise<Map<number, unknown>>;
  /** Writes one value, sealed, as an application does. */
  write(id: number, pan: string): Promise<void>;
  /**
   * The same where `twin` says what the row has to hold: a value that is lost would be covered up by the next one.
   * Only for whoever is the only one to write the row.
   */
  overwrite(twin: Map<number, unknown>, id: number, pan: string): Promise<void>;
}

/**
 * @param project - Made with the key {@link ALIAS}.
 * @param phase - That its manifest accepts.
 */
export async function openPeopleApplication(
  project: CliProject,
  phase = 'migrating',
): Promise<PeopleApplication> {
  const { url, rootFile, sql } = project;
  const keyring = await openKeyring({
    store: postgresStore(url),
    roots: [devFileRoot({ path: rootFile })],
    environment: 'test',
    development: true,
    createMissingAliases: true,
  });
  const manifest = peopleManifest(phase, ALIAS);
  const codec = createFieldCodec({ keyring, manifest });

  async function stored(): Promise<Record<string, unknown>[]> {
    const { rows } = await sql.query(
      'SELECT id, tenant_id AS "tenantId", pan, pan_token AS "panToken" FROM people ORDER BY id',
    );
    return rows;
  }

  async function read(id: number): Promise<unknown> {
    const { rows } = await sql.query(
      'SELECT id, tenant_id AS "tenantId", pan FROM people WHERE id = $1',
      [id],
    );
    await codec.open('Person.findUnique', [{ model: 'Person', rows }]);
    return rows[0].pan;
  }

  async function write(id: number, pan: string): Promise<void> {
    const tenantId = `t${id % 2}`;
    const target: Record<string, unknown> = { pan };
    const call = codec.call('Person.update');
    call.seal({ model: 'Person', target, row: { id, tenantId }, scope: { tenant: tenantId } });
    await call.run();
    await sql.query('UPDATE people SET pan = $2, pan_token = $3 WHERE id = $1', [
      id,
      target.pan,
      target.panToken,
    ]);
  }

  return {
    keyring,
    job: { database: url, keyring, manifest, field: 'Person.pan', load: 1, settleMs: 16_000 },
    stored,
    async opened() {
      const rows = await stored();
      await codec.open('Person.findMany', [{ model: 'Person', rows, verify: ['panToken'] }]);
      return new Map(rows.map(({ id, pan }) => [Number(id), pan]));
    },
    write,
    async overwrite(twin, id, pan) {
      expect([id, await read(id)]).toEqual([id, twin.get(id)]);
      await write(id, pan);
      twin.set(id, pan);
    },
  };
}
