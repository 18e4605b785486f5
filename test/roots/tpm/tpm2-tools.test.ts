import { generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SealedRoot } from '@fieldseal/core';
import {
  type DescribedPolicy,
  exportTpmBlob,
  importTpmBlob,
  readTpmPcrs,
  readTpmSrk,
  sealForTpm,
  signPcrPolicy,
  type TpmBlob,
  type TpmRootOptions,
  tpmRoot,
} from '@fieldseal/root-tpm';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  loadObject,
  unsealByPassword,
} from '../../../packages/root-tpm/src/command/object-commands.ts';
import {
  withObject,
  withSession,
} from '../../../packages/root-tpm/src/command/session-commands.ts';
import { withSrk } from '../../../packages/root-tpm/src/slot/with-srk.ts';
import { tpmConnection } from '../../../packages/root-tpm/src/tpm-connection.ts';
import { describeTpm, sample } from './with-tpm.ts';

const PIN = '482913';
const SRK = '0x81000001';
const OWN = 'fixedtpm|fixedparent|adminwithpolicy';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface Variant {
  readonly name: string;
  readonly options: Omit<TpmRootOptions, 'device'>;
  /** What takes a session of tpm2-tools to the policy. */
  readonly steps: readonly (readonly string[])[];
}

const VARIANTS: readonly Variant[] = [
  { name: 'no policy', options: {}, steps: [['tpm2_policycommandcode', 'TPM2_CC_Unseal']] },
  { name: 'a PIN', options: { pin: () => PIN }, steps: [['tpm2_policyauthvalue']] },
  {
    name: 'registers',
    options: { policy: { kind: 'pcr', pcrs: [7] } },
    steps: [['tpm2_policypcr', '-l', 'sha256:7']],
  },
  {
    name: 'registers and a PIN',
    options: { policy: { kind: 'pcr', pcrs: [7] }, pin: () => PIN },
    steps: [['tpm2_policypcr', '-l', 'sha256:7'], ['tpm2_policyauthvalue']],
  },
];

await describeTpm('tpm2-tools', 2, (tpm, other) => {
  const { device } = tpm;
  const { rootKey, context } = sample();
  const opened = new Uint8Array(rootKey);
  const path = (name: string): string => join(tpm.folder, name);
  let values: readonly Uint8Array[] = [];

  const described = ({ options }: Variant): DescribedPolicy =>
    options.policy?.kind === 'pcr' ? { kind: 'pcr', pcrs: [7], values } : { kind: 'none' };
  const isPinned = ({ options }: Variant): boolean => options.pin !== undefined;

  /** A storage root key as the tools make it by themselves. */
  function makePersistent(): void {
    tpm.tool('tpm2_createprimary', ['-Q', '-C', 'o', '-G', 'ecc', '-c', 'srk.ctx']);
    tpm.tool('tpm2_evictcontrol', ['-Q', '-C', 'o', '-c', 'srk.ctx', SRK]);
    tpm.tool('tpm2_flushcontext', ['-t']);
  }

  beforeAll(async () => {
    tpm.tool('tpm2_pcrextend', [`7:sha256=${'ab'.repeat(32)}`]);
    makePersistent();
    values = await readTpmPcrs({ device, pcrs: [7] });
  });
  afterEach(() => {
    tpm.tool('tpm2_flushcontext', ['-t']);
  });

  /** A session of the tools that has arrived at the policy of a variant. */
  function session(type: '--policy-session' | undefined, { steps }: Variant): void {
    tpm.tool('tpm2_startauthsession', [...(type === undefined ? [] : [type]), '-S', 's.ctx']);
    for (const [name = '', ...args] of steps) {
      tpm.tool(name, ['-Q', '-S', 's.ctx', '-L', 'policy.digest', ...args]);
    }
  }

  function unsealByTools(blob: TpmBlob, variant: Variant): Buffer {
    writeFileSync(path('o.pub'), blob.publicArea);
    writeFileSync(path('o.priv'), blob.privateArea);
    if (blob.encryptedSeed !== undefined) {
      writeFileSync(path('o.seed'), blob.encryptedSeed);
      const files = ['-u', 'o.pub', '-i', 'o.priv', '-s', 'o.seed', '-r', 'o.imported'];
      tpm.tool('tpm2_import', ['-Q', '-C', SRK, ...files]);
    }
    const priv = blob.encryptedSeed === undefined ? 'o.priv' : 'o.imported';
    tpm.tool('tpm2_load', ['-Q', '-C', SRK, '-u', 'o.pub', '-r', priv, '-c', 'o.ctx']);
    session('--policy-session', variant);
    const auth = `session:s.ctx${isPinned(variant) ? `+${PIN}` : ''}`;
    const payload = tpm.tool('tpm2_unseal', ['-c', 'o.ctx', '-p', auth]);
    tpm.tool('tpm2_flushcontext', ['s.ctx']);
    // there is room for three objects, and the tools leave theirs
    tpm.tool('tpm2_flushcontext', ['-t']);
    return payload;
  }

  /** An object of the tools, as files. */
  function createByTools(payload: Buffer, variant: Variant, attributes: string): TpmBlob {
    session(undefined, variant);
    tpm.tool('tpm2_flushcontext', ['s.ctx']);
    const args = [
      '-L',
      'policy.digest',
      '-a',
      attributes,
      '-u',
      't.pub',
      '-r',
      't.priv',
      '-i',
      '-',
    ];
    const pin = isPinned(variant) ? ['-p', PIN] : [];
    tpm.tool('tpm2_create', ['-Q', '-C', SRK, ...args, ...pin], payload);
    tpm.tool('tpm2_flushcontext', ['-t']);
    return {
      publicArea: readFileSync(path('t.pub')),
      privateArea: readFileSync(path('t.priv')),
      srkName: srkName(),
    };
  }

  function srkName(): string {
    tpm.tool('tpm2_readpublic', ['-Q', '-c', SRK, '-n', 'srk.name']);
    return readFileSync(path('srk.name')).toString('hex');
  }

  test('and this library name the same storage root key', async () => {
    const name = srkName();
    expect((await readTpmSrk({ device })).name).toBe(name);
    expect((await readTpmSrk({ device: other?.device ?? device })).name).not.toBe(name);
    // a slot under it opens also when it is not persistent any more
    const slot = await tpmRoot({ device }).seal(rootKey, context);
    tpm.tool('tpm2_evictcontrol', ['-Q', '-C', 'o', '-c', SRK]);
    expect(await tpmRoot({ device, srkName: name }).open(slot, context)).toEqual(opened);
    expect((await readTpmSrk({ device })).name).not.toBe(name);
    makePersistent();
  });

  describe.each(VARIANTS)('with $name', (variant) => {
    const root = tpmRoot({ device, ...variant.options });

    test('unseal what this library has sealed, and it opens what they have', async () => {
      const slot = await root.seal(rootKey, context);
      const payload = unsealByTools(exportTpmBlob(slot), variant);
      expect(payload.subarray(0, 32)).toEqual(rootKey);
      expect(payload).toHaveLength(64);

      const attributes = isPinned(variant) ? OWN : `${OWN}|noda`;
      const blob = createByTools(payload, variant, attributes);
      const policy = described(variant);
      const imported = importTpmBlob({ ...blob, policy, pin: isPinned(variant) });
      expect(imported.mechanism).toBe(slot.mechanism);
      expect(imported.sealed).not.toEqual(slot.sealed);
      expect(await root.open(imported, context)).toEqual(opened);
    });

    test('import what was sealed for their TPM elsewhere, and so does this library', async () => {
      const srk = await readTpmSrk({ device });
      const pin = variant.options.pin;
      const slot = await sealForTpm({
        srk,
        rootKey,
        context,
        policy: described(variant),
        ...(pin === undefined ? {} : { pin }),
      });
      expect(await root.open(slot, context)).toEqual(opened);
      const elsewhere = tpmRoot({ device: other?.device ?? device, ...variant.options });
      expect(await elsewhere.open(slot, context)).toBeNull();
      expect(await root.open(slot, { ...context, environment: 'other' })).toBeNull();
      const blob = exportTpmBlob(slot);
      expect(unsealByTools(blob, variant).subarray(0, 32)).toEqual(rootKey);
      expect(
        importTpmBlob({ ...blob, policy: described(variant), pin: isPinned(variant) }),
      ).toEqual(slot);
    });
  });

  test('seal for another machine under a signed policy, of which no byte can be changed', async () => {
    const srk = await readTpmSrk({ device });
    const policy = { kind: 'signed', key: publicKey } as const;
    const slot = await sealForTpm({ srk, rootKey, context, policy });
    const signatures = async () => [signPcrPolicy({ key: privateKey, pcrs: [7], values })];
    const root = tpmRoot({ device, policy: { ...policy, signatures } });
    expect(await root.open(slot, context)).toEqual(opened);
    const outcomes = new Set<string>();
    for (let place = 0; place < slot.sealed.length; place += 5) {
      const sealed = Uint8Array.from(slot.sealed);
      sealed[place] = (sealed[place] ?? 0) ^ 0x10;
      outcomes.add(JSON.stringify(await root.open({ ...slot, sealed }, context)));
    }
    expect([...outcomes]).toEqual(['null']);
  });

  test.each([
    ['a password would open', `${OWN}|userwithauth|noda`],
    ['is counted, without a PIN', OWN],
  ])('make an object that %s: it is not taken', async (_name, attributes) => {
    const [variant] = VARIANTS as [Variant];
    const blob = createByTools(Buffer.alloc(64, 1), variant, attributes);
    const call = () => importTpmBlob({ ...blob, policy: { kind: 'none' }, pin: false });
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_INVALID' }));
  });

  test('make an object that its empty password opens, as the library proves that its own do not', async () => {
    const [variant] = VARIANTS as [Variant];
    const blob = createByTools(Buffer.alloc(64, 1), variant, `${OWN}|userwithauth|noda`);
    const area = (file: Uint8Array): Buffer => Buffer.from(file.subarray(2));
    const object = { publicArea: area(blob.publicArea), privateArea: area(blob.privateArea) };
    const attempt = tpmConnection({ device })((client) =>
      withSrk(client, undefined, async (srk) => {
        const loaded = await withSession(client, { srk, type: 'hmac' }, (held) =>
          loadObject(client, srk, held, object),
        );
        await withObject(client, loaded, () => unsealByPassword(client, loaded));
      }),
    );
    await expect(attempt).resolves.toBeUndefined();
  });

  test('are told what is no slot, no key and no file of theirs', async () => {
    const code = expect.objectContaining({ code: 'ERR_CONFIG_INVALID' });
    const slot: SealedRoot = await tpmRoot({ device }).seal(rootKey, context);
    expect(() => exportTpmBlob({ ...slot, mechanism: 'tpm2-policy-pcr' })).toThrow(code);
    const blob = exportTpmBlob(slot);
    const bare = { ...blob, publicArea: blob.publicArea.subarray(2) };
    const rest = { policy: { kind: 'none' }, pin: false } as const;
    expect(() => importTpmBlob({ ...bare, ...rest })).toThrow(code);
    const srk = await readTpmSrk({ device });
    const swapped = { ...srk, name: `000b${'00'.repeat(32)}` };
    await expect(sealForTpm({ srk: swapped, rootKey, context })).rejects.toEqual(code);
    const short = rootKey.subarray(1);
    await expect(sealForTpm({ srk, rootKey: short, context })).rejects.toEqual(code);
  });
});
