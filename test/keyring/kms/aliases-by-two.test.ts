import { createFieldCodec, type Manifest } from '@fieldseal/core';
import { describe, expect, it } from 'vitest';
import { closeKeyringsAfterEach } from '../open-keyrings.ts';
import { ashaManages, fourEyes, REQUIRED, uses } from './four-eyes.ts';
import { text } from './key-service.ts';

closeKeyringsAfterEach();

const AliasName = 'alias/pii';

/** Ben's key by a name, and one of the same kind that Asha made and can open with. */
async function twoKeys() {
  const eyes = await fourEyes();
  const bens = await eyes.makeKey(ashaManages(uses('ben')));
  const ashas = await eyes.makeKey(ashaManages(uses('ben'), uses('asha')));
  const { kms, keyring } = eyes;
  const sealedUnder = async () => {
    const seal = () => kms.encrypt({ KeyId: AliasName, Plaintext: text('x') });
    return (await keyring.as('user/ben', seal)).KeyId;
  };
  return { ...eyes, bens, ashas, sealedUnder };
}

function manifest(key: string, isIndexed: boolean): Manifest {
  const index = {
    id: 'people.name.equality',
    name: 'nameToken',
    column: 'name_token',
    kind: 'equality',
    normalizer: 'raw@1',
  } as const;
  const field = {
    name: 'name',
    column: 'name',
    id: 'people.name',
    type: 'string',
    storage: 'text',
    nullable: true,
    key,
    bind: 'field',
    indexes: isIndexed ? [index] : [],
  } as const;
  const model = { name: 'Person', table: 'people', primaryKey: [], fields: [field] };
  return { version: 1, adapter: 'test', models: [model] };
}

describe('with approvers, what is sealed under an alias', () => {
  it('is not moved to a key of somebody else by one person', async () => {
    const { kms, bens, ashas, sealedUnder, approved } = await twoKeys();
    await kms.createAlias({ AliasName, TargetKeyId: bens });
    const move = { AliasName, TargetKeyId: ashas };
    await expect(kms.updateAlias(move)).rejects.toMatchObject(REQUIRED);
    expect(await sealedUnder()).toBe(bens);
    await approved('UpdateAlias', move);
    expect(await sealedUnder()).toBe(ashas);
    // the same again changes nothing
    await kms.updateAlias(move);
  });

  it('is not moved by taking the name away first either', async () => {
    const { kms, bens, ashas, sealedUnder, approved } = await twoKeys();
    await kms.createAlias({ AliasName, TargetKeyId: bens });
    await expect(kms.deleteAlias({ AliasName })).rejects.toMatchObject(REQUIRED);
    expect(await sealedUnder()).toBe(bens);
    await approved('DeleteAlias', { AliasName });
    await kms.createAlias({ AliasName, TargetKeyId: ashas });
  });

  it.each([
    ['a field', false],
    ['an index', true],
  ])(
    'is under a key that two agreed on where %s is registered with the name',
    async (_, indexed) => {
      const { kms, keyring, fresh, bens, approved } = await twoKeys();
      const codec = createFieldCodec({ keyring, manifest: manifest(AliasName, indexed) });
      const make = { AliasName, TargetKeyId: bens };
      await codec.register();
      await expect(kms.createAlias(make)).rejects.toMatchObject(REQUIRED);
      // what an index was registered with is known to everybody
      const other = await fresh();
      if (indexed) await expect(other.kms.createAlias(make)).rejects.toMatchObject(REQUIRED);
      await kms.createAlias({ AliasName: 'alias/other', TargetKeyId: bens });
      await approved('CreateAlias', make);
    },
  );
});
