import { expect, test } from 'vitest';
import { pkcs11Root } from './pkcs11-root.ts';
import { checkOptions, type Pkcs11RootOptions } from './pkcs11-root-options.ts';

const GOOD: Pkcs11RootOptions = {
  module: '/usr/lib/softhsm/libsofthsm2.so',
  token: { label: 'fieldseal' },
  key: { label: 'root-1', id: '0a1B' },
  pin: { file: '/run/credentials/pin' },
};

test('good options are taken, with what is left out', () => {
  const { settings, timeoutMs, recovery, failureDomain } = checkOptions(GOOD);
  expect([recovery, failureDomain]).toEqual([false, 'pkcs11:fieldseal']);
  expect(settings).toMatchObject({ token: { label: 'fieldseal' }, sessions: 2 });
  expect(timeoutMs).toBe(10_000);
});

test.each([
  ['module', { module: '' }],
  ['module', { module: undefined }],
  ['token', { token: {} }],
  ['token', { token: undefined }],
  ['token', { token: { label: '' } }],
  ['token', { token: { slot: 3 } }],
  ['token', { token: { label: 'a', slot: 3 } }],
  ['key', { key: { label: undefined } }],
  ['key', { key: { id: '0' } }],
  ['key', { key: { id: 'xx' } }],
  ['macKey', { macKey: {} }],
  ['pin', { pin: '1234' }],
  ['pin', { pin: { file: '' } }],
  ['timeoutMs', { timeoutMs: 0 }],
  ['timeoutMs', { timeoutMs: Number.NaN }],
  ['sessions', { sessions: 17 }],
  ['libraryParameters', { libraryParameters: 1 }],
  ['failureDomain', { failureDomain: '' }],
  ['failureDomain', { failureDomain: 'x'.repeat(129) }],
  ['recovery', { recovery: 'yes' }],
  ['interactive', { interactive: 1 }],
  ['slot', { slot: 1 }],
])('the option %s is refused and named in %j', (option, change) => {
  expect(() => checkOptions({ ...GOOD, ...(change as object) })).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG_INVALID', meta: { option } }),
  );
});

test('a PIN that may be a person’s is asked for last, unless it is said otherwise', () => {
  const asking = { ...GOOD, pin: () => '648219' };
  expect(pkcs11Root(GOOD).interactive).toBe(false);
  expect(pkcs11Root(asking).interactive).toBe(true);
  expect(pkcs11Root({ ...asking, interactive: false }).interactive).toBe(false);
});

test('two keys of one token are lost together, unless it is said otherwise', () => {
  const token = { label: 'fieldseal', serial: 'ca9bbfea' };
  const [one, two, other] = [
    pkcs11Root({ ...GOOD, token }),
    pkcs11Root({ ...GOOD, token, key: { label: 'root-2' }, recovery: true }),
    pkcs11Root({ ...GOOD, token, failureDomain: 'hsm in Pune' }),
  ] as const;
  expect(one.failureDomain).toBe('pkcs11:ca9bbfea');
  expect(two).toMatchObject({ failureDomain: one.failureDomain, recovery: true });
  expect(other.failureDomain).toBe('hsm in Pune');
});

test('a PIN that was given where its source belongs is in no message', () => {
  expect(() => checkOptions({ ...GOOD, pin: 'zebra-19' as never })).toThrow(/^((?!zebra).)*$/);
});
