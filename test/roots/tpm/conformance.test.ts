import { createHash, generateKeyPairSync } from 'node:crypto';
import { signPcrPolicy, type TpmRootOptions, tpmRoot } from '@fieldseal/root-tpm';
import { rootConformance } from '@fieldseal/testing';
import { describe, expect, test } from 'vitest';
import { describeTpm, sample } from './with-tpm.ts';

const PIN = '482913';
const PCRS = [7, 11];
const MEASURED = 'ab'.repeat(32);
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

await describeTpm('a TPM as a root', 2, (tpm, other) => {
  const { device } = tpm;

  /** As firmware does when a machine starts: the registers of a simulator are blank. */
  function measure(): void {
    for (const pcr of PCRS) tpm.tool('tpm2_pcrextend', [`${pcr}:sha256=${MEASURED}`]);
  }
  measure();

  const measured = createHash('sha256').update(Buffer.alloc(32)).update(MEASURED, 'hex').digest();
  const values = PCRS.map(() => measured);
  const signatures = async () => [signPcrPolicy({ key: privateKey, pcrs: PCRS, values })];
  const variants: readonly [string, Omit<TpmRootOptions, 'device'>][] = [
    ['tpm2-policy-none', {}],
    ['tpm2-policy-none-pin', { pin: () => PIN }],
    ['tpm2-policy-pcr', { policy: { kind: 'pcr', pcrs: PCRS } }],
    ['tpm2-policy-pcr-pin', { policy: { kind: 'pcr', pcrs: PCRS }, pin: () => PIN }],
    ['tpm2-policy-signed', { policy: { kind: 'signed', key: publicKey, signatures } }],
    [
      'tpm2-policy-signed-pin',
      { policy: { kind: 'signed', key: publicKey, signatures }, pin: () => PIN },
    ],
  ];

  describe.each(variants)('%s', (mechanism, options) => {
    const root = tpmRoot({ device, commandTimeoutMs: 300, ...options });
    const cases = rootConformance({
      root,
      otherDevice: tpmRoot({ device: other?.device ?? device }),
      async takeAway() {
        await tpm.powerOff();
        return async () => {
          await tpm.powerOn();
          measure();
        };
      },
      async slowDown() {
        tpm.pause();
        return async () => tpm.resume();
      },
      deadlineMs: 5000,
      secrets: [PIN],
    });
    test.each(cases)('$name', ({ run }) => run());

    test('names what guards the slot', async () => {
      const { rootKey, context } = sample();
      expect((await root.seal(rootKey, context)).mechanism).toBe(mechanism);
    });
  });

  test('nothing is left in the TPM', () => {
    const loaded = ['handles-transient', 'handles-loaded-session', 'handles-saved-session'];
    const lists = loaded.map((list) => tpm.tool('tpm2_getcap', [list]).toString());
    expect(lists).toEqual(['', '', '']);
  });
});
