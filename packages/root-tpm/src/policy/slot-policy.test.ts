import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { pcrDigest } from './policy-digest.ts';
import { readPolicyKey } from './policy-key.ts';
import { policyKeyName, type SlotPolicy, slotPolicyDigest } from './slot-policy.ts';

/** A register that was extended once with this byte, 32 times. */
const extended = (byte: number): Buffer =>
  createHash('sha256').update(Buffer.alloc(32)).update(Buffer.alloc(32, byte)).digest();

const key = readPolicyKey(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEGIHoGWA6JqpZV+1xxERxTImhyX5m
4dU4IpjB2W3uYE1Hmbyqg2VB5Z9EcTgM8vBkLUQtXRew0QLjBUpJDqzWgQ==
-----END PUBLIC KEY-----`);

const pcr: SlotPolicy = {
  kind: 'pcr',
  pcrs: [7, 11],
  digest: pcrDigest([extended(0xab), extended(0xcd)]),
};

/** What trial sessions of swtpm 0.7.1 gave to tpm2-tools 5.4 for the same steps. */
const GOLDEN: readonly [string, SlotPolicy, boolean, string][] = [
  [
    'none',
    { kind: 'none' },
    false,
    'e613137076524bde487533865884e9732ebee3aacb095d94a6de492ec06c46fa',
  ],
  [
    'PIN',
    { kind: 'none' },
    true,
    '8fcd2169ab92694e0c633f1ab772842b8241bbc20288981fc7ac1eddc1fddb0e',
  ],
  ['registers', pcr, false, 'a5702eb934e3149476063c4f56f973f75a140c30b65636389064472383bc25b0'],
  [
    'registers and PIN',
    pcr,
    true,
    '932425843c0ca8b7f12cedc64e5aff90dcd002ce40db8dc5b563b6450a894ec1',
  ],
  [
    'policy key',
    { kind: 'signed', key },
    false,
    '04a0565f3b01da3a6dffd4d58430c0a47cf8e5a6b0f8d7484a9a414cef34e61a',
  ],
];

test.each(GOLDEN)('the policy of %s is what a TPM computes', (_name, policy, hasPin, digest) => {
  expect(slotPolicyDigest(policy, hasPin).toString('hex')).toBe(digest);
});

test('the name of a policy key is what a TPM gives it', () => {
  expect(policyKeyName(key).toString('hex')).toBe(
    '000b1180102be7bd1c509fb4551aece069a28a54a0f991e734111dd04942c397bd61',
  );
});
