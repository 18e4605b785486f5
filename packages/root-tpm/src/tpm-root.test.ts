import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { expect, test } from 'vitest';
import { signPcrPolicy } from './policy/signed-pcr-policy.ts';
import { type TpmRootOptions, tpmRoot } from './tpm-root.ts';

const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signatures = async () => [];

test.each<[string, unknown]>([
  ['device', { device: 'tpmrm0' }],
  ['device', { device: { host: 'localhost' } }],
  ['device', { device: { socket: '' } }],
  ['device', { device: null }],
  ['connectTimeoutMs', { connectTimeoutMs: 0 }],
  ['commandTimeoutMs', { commandTimeoutMs: 600_001 }],
  ['commandTimeoutMs', { commandTimeoutMs: 1.5 }],
  ['pin', { pin: '482913' }],
  ['srkName', { srkName: '000b' }],
  ['policy', { policy: { kind: 'pcrs' } }],
  ['pcrs', { policy: { kind: 'pcr', pcrs: [] } }],
  ['pcrs', { policy: { kind: 'pcr', pcrs: [7, 7] } }],
  ['pcrs', { policy: { kind: 'pcr', pcrs: [16] } }],
  ['pcrs', { policy: { kind: 'pcr', pcrs: [23] } }],
  ['pcrs', { policy: { kind: 'pcr', pcrs: [-1] } }],
  ['policy.key', { policy: { kind: 'signed', key: 'a key', signatures } }],
  ['policy.key', { policy: { kind: 'signed', key: p384.publicKey, signatures } }],
  ['policy.signatures', { policy: { kind: 'signed', key: p256.publicKey } }],
  ['failureDomain', { failureDomain: '' }],
  ['failureDomain', { failureDomain: 'x'.repeat(129) }],
  ['pins', { pins: () => '1' }],
])('an option that is wrong is named: %s', (option, options) => {
  expect(() => tpmRoot(options as TpmRootOptions)).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG_INVALID', meta: { option } }),
  );
});

test.each<[string, Partial<Parameters<typeof signPcrPolicy>[0]>]>([
  ['key', { key: p256.publicKey }],
  ['key', { key: p384.privateKey }],
  ['key', { key: 'a key' }],
  ['values', { values: [] }],
  ['values', { values: [new Uint8Array(31).fill(1)] }],
  ['pcrs', { values: [new Uint8Array(32)] }],
])('a policy is not signed with a wrong %s', (option, wrong) => {
  const right = { key: p256.privateKey, pcrs: [7], values: [new Uint8Array(32).fill(1)] };
  expect(signPcrPolicy(right).signature).toHaveLength(86);
  expect(() => signPcrPolicy({ ...right, ...wrong })).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG_INVALID', meta: { option } }),
  );
});

test('a root is lost with its machine, and one with a PIN is asked last', () => {
  expect(tpmRoot()).toMatchObject({ failureDomain: `tpm:${hostname()}`, interactive: false });
  const root = tpmRoot({ failureDomain: 'rack 4', pin: () => '482913' });
  expect(root).toMatchObject({ failureDomain: 'rack 4', interactive: true });
});

test('literal registers are warned of', async () => {
  const warned = once(process, 'warning');
  tpmRoot({ policy: { kind: 'pcr', pcrs: [7] } });
  expect(await warned).toMatchObject([{ code: 'FIELDSEAL_TPM_LITERAL_PCRS' }]);
});
