import { setTimeout as wait } from 'node:timers/promises';
import { type Keyring, openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { postgresStore } from '@fieldseal/store-postgres';
import { describe, expect, it } from 'vitest';
import { lease, sealText } from '../keyring/open-keyrings.ts';
import { interruptibleProxy } from '../support/interruptible-proxy.ts';
import { sharedKeys } from './shared-keys.ts';
import { sql } from './test-database.ts';

const ALIAS = 'alias/kyc';
/** Within which a revoked key stops working while the store answers. */
const BOUND_MS = 10_000;

/** What opening a cell comes to, again and again until it is `last`; and when it was that first. */
async function watch(keyring: Keyring, id: string, last: string, withinMs: number) {
  const from = performance.now();
  const seen: string[] = [];
  while (performance.now() - from < withinMs) {
    const outcome = await lease(keyring, { open: [id] }).then(
      (held) => {
        held.release();
        return 'opened';
      },
      ({ code }) => code as string,
    );
    if (seen.at(-1) !== outcome) seen.push(outcome);
    if (outcome === last) break;
    await wait(20);
  }
  return { seen, afterMs: performance.now() - from };
}

describe('a process that does not hear of a shredding', { timeout: 60_000 }, () => {
  const keys = sharedKeys(ALIAS);

  /** As long as `until` is open, whoever listens is cut off again. */
  async function cutListeners(until: Promise<unknown>): Promise<number> {
    let isOver = false;
    let cut = 0;
    const end = () => {
      isOver = true;
    };
    until.then(end, end);
    while (!isOver) {
      const gone = await sql(
        keys.url,
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND query LIKE 'LISTEN%'`,
      );
      cut += gone.length;
      await wait(20);
    }
    return cut;
  }

  it('because its LISTEN connection is cut, refuses within 10 s by its own look', async () => {
    const here = await keys.openHere({ pollIntervalMs: 5000 });
    const acme = await sealText(here, ALIAS, 'a', { tenant: 'acme' });
    const deaf = await keys.openHere({ pollIntervalMs: 5000 });
    expect((await watch(deaf, acme.id, 'opened', 1000)).seen).toEqual(['opened']);
    const refused = (async () => {
      // the first cut is before the shredding, whose NOTIFY nobody hears
      await wait(200);
      await here.kms.shred({ Tenant: 'acme' });
      return watch(deaf, acme.id, 'ERR_KEY_DESTROYED', BOUND_MS);
    })();
    const cut = await cutListeners(refused);
    const { seen, afterMs } = await refused;
    expect(cut).toBeGreaterThanOrEqual(2);
    expect(seen.at(-1)).toBe('ERR_KEY_DESTROYED');
    expect(afterMs).toBeLessThan(BOUND_MS);
    // back on the air, and for good
    const later = await watch(deaf, acme.id, 'opened', 1000);
    expect(later.seen).toEqual(['ERR_KEY_DESTROYED']);
  });

  it('because no hint ever reaches it, refuses within the time between two looks', async () => {
    const here = await keys.openHere();
    const acme = await sealText(here, ALIAS, 'a', { tenant: 'acme' });
    const store = { ...postgresStore(keys.url), watch: () => () => {} };
    const deaf = await keys.openHere({ store, pollIntervalMs: 1000 });
    expect((await watch(deaf, acme.id, 'opened', 1000)).seen).toEqual(['opened']);
    await here.kms.shred({ Tenant: 'acme' });
    const { seen, afterMs } = await watch(deaf, acme.id, 'ERR_KEY_DESTROYED', BOUND_MS);
    expect(seen.at(-1)).toBe('ERR_KEY_DESTROYED');
    expect(afterMs).toBeLessThan(3000);
  });

  it('because it is cut off, stops when its window is over and never opens again', async () => {
    const here = await keys.openHere();
    const acme = await sealText(here, ALIAS, 'a', { tenant: 'acme' });
    const proxy = await interruptibleProxy(keys.url);
    const away = await openKeyring({
      store: postgresStore(proxy.url),
      roots: [devFileRoot({ path: keys.rootPath })],
      environment: 'dev',
      development: true,
      pollIntervalMs: 100,
      cache: { openStaleMs: 0, sealStaleMs: 0 },
    });
    try {
      expect((await watch(away, acme.id, 'opened', 1000)).seen).toEqual(['opened']);
      await proxy.down();
      await here.kms.shred({ Tenant: 'acme' });
      const alone = await watch(away, acme.id, 'ERR_STORE_UNAVAILABLE', 15_000);
      // knowledge of 10 s is as old as it may be, in any process
      expect(alone.seen).toEqual(['opened', 'ERR_STORE_UNAVAILABLE']);
      expect(alone.afterMs).toBeLessThan(BOUND_MS + 2000);
      await proxy.up();
      const back = await watch(away, acme.id, 'ERR_KEY_DESTROYED', 15_000);
      expect(back.seen.at(-1)).toBe('ERR_KEY_DESTROYED');
      expect(back.seen).not.toContain('opened');
      expect((await watch(away, acme.id, 'opened', 1000)).seen).toEqual(['ERR_KEY_DESTROYED']);
    } finally {
      await away.close();
      await proxy.down();
    }
  });
});
