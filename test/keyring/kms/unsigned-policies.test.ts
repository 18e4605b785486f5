import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach, openForTest } from '../open-keyrings.ts';
import { ashaManages, fourEyes, REQUIRED, useBy, uses } from './four-eyes.ts';
import { signed } from './person.ts';

closeKeyringsAfterEach();

type Eyes = Awaited<ReturnType<typeof fourEyes>>;

/** Puts a policy into the table, with a valid MAC. */
async function putRow({ insider }: Eyes, KeyId: string, document: string): Promise<void> {
  const hand = await insider();
  const row = hand.secrets.sealRow('policy', {
    key_id: KeyId,
    name: 'default',
    document,
    updated_at: 1n,
  });
  await hand.put(row);
}

const OLDER = { code: 'ERR_STORE_ROLLED_BACK' };

describe('a policy that nobody ever signed', () => {
  it('of a new key is in force, by the right to make keys', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages(uses('ben')));
    expect(await useBy(eyes.keyring, 'ben', KeyId)).toBe('yes');
    expect(await useBy(await eyes.fresh(), 'ben', KeyId)).toBe('yes');
  });

  it('is not widened through the table, in this process nor in another one', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages(uses('ben')));
    await putRow(eyes, KeyId, ashaManages(uses('ben'), uses('mallory')));
    const fresh = await eyes.fresh();
    expect(await useBy(fresh, 'mallory', KeyId)).toBe(REQUIRED.code);
    expect(await useBy(fresh, 'ben', KeyId)).toBe(REQUIRED.code);
    await eyes.keyring.runDue().catch(() => {});
    expect(await useBy(eyes.keyring, 'mallory', KeyId)).toBe(REQUIRED.code);
    // the control: without approvers the row is all that counts
    const { access: _, ...alone } = eyes.options;
    expect(await useBy(await openForTest(alone), 'mallory', KeyId)).toBe('yes');
  });

  it('is not taken away through the table, so that everybody had the key', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages());
    const hand = await eyes.insider();
    const state = await eyes.store.readControl();
    const rows =
      state?.rows.filter(({ table }) => table !== 'policy' && table !== 'approval') ?? [];
    const removed = state?.rows.filter((row) => !rows.includes(row)) ?? [];
    const expectedEpoch = state?.head.epoch ?? 0n;
    const head = hand.secrets.sealHead(expectedEpoch + 1n, rows);
    await eyes.store.writeControl({ expectedEpoch, put: [], remove: removed, head });
    expect(await useBy(await eyes.fresh(), 'mallory', KeyId)).toBe(REQUIRED.code);
  });

  it('is not exchanged together with what the key was made with', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages());
    const wide = ashaManages(uses('mallory'));
    await putRow(eyes, KeyId, wide);
    const hand = await eyes.insider();
    const [made] = await hand.rows('approval');
    const content = JSON.stringify({ Policy: wide });
    await hand.put(hand.altered(made as NonNullable<typeof made>, { content }));
    expect(await useBy(await eyes.fresh(), 'mallory', KeyId)).toBe(REQUIRED.code);
  });

  it('is narrowed by one, and held to that by every process that saw it', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages(uses('ben')));
    await eyes.kms.putKeyPolicy({ KeyId, Policy: ashaManages() });
    expect(await useBy(eyes.keyring, 'ben', KeyId)).toBe('ERR_ACCESS_DENIED');
    await putRow(eyes, KeyId, ashaManages(uses('ben')));
    await eyes.keyring.runDue().catch(() => {});
    expect(await useBy(eyes.keyring, 'ben', KeyId)).toBe(REQUIRED.code);
  });

  it('holds a key without one to what it was given by one', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey();
    expect(await useBy(eyes.keyring, 'ben', KeyId)).toBe('yes');
    await eyes.kms.putKeyPolicy({ KeyId, Policy: ashaManages() });
    const wide = { KeyId, Policy: ashaManages(uses('ben')) };
    await expect(eyes.kms.putKeyPolicy(wide)).rejects.toMatchObject(REQUIRED);
    await eyes.approved('PutKeyPolicy', wide);
    expect(await useBy(await eyes.fresh(), 'ben', KeyId)).toBe('yes');
  });

  it('is repaired by two where a forged one is not in force', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages());
    await putRow(eyes, KeyId, ashaManages(uses('mallory')));
    const again = { KeyId, Policy: ashaManages(uses('ben')) };
    await expect(eyes.kms.putKeyPolicy(again)).rejects.toMatchObject(REQUIRED);
    await eyes.approved('PutKeyPolicy', again);
    const fresh = await eyes.fresh();
    expect(await useBy(fresh, 'ben', KeyId)).toBe('yes');
    expect(await useBy(fresh, 'mallory', KeyId)).toBe('ERR_ACCESS_DENIED');
  });
});

describe('an older set of approvals', () => {
  it('than was seen is refused, whatever its epoch', async () => {
    const eyes = await fourEyes();
    const KeyId = await eyes.makeKey(ashaManages());
    const put = (...names: readonly string[]) => {
      const Policy = ashaManages(...names.map((name) => uses(name)));
      return eyes.approved('PutKeyPolicy', { KeyId, Policy });
    };
    await put('ben', 'dora');
    const hand = await eyes.insider();
    const [approval] = (await hand.rows('approval')).filter(
      ({ columns }) => columns.subject === `policy/${KeyId}`,
    );
    const [policy] = await hand.rows('policy');
    const old = [approval, policy].filter((row) => row !== undefined);
    await put('ben');
    await hand.put(...old);
    const seen = eyes.kms.updateKeyDescription({ KeyId, Description: 'x' });
    await expect(seen).rejects.toMatchObject(OLDER);
    expect(await useBy(eyes.keyring, 'dora', KeyId)).toBe('ERR_ACCESS_DENIED');
  });

  it('is not made by approving what was proposed before', async () => {
    const eyes = await fourEyes();
    const { kms, carol, clock } = eyes;
    const KeyId = await eyes.makeKey(ashaManages());
    const Request = { KeyId, Policy: ashaManages(uses('dora')) };
    const first = await kms.proposeChange({ Operation: 'PutKeyPolicy', Request });
    clock.advance(1000);
    const Policy = ashaManages(uses('ben'));
    await eyes.approved('PutKeyPolicy', { KeyId, Policy });
    const late = kms.approveChange({
      ProposalId: first.ProposalId,
      Approver: 'user/carol',
      Signature: signed(carol, first.Statement),
    });
    await expect(late).rejects.toMatchObject({ code: 'ERR_APPROVAL_INVALID' });
  });
});
