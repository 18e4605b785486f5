import { createHash, generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTpmPcrs, type SignedPcrPolicy, signPcrPolicy, tpmRoot } from '@fieldseal/root-tpm';
import { beforeAll, expect, test } from 'vitest';
import {
  loadPolicyKey,
  unsealByPassword,
} from '../../../packages/root-tpm/src/command/object-commands.ts';
import { verifySignature } from '../../../packages/root-tpm/src/command/policy-commands.ts';
import { withObject } from '../../../packages/root-tpm/src/command/session-commands.ts';
import { readPolicyKey } from '../../../packages/root-tpm/src/policy/policy-key.ts';
import { tpmConnection } from '../../../packages/root-tpm/src/tpm-connection.ts';
import { withLoadedSlot } from './loaded-slot.ts';
import { describeTpm, sample } from './with-tpm.ts';

const owner = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const NOT_MET = { code: 'ERR_ROOT_REFUSED', meta: { reason: 'PCR_POLICY' } };

await describeTpm('the policy of a slot', 1, (tpm) => {
  const { device } = tpm;
  const { rootKey, context } = sample();
  const opened = new Uint8Array(rootKey);
  const extend = (pcr: number): void => {
    tpm.tool('tpm2_pcrextend', [`${pcr}:sha256=${'ab'.repeat(32)}`]);
  };
  const sign = async (pcr: number, key = owner.privateKey): Promise<SignedPcrPolicy> =>
    signPcrPolicy({ key, pcrs: [pcr], values: await readTpmPcrs({ device, pcrs: [pcr] }) });
  beforeAll(() => {
    for (const pcr of [4, 7, 9, 11]) extend(pcr);
  });

  test('of literal registers does not open once one was extended', async () => {
    const root = tpmRoot({ device, policy: { kind: 'pcr', pcrs: [7] } });
    const slot = await root.seal(rootKey, context);
    extend(4);
    expect(await root.open(slot, context)).toEqual(opened);
    extend(7);
    await expect(root.open(slot, context)).rejects.toMatchObject(NOT_MET);
  });

  test('of a policy key opens with every value that the key has signed', async () => {
    const file = join(tpm.folder, 'policies.json');
    const policy = { kind: 'signed', key: owner.publicKey, signatures: file } as const;
    const root = tpmRoot({ device, policy });
    const before = await sign(9);
    await writeFile(file, JSON.stringify([before]));
    const slot = await root.seal(rootKey, context);
    expect(await root.open(slot, context)).toEqual(opened);

    extend(9);
    await expect(root.open(slot, context)).rejects.toMatchObject(NOT_MET);
    // the next one is signed by somebody who may not, then by who may
    await writeFile(file, JSON.stringify([before, await sign(9, stranger.privateKey)]));
    await expect(root.open(slot, context)).rejects.toMatchObject(NOT_MET);
    await writeFile(file, JSON.stringify([before, await sign(9)]));
    expect(await root.open(slot, context)).toEqual(opened);
  });

  test.each([
    ['no file', undefined],
    ['no list', '{}'],
    ['an entry without a signature', '[{"pcrs":[7],"policy":"00"}]'],
  ])('of a policy key needs signed policies: %s', async (name, text) => {
    const file = join(tpm.folder, name);
    if (text !== undefined) await writeFile(file, text);
    const policy = { kind: 'signed', key: owner.publicKey, signatures: file } as const;
    const root = tpmRoot({ device, policy });
    const slot = await root.seal(rootKey, context);
    await expect(root.open(slot, context)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'policy.signatures' },
    });
    // another machine's slot is passed over all the same
    const sealed = Uint8Array.from(slot.sealed);
    sealed[4] = (sealed[4] ?? 0) ^ 1;
    expect(await root.open({ ...slot, sealed }, context)).toBeNull();
  });

  test('is the TPM that refuses a forged signature, not this library alone', async () => {
    const digest = createHash('sha256').update('a policy').digest();
    const refused = tpmConnection({ device })(async (client) => {
      const key = await loadPolicyKey(client, readPolicyKey(owner.publicKey));
      return withObject(client, key, () =>
        verifySignature(client, key, digest, Buffer.alloc(64, 7)),
      );
    });
    await expect(refused).rejects.toMatchObject({
      code: 'ERR_ROOT_REFUSED',
      meta: { reason: 'TPM_RC_SIGNATURE' },
    });
  });

  test('cannot be gone around with a password: neither with none nor with the PIN', async () => {
    for (const root of [tpmRoot({ device }), tpmRoot({ device, pin: () => '482913' })]) {
      const slot = await root.seal(rootKey, context);
      const attempt = withLoadedSlot(device, slot, ({ client, object }) =>
        unsealByPassword(client, object),
      );
      await expect(attempt).rejects.toMatchObject({ meta: { reason: 'TPM_RC_AUTH_UNAVAILABLE' } });
    }
  });

  test.each([[[8]], [[7, 8]], [[17]]])(
    'refuses registers %j, into which nothing was measured',
    async (pcrs) => {
      const root = tpmRoot({ device, policy: { kind: 'pcr', pcrs } });
      await expect(root.seal(rootKey, context)).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
        meta: { option: 'pcrs' },
      });
      const values = await readTpmPcrs({ device, pcrs });
      expect(() => signPcrPolicy({ key: owner.privateKey, pcrs, values })).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }),
      );
    },
  );

  test('ends with the TPM: after a clear nothing of it opens, and it seals anew', async () => {
    const root = tpmRoot({ device });
    const slot = await root.seal(rootKey, context);
    tpm.tool('tpm2_clear', []);
    expect(await root.open(slot, context)).toBeNull();
    expect(await root.open(await root.seal(rootKey, context), context)).toEqual(opened);
  });
});
