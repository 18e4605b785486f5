import {
  auditSource,
  createFieldCodec,
  createIdentityPolicy,
  createKeyPolicy,
  createMemoryStore,
  type Keyring,
  type Manifest,
  type PolicyDocument,
} from '@fieldseal/core';
import { memoryRoot } from '@fieldseal/testing';
import { describe, expect, it } from 'vitest';
import { unnamedService } from './kms/unnamed-service.ts';
import { closeKeyringsAfterEach, openForTest } from './open-keyrings.ts';

closeKeyringsAfterEach();

const DENIED = { code: 'ERR_ACCESS_DENIED' };
const INDEX = 'people.name.equality';

/** Two fields: one with an index, whose register names its key, and one without. */
function manifest(key: string): Manifest {
  const field = { type: 'string', storage: 'text', nullable: true, bind: 'field', key } as const;
  const phase = 'plain' as const;
  const equality = { id: INDEX, kind: 'equality', normalizer: 'raw@1' } as const;
  const indexes = [{ ...equality, name: 'nameToken', column: 'name_token' }];
  const name = { ...field, phase, name: 'name', column: 'name', id: 'people.name', indexes };
  const note = { ...field, phase, name: 'note', column: 'note', id: 'people.note', indexes: [] };
  const model = { name: 'Person', table: 'people', primaryKey: [], fields: [name, note] };
  return { version: 1, adapter: 'test', models: [model] };
}

const POLICIES: Readonly<Record<string, PolicyDocument>> = {
  'user/asha': createIdentityPolicy('administrator'),
};

/** Ravi re-encrypts under alias/kyc, Rhea under the other key; Uma uses both, Zoe has all on the other. */
async function people() {
  const options = {
    store: createMemoryStore(),
    roots: [memoryRoot()],
    environment: 'test',
    development: true,
    principal: 'user/asha',
    access: {
      identityPolicies: (name: string) => (POLICIES[name] === undefined ? [] : [POLICIES[name]]),
    },
  } as const;
  const keyring = await openForTest(options);
  const make = async (alias: string, reEncryptor: string, administrator: string) => {
    const roles = { administrator: ['user/asha', administrator], reEncryptor, user: 'user/uma' };
    const { KeyMetadata } = await keyring.kms.createKey({
      Policy: JSON.stringify(createKeyPolicy({ ...roles, auditor: 'user/omar' })),
    });
    await keyring.createAlias(alias, KeyMetadata.KeyId);
    return KeyMetadata.KeyId;
  };
  const keyId = await make('alias/kyc', 'user/ravi', 'user/asha');
  await make('alias/other', 'user/rhea', 'user/zoe');
  await createFieldCodec({ keyring, manifest: manifest('alias/kyc') }).register();
  /** Without a manifest, as an approver has it. */
  const bare = () => openForTest(options);
  return { options, keyring, keyId, bare };
}

const step = (keyring: Keyring, name: string, field: string, phase: 'migrating' | 'plain') =>
  keyring.as(`user/${name}`, () => keyring.setPhase(field, phase));

describe('the phase of a field', () => {
  it('is moved by those with SetPhase on its key, and by nobody else', async () => {
    const { keyring } = await people();
    for (const field of ['people.name', 'people.note']) {
      for (const name of ['uma', 'omar', 'rhea', 'zoe']) {
        await expect(step(keyring, name, field, 'migrating')).rejects.toMatchObject(DENIED);
        // also where nothing would change, so that the right can be asked for
        await expect(step(keyring, name, field, 'plain')).rejects.toMatchObject(DENIED);
      }
      expect(keyring.phaseOf(field)).toBe('plain');
      await step(keyring, 'ravi', field, 'migrating');
      expect(keyring.phaseOf(field)).toBe('migrating');
    }
  });

  it('is under the key that its index was registered with, also without a manifest', async () => {
    const { bare } = await people();
    const keyring = await bare();
    await expect(step(keyring, 'zoe', 'people.name', 'migrating')).rejects.toMatchObject(DENIED);
    await step(keyring, 'ravi', 'people.name', 'migrating');
  });

  it('takes the right on every key where nothing says under which it is', async () => {
    const { bare } = await people();
    const keyring = await bare();
    for (const name of ['ravi', 'rhea', 'zoe']) {
      await expect(step(keyring, name, 'people.note', 'migrating')).rejects.toMatchObject(DENIED);
    }
    await step(keyring, 'asha', 'people.note', 'migrating');
  });

  it('takes the right on each key that manifests of the process name', async () => {
    const { keyring, bare } = await people();
    const second = await bare();
    for (const key of ['alias/kyc', 'alias/other']) {
      const [model] = manifest(key).models;
      const models = [{ ...model!, fields: [model!.fields[1]!] }];
      await createFieldCodec({
        keyring: second,
        manifest: { ...manifest(key), models },
      }).register();
    }
    for (const name of ['ravi', 'rhea']) {
      await expect(step(second, name, 'people.note', 'migrating')).rejects.toMatchObject(DENIED);
    }
    await step(second, 'asha', 'people.note', 'migrating');
    await step(keyring, 'ravi', 'people.name', 'migrating');
  });

  it('leaves who moved it, by which statement, and who could not', async () => {
    const { keyring, keyId, options } = await people();
    await expect(step(keyring, 'uma', 'people.name', 'migrating')).rejects.toMatchObject(DENIED);
    await step(keyring, 'ravi', 'people.name', 'migrating');
    await keyring.audit.flush();
    const all: Record<string, unknown>[] = [];
    for (const chain of ['management', keyring.audit.chain]) {
      for await (const { columns } of auditSource(options.store).entries(chain)) all.push(columns);
    }
    const told = all.filter(({ action }) => action === 'SetPhase');
    const brief = ({ principal, key_id, outcome, decision }: Record<string, unknown>) => ({
      principal,
      key_id,
      outcome,
      decision,
    });
    expect(told.map(brief)).toEqual([
      {
        principal: 'user/ravi',
        key_id: keyId,
        outcome: 'Success',
        decision: 'key-policy/ReEncryptor',
      },
      {
        principal: 'user/uma',
        key_id: keyId,
        outcome: 'ERR_ACCESS_DENIED',
        decision: null,
      },
    ]);
  });
});

describe('the state of an index', () => {
  it('is moved by those with SetIndexState on the key of its field, and by nobody else', async () => {
    const { bare } = await people();
    const keyring = await bare();
    const move = (name: string, state: 'building' | 'ready') =>
      keyring.as(`user/${name}`, () => keyring.setIndexState(INDEX, state));
    for (const name of ['uma', 'omar', 'rhea', 'zoe']) {
      for (const state of ['building', 'ready'] as const) {
        await expect(move(name, state)).rejects.toMatchObject(DENIED);
      }
    }
    expect(keyring.indexStateOf(INDEX)).toBe('ready');
    await move('ravi', 'building');
    expect(keyring.indexStateOf(INDEX)).toBe('building');
  });
});

describe('without a key, or somebody who asks', () => {
  it('nobody moves a phase or an index, whether there are such or not', async () => {
    const { keyring } = await unnamedService();
    const manifestOfAll = manifest('alias/kyc');
    await keyring.as('user/asha', () =>
      createFieldCodec({ keyring, manifest: manifestOfAll }).register(),
    );
    const unnamed = { code: 'ERR_PRINCIPAL_REQUIRED' };
    for (const field of ['people.name', 'people.nobody']) {
      await expect(keyring.setPhase(field, 'migrating')).rejects.toMatchObject(unnamed);
    }
    for (const index of [INDEX, 'people.nobody.equality']) {
      await expect(keyring.setIndexState(index, 'building')).rejects.toMatchObject(unnamed);
    }
    // nothing is under any key yet: what is asked is what a new key lets everybody do
    await step(keyring, 'asha', 'people.name', 'migrating');
  });

  it('those move it whom identity policies let, where there are such', async () => {
    const none = createIdentityPolicy('encryptOnly');
    const keyring = await openForTest({
      store: createMemoryStore(),
      roots: [memoryRoot()],
      environment: 'test',
      development: true,
      access: { identityPolicies: (name) => [POLICIES[name] ?? none] },
    });
    await createFieldCodec({ keyring, manifest: manifest('alias/kyc') }).register();
    await expect(step(keyring, 'uma', 'people.name', 'migrating')).rejects.toMatchObject(DENIED);
    await step(keyring, 'asha', 'people.name', 'migrating');
  });
});
