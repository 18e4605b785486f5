import { createFieldCodec, type FieldPhase, type Keyring, type Manifest } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { fourEyes, REQUIRED } from './kms/four-eyes.ts';
import { closeKeyringsAfterEach } from './open-keyrings.ts';

closeKeyringsAfterEach();

const FIELD = 'people.note';
const MANIFEST: Manifest = {
  version: 1,
  adapter: 'test',
  models: [
    {
      name: 'Person',
      table: 'people',
      primaryKey: [],
      fields: [
        {
          name: 'note',
          column: 'note',
          id: FIELD,
          type: 'string',
          storage: 'text',
          nullable: true,
          key: 'alias/kyc',
          bind: 'field',
          phase: 'plain',
          indexes: [],
        },
      ],
    },
  ],
};

/** A sealed field in a store whose approver is Carol. */
async function sealedField() {
  const eyes = await fourEyes();
  const keyId = await eyes.makeKey();
  await eyes.keyring.createAlias('alias/kyc', keyId);
  await createFieldCodec({ keyring: eyes.keyring, manifest: MANIFEST }).register();
  for (const phase of ['migrating', 'sealed'] as const) await eyes.keyring.setPhase(FIELD, phase);
  const other = await eyes.fresh();
  const codec = createFieldCodec({ keyring: other, manifest: MANIFEST });
  const pass = (Phase: FieldPhase) => eyes.approved('SetPhase', { FieldId: FIELD, Phase });
  return { ...eyes, keyId, other, codec, pass };
}

async function written(codec: ReturnType<typeof createFieldCodec>): Promise<string> {
  const target = { note: 'Asha' };
  const call = codec.call('Person.create');
  call.seal({ model: 'Person', target, scope: {} });
  await call.run();
  return target.note;
}

/** What another process makes of the store as it is now. */
async function seenBy(keyring: Keyring): Promise<FieldPhase | undefined> {
  await keyring.as('user/asha', () =>
    keyring.kms.untagResource({ KeyId: keyring.listKeys()[0]!.keyId, TagKeys: ['none'] }),
  );
  return keyring.phaseOf(FIELD);
}

describe('a step that lets more plaintext through', () => {
  const LOOSER: readonly (readonly [FieldPhase, readonly FieldPhase[]])[] = [
    ['leaving', []],
    ['migrating', []],
    ['leaving', ['migrating']],
    ['plain', ['leaving']],
  ];

  it.each(LOOSER)('to %s after %s takes two', async (phase, before) => {
    const { keyring, pass, other } = await sealedField();
    for (const each of before) await pass(each);
    const now = keyring.phaseOf(FIELD);
    await expect(keyring.setPhase(FIELD, phase)).rejects.toMatchObject(REQUIRED);
    expect(keyring.phaseOf(FIELD)).toBe(now);
    await pass(phase);
    expect(keyring.phaseOf(FIELD)).toBe(phase);
    expect(await seenBy(other)).toBe(phase);
  });

  it('names field, phase and key in what is signed, and is checked when it is proposed', async () => {
    const { kms, keyId } = await sealedField();
    const propose = (Request: object) =>
      kms.proposeChange({ Operation: 'SetPhase', Request: Request as never });
    const { Statement, KeyId } = await propose({ FieldId: FIELD, Phase: 'leaving' });
    expect(KeyId).toBe(keyId);
    expect(new TextDecoder().decode(Statement)).toContain(
      `content: {"FieldId":"${FIELD}","Phase":"leaving"}`,
    );
    for (const [request, code] of [
      [{ FieldId: FIELD, Phase: 'plain' }, 'ERR_PHASE_CHANGE'],
      [{ FieldId: FIELD, Phase: 'open' }, 'ERR_CONFIG_INVALID'],
      [{ FieldId: 'people.nobody', Phase: 'leaving' }, 'ERR_FIELD_UNKNOWN'],
      [{ FieldId: FIELD, Phase: 'leaving', Force: true }, 'ERR_REQUEST_INVALID'],
    ] as const) {
      await expect(propose(request)).rejects.toMatchObject({ code });
    }
  });

  it('takes one the other way, and where nothing changes', async () => {
    const { keyring, pass } = await sealedField();
    await keyring.setPhase(FIELD, 'sealed');
    await pass('leaving');
    await keyring.setPhase(FIELD, 'leaving');
    await keyring.setPhase(FIELD, 'migrating');
    await keyring.setPhase(FIELD, 'sealed');
    expect(keyring.phaseOf(FIELD)).toBe('sealed');
  });
});

describe('somebody with the store key', () => {
  it('lets no running process write plaintext, also not with a signature from before', async () => {
    const { insider, other, codec, keyring, pass, clock } = await sealedField();
    await pass('leaving');
    expect(await seenBy(other)).toBe('leaving');
    for (const phase of ['migrating', 'sealed'] as const) await keyring.setPhase(FIELD, phase);
    expect(await seenBy(other)).toBe('sealed');
    const hand = await insider();
    const [row] = await hand.rows('phase');
    for (const phase of ['leaving', 'plain', 'migrating']) {
      await hand.put(hand.altered(row!, { phase }));
      expect(await seenBy(other)).toBe('sealed');
      clock.advance(20_000);
      expect(await written(codec)).toMatch(/^fs1\./);
    }
    // the control: a new signature counts, and what is stricter than it as well
    await keyring.setPhase(FIELD, 'sealed');
    await pass('leaving');
    expect(await seenBy(other)).toBe('leaving');
    await keyring.setPhase(FIELD, 'migrating');
    expect(await seenBy(other)).toBe('migrating');
  });

  it('does not use a signature for another field', async () => {
    const { insider, other, pass } = await sealedField();
    await pass('leaving');
    const hand = await insider();
    const [approval] = await hand
      .rows('approval')
      .then((rows) => rows.filter(({ columns }) => String(columns.subject).startsWith('phase/')));
    const [registered] = await hand.rows('registry');
    const row = hand.secrets.sealRow('phase', {
      field_id: 'people.pan',
      phase: 'leaving',
      updated_at: 1n,
    });
    await hand.put(hand.altered(registered!, { id: 'people.pan', field_id: 'people.pan' }));
    await seenBy(other);
    expect(other.phaseOf('people.pan')).toBe('sealed');
    await hand.put(hand.altered(approval!, { subject: 'phase/people.pan' }), row);
    await seenBy(other);
    expect(other.phaseOf('people.pan')).toBe('sealed');
  });
});
