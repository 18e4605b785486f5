import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createIdentityPolicy, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { fixedClock } from '@fieldseal/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';
import { dumpStore } from '../store-postgres/dump-store.ts';
import { type CliProject, createProject } from './run-cli.ts';

const ALIAS = 'alias/kyc';
const DAY_MS = 86_400_000;
/** Longer than a process seals on what it has seen. */
const LEASE_MS = 200_000;

describe('the end of a version by the command line', { timeout: 240_000 }, () => {
  let project: CliProject;
  beforeEach(async () => {
    project = await createProject(2, ALIAS);
    await done('keys', 'create', '--alias', ALIAS);
  }, 60_000);
  afterEach(() => project.close());

  async function done(...args: string[]): Promise<string> {
    const ran = await project.run(args, { phase: 'migrating' });
    expect(ran, args.join(' ')).toMatchObject({ code: 0 });
    return ran.out;
  }

  async function states(): Promise<readonly string[]> {
    const out = await done('keys', 'versions', ALIAS, '--json');
    return out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).State);
  }

  /** A value with its token, which takes the index key of the tenant. */
  function sealed() {
    const place = ['--row', 'id=1', '--tenant', 't1'];
    return project.run(['seal', 'Person.pan', ...place], { input: '4111\n', phase: 'migrating' });
  }

  it('is refused while an index key is under it, and done with --lose-index-keys', async () => {
    await done('phase', 'Person.pan', 'migrating');
    await done('encrypt-existing', 'Person.pan', '--load', '1');
    await done('rotate', ALIAS);
    const revoke = ['keys', 'revoke-version', ALIAS, '1', '--yes'];
    const least = ['keys', 'min-version', ALIAS, '2', '--yes'];
    for (const end of [revoke, least]) {
      const refused = await project.run(end, { phase: 'migrating' });
      expect(refused).toMatchObject({ code: 1, out: '' });
      expect(refused.err).toContain('ERR_KEY_IN_USE');
      expect(refused.err).toContain('Index keys are under this version still');
    }
    expect(await states()).toEqual(['DECRYPT_ONLY', 'PRIMARY']);
    expect(await sealed()).toMatchObject({ code: 0 });

    const opens = await done(...least, '--lose-index-keys');
    expect(opens).toContain('alias/kyc opens from version 2 on.');
    const lost = await sealed();
    expect(lost).toMatchObject({ code: 6, out: '' });
    expect(lost.err).toContain('ERR_KEY_VERSION_REVOKED');
    const revoked = await done(...revoke, '--lose-index-keys');
    expect(revoked).toContain('Version 1 of alias/kyc is revoked.');
    expect(await states()).toEqual(['REVOKED', 'PRIMARY']);
    const trail = await done('audit', 'tail', '--json');
    expect(trail.split('loseIndexKeys')).toHaveLength(3);
  });

  it('is named by restore accept, where the backup has the version and a tombstone ends it', async () => {
    const backup = await dumpStore(project.url);
    await done('rotate', ALIAS);
    await retire(1);
    const folder = temporaryFolder('version-ends');
    try {
      const file = join(folder.path, 'tombstones.jsonl');
      writeFileSync(file, await done('restore', 'tombstones'));
      await backup.restore();
      const accept = ['restore', 'accept', '--above', '1000', '--tombstones', file, '--yes'];
      const out = await done(...accept);
      const [{ key_id: keyId } = {}] = (
        await project.sql.query('SELECT key_id FROM fieldseal.key_version')
      ).rows;
      expect(out).toContain('1 tombstones were missing and are there again.');
      expect(out).toContain(
        `${keyId}/1 is in the backup and ended since: what is under it opens no more.`,
      );
    } finally {
      folder.remove();
    }
  });

  /** As an operator does, a week later. */
  async function retire(Version: number): Promise<void> {
    const clock = fixedClock(Date.now());
    const keyring = await openKeyring({
      store: postgresStore(project.url),
      roots: [devFileRoot({ path: project.rootFile })],
      environment: 'test',
      development: true,
      clock,
      countCells: async () => 0n,
      access: { identityPolicies: () => [createIdentityPolicy(['administrator', 'auditor'])] },
    });
    try {
      const { keyId: KeyId } = keyring.listKeys().find(({ aliases }) => aliases.includes(ALIAS))!;
      await keyring.kms.retireKeyVersion({ KeyId, Version, PendingWindowInDays: 7 });
      clock.step(LEASE_MS);
      await keyring.runDue();
      clock.step(7 * DAY_MS);
      expect((await keyring.runDue()).retired).toEqual([`${KeyId}/${Version}`]);
    } finally {
      await keyring.close();
    }
  }
});
