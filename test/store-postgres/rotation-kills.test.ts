import { once } from 'node:events';
import { auditSource, type Keyring, verifyAudit } from '@fieldseal/core';
import { postgresStore } from '@fieldseal/store-postgres';
import { describe, expect, it } from 'vitest';
import { rotationLocks } from '../../packages/store-postgres/src/connection/advisory-lock.ts';
import { lease, sealText } from '../keyring/open-keyrings.ts';
import { killedAtLock } from './killed-at-lock.ts';
import { sharedKeys } from './shared-keys.ts';
import { sql } from './test-database.ts';

const ALIAS = 'alias/kyc';
const STAGED = 'STAGED';
const WRITING = { writing: 'key_version' };
/** Where a change of versions can stand: it has its lock, swaps the head, writes rows, then its entry. */
const PLACES = [
  ['the lock', undefined],
  ['head', { table: 'head' }],
  ['key_version', { table: 'key_version' }],
  ['audit_entry', { table: 'audit_entry', ...WRITING }],
] as const;

describe('a process that is killed while it rotates a key', { timeout: 120_000 }, () => {
  const keys = sharedKeys(ALIAS);
  const { start, openHere } = keys;

  const keyIdOf = (keyring: Keyring): string =>
    keyring.listKeys().find(({ aliases }) => aliases.includes(ALIAS))?.keyId as string;

  /** States of the versions, in order. */
  async function states(): Promise<readonly unknown[]> {
    const rows = await sql(keys.url, 'SELECT state FROM fieldseal.key_version ORDER BY version');
    return rows.map(({ state }) => state);
  }

  /** Entries of the management chain about one thing that was done. */
  async function entries(action: string): Promise<number> {
    const rows = await sql(
      keys.url,
      `SELECT FROM fieldseal.audit_entry WHERE chain = 'management' AND action = '${action}'`,
    );
    return rows.length;
  }

  /** The trail is whole: nothing was lost, and nothing is in it that was not done. */
  async function verified(): Promise<void> {
    const store = postgresStore(keys.url);
    const rows = await sql(
      keys.url,
      `SELECT DISTINCT encode(signer, 'hex') AS signer FROM fieldseal.audit_checkpoint`,
    );
    const signers = rows.map(({ signer }) => Buffer.from(String(signer), 'hex'));
    const source = auditSource(store);
    const { findings } = await verifyAudit({ source, environment: 'dev', signers });
    await store.close();
    expect(findings).toEqual([]);
  }

  /** Another process that is about to do `command`, killed at a place. */
  async function killed(
    place: (typeof PLACES)[number][1] | { readonly table: 'key_rotation' },
    keyId: string,
    command: string,
  ): Promise<void> {
    const other = await start({ stagingMs: 0, pollIntervalMs: 10_000 });
    await other.act('open');
    const [advisory = ''] = rotationLocks('fieldseal', [keyId]);
    await killedAtLock(keys.url, place ?? { advisory }, () => {
      other.start(command);
      return other;
    });
    // its transaction may still be running on the server: this waits for it
    await sql(keys.url, 'SELECT FROM fieldseal.head FOR UPDATE');
  }

  it.each([...PLACES, ['key_rotation', { table: 'key_rotation', ...WRITING }] as const])(
    'at %s, when it publishes a version, has published none, and the next one does',
    async (_name, place) => {
      const keyring = await openHere({ stagingMs: 3_600_000 });
      const cell = await sealText(keyring, ALIAS, 'x');
      const KeyId = keyIdOf(keyring);
      await killed(place, KeyId, 'rotate');
      expect(await states()).toEqual(['PRIMARY']);
      expect(await entries('RotateKeyOnDemand')).toBe(0);

      await expect
        .poll(() => keyring.kms.rotateKeyOnDemand({ KeyId }).catch(() => null), { timeout: 10_000 })
        .toEqual({ KeyId });
      expect(await states()).toEqual(['PRIMARY', STAGED]);
      expect(await entries('RotateKeyOnDemand')).toBe(1);
      const next = await sealText(keyring, ALIAS, 'y');
      (await lease(await openHere(), { open: [cell.id, next.id] })).release();
      await verified();
    },
  );

  it.each(PLACES)(
    'at %s, when a version takes over, has changed nothing, and the next one activates it',
    async (_name, place) => {
      const first = await openHere({ stagingMs: 6000 });
      const cell = await sealText(first, ALIAS, 'x');
      const KeyId = keyIdOf(first);
      await first.kms.rotateKeyOnDemand({ KeyId });
      await first.close();
      expect(await states()).toEqual(['PRIMARY', STAGED]);
      await killed(place, KeyId, 'due');
      expect(await states()).toEqual(['PRIMARY', STAGED]);
      expect(await entries('ActivateKeyVersion')).toBe(0);

      const keyring = await openHere();
      await expect
        .poll(() => keyring.runDue().then(states), { timeout: 10_000 })
        .toEqual(['DECRYPT_ONLY', 'PRIMARY']);
      expect(await entries('ActivateKeyVersion')).toBe(1);
      const next = await sealText(keyring, ALIAS, 'y');
      expect(next.id).not.toBe(cell.id);
      (await lease(await openHere(), { open: [cell.id, next.id] })).release();
      await verified();
    },
  );

  it('at any moment leaves a store that goes on, with a trail of what was done and no more', async () => {
    const keyring = await openHere({ stagingMs: 0 });
    const cells = [await sealText(keyring, ALIAS, 'x')];
    for (const delayMs of [2, 7, 30, 120]) {
      const other = await start({ stagingMs: 0 });
      await other.act('open');
      const exit = once(other.child, 'exit');
      other.start('rotate');
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      other.child.kill('SIGKILL');
      await exit;
      await sql(keys.url, 'SELECT FROM fieldseal.head FOR UPDATE');
      await keyring.runDue();
      const now = await states();
      expect(now.filter((state) => state === 'PRIMARY')).toHaveLength(1);
      expect(now.filter((state) => state === STAGED).length).toBeLessThanOrEqual(1);
      cells.push(await sealText(keyring, ALIAS, 'y'));
      (await lease(await openHere(), { open: cells.map(({ id }) => id) })).release();
    }
    await keyring.runDue();
    const made = (await states()).length - 1;
    expect(await entries('RotateKeyOnDemand')).toBe(made);
    expect(await entries('ActivateKeyVersion')).toBe(made);
    await verified();
  });
});
