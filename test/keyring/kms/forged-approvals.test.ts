import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, openForTest } from '../open-keyrings.ts';
import { ashaManages, fourEyes, REQUIRED, useBy, uses } from './four-eyes.ts';

closeKeyringsAfterEach();

const DENIED = 'ERR_ACCESS_DENIED';

describe('somebody with the store key', () => {
  it('does not use a signature for one key on another one', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages());
    const other = await eyes.makeKey(ashaManages());
    const Policy = ashaManages(uses('mallory'));
    await eyes.approved('PutKeyPolicy', { KeyId: other, Policy });
    const hand = await eyes.insider();
    const ofOther = (await hand.rows('approval')).find(
      ({ columns }) => columns.subject === `policy/${other}`,
    );
    const policy = hand.secrets.sealRow('policy', {
      key_id: KeyId,
      name: 'default',
      document: Policy,
      updated_at: 1n,
    });
    await hand.put(
      hand.altered(ofOther as NonNullable<typeof ofOther>, { subject: `policy/${KeyId}` }),
      policy,
    );
    const fresh = await eyes.fresh();
    expect(await useBy(fresh, 'mallory', KeyId)).toBe(REQUIRED.code);
    expect(await useBy(fresh, 'mallory', other)).toBe('yes');
  });

  it('gives nobody a grant in the name of one that was signed', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages());
    const grantTo = (name: string, Operations: readonly string[]) => ({
      KeyId,
      GranteePrincipal: `user/${name}`,
      Operations,
    });
    await eyes.approved('CreateGrant', grantTo('ben', ['Encrypt']));
    await eyes.approved('CreateGrant', grantTo('dora', ['Encrypt', 'CreateGrant']));
    const hand = await eyes.insider();
    const rows = await hand.rows('key_grant');
    const parentOf = (name: string) =>
      rows.find(({ columns }) => columns.grantee === `user/${name}`)?.columns.id;
    const given = (id: number, issuer: string, parent: unknown) =>
      hand.secrets.sealRow('key_grant', {
        id: `00000000-0000-4000-8000-00000000000${id}`,
        key_id: KeyId,
        name: null,
        grantee: id === 3 ? 'user/emil' : 'user/mallory',
        retiring: null,
        issuer,
        operations: '["Encrypt"]',
        constraints: null,
        parent: parent as string,
        not_before: null,
        not_after: null,
        created_at: 1n,
      });
    await hand.put(
      // Ben may not give on what he has, and Dora did not give this one
      given(1, 'user/ben', parentOf('ben')),
      given(2, 'user/mallory', parentOf('dora')),
    );
    const fresh = await eyes.fresh();
    expect(await useBy(fresh, 'ben', KeyId)).toBe('yes');
    expect(await useBy(fresh, 'mallory', KeyId)).toBe(DENIED);
    // the control: what Dora gives on counts
    await hand.put(given(3, 'user/dora', parentOf('dora')));
    expect(await useBy(await eyes.fresh(), 'emil', KeyId)).toBe('yes');
  });

  it('stops one key and not the others by a policy that nobody here understands', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages(uses('ben')));
    const other = await eyes.makeKey(ashaManages(uses('ben')));
    const hand = await eyes.insider();
    const row = (await hand.rows('policy')).find(({ columns }) => columns.key_id === KeyId);
    const later = '{"Version":"2099-01-01","Statement":[]}';
    await hand.put(hand.altered(row as NonNullable<typeof row>, { document: later }));
    for (const keyring of [eyes.keyring, await eyes.fresh()]) {
      await keyring.runDue().catch(() => {});
      expect(await useBy(keyring, 'ben', KeyId)).toBe('ERR_POLICY_MALFORMED');
      expect(await useBy(keyring, 'ben', other)).toBe('yes');
    }
  });
});

describe('a policy that is narrowed by two', () => {
  it('is never asked in place of the one before, nor held to it, in the middle', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages());
    const wide = ashaManages(uses('ben'), uses('dora'));
    await eyes.approved('PutKeyPolicy', { KeyId, Policy: wide });
    expect(await useBy(eyes.keyring, 'ben', KeyId)).toBe('yes');
    // an anchor that takes its time, as one on a disk does
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    const anchor = { read: async () => null, write: turn };
    const keyring = await openForTest({ ...eyes.options, anchor });
    const answers = new Set<string>();
    const follow = async (...names: readonly string[]) => {
      const Policy = ashaManages(...names.map((name) => uses(name)));
      eyes.clock.advance(2000);
      await eyes.approved('PutKeyPolicy', { KeyId, Policy });
      let isSeen = false;
      const seen = keyring.runDue().finally(() => {
        isSeen = true;
      });
      while (!isSeen) {
        answers.add(await useBy(keyring, 'ben', KeyId));
        await turn();
      }
      await seen;
    };
    for (let i = 0; i < 10; i++) {
      await follow('ben');
      await follow('ben', 'dora');
    }
    expect([...answers]).toEqual(['yes']);
  });
});
