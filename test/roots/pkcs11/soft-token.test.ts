import type { SlotContext } from '@fieldseal/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeTokens } from './pkcs11-parts.ts';
import { CONTEXT, code, ROOT_KEY, turned } from './slot-context.ts';
import { type SoftTokens, softTokens } from './soft-token.ts';

describeTokens('a root on a token of SoftHSM', () => {
  let tokens: SoftTokens;

  beforeAll(() => {
    tokens = softTokens({
      first: [{ name: 'root-1' }],
      second: [{ name: 'root-1' }],
      fieldseal: [
        { name: 'root-1', id: '01' },
        { name: 'root-2' },
        { name: 'twice', id: '0a' },
        { name: 'twice', id: '0b' },
        { name: 'readable', extractable: true },
        { name: 'short', bytes: 16 },
        { name: 'mac', type: 'mac' },
        { name: 'pair', type: 'rsa' },
      ],
    });
  });
  afterAll(() => tokens.remove());

  it('opens what it sealed, by another object as well, and says how it was sealed', async () => {
    const slot = await tokens.root({}).seal(ROOT_KEY, CONTEXT);
    expect(slot.mechanism).toBe('pkcs11-aes-gcm-own-iv');
    expect(await tokens.root({}).open(slot, CONTEXT)).toEqual(ROOT_KEY);
    expect(Buffer.from(slot.sealed).includes(Buffer.from(ROOT_KEY))).toBe(false);
  });

  it('leaves the key that it was given as it was, and seals it differently each time', async () => {
    const root = tokens.root({});
    const key = new Uint8Array(ROOT_KEY);
    const [one, two] = [await root.seal(key, CONTEXT), await root.seal(key, CONTEXT)];
    expect(key).toEqual(ROOT_KEY);
    expect(one.sealed).not.toEqual(two.sealed);
  });

  it.each<Partial<SlotContext>>([
    { slotId: '0190f1c2-0000-7000-8000-000000000002' },
    { environment: 'prod' },
    { rootGeneration: 2 },
    { commitment: new Uint8Array(32).fill(6) },
  ])('does not open a slot of another context: %o', async (other) => {
    const root = tokens.root({});
    const slot = await root.seal(ROOT_KEY, CONTEXT);
    expect(await root.open(slot, { ...CONTEXT, ...other })).toBeNull();
    expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
  });

  it.each(['root-1', 'pair'])(
    'does not open a slot of the key %s in which any byte was altered',
    async (label) => {
      const root = tokens.root({ key: { label } });
      const slot = await root.seal(ROOT_KEY, CONTEXT);
      // where it is long, every seventh byte: with RSA each takes a while
      const step = slot.sealed.length > 100 ? 7 : 1;
      for (let at = 0; at < slot.sealed.length; at += step) {
        expect(await root.open(turned(slot, at), CONTEXT)).toBeNull();
      }
      for (const sealed of [slot.sealed.subarray(1), slot.sealed.subarray(0, -1), ROOT_KEY]) {
        expect(await root.open({ ...slot, sealed }, CONTEXT)).toBeNull();
      }
      expect(await root.open({ ...slot, mechanism: 'tpm2-policy-none' }, CONTEXT)).toBeNull();
      expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
    },
  );

  it('does not open the slot of another key', async () => {
    const slot = await tokens.root({ key: { label: 'root-2' } }).seal(ROOT_KEY, CONTEXT);
    expect(await tokens.root({}).open(slot, CONTEXT)).toBeNull();
    expect(await tokens.root({ key: { label: 'pair' } }).open(slot, CONTEXT)).toBeNull();
  });

  it('seals to a pair of RSA keys', async () => {
    const root = tokens.root({ key: { label: 'pair' } });
    const slot = await root.seal(ROOT_KEY, CONTEXT);
    // SoftHSM knows OAEP with SHA-1 only
    expect(slot.mechanism).toBe('pkcs11-rsa-oaep-sha1');
    expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
    expect(await root.open(slot, { ...CONTEXT, environment: 'prod' })).toBeNull();
  });

  it.each([
    [{ label: 'twice' }, 'KEY_AMBIGUOUS'],
    [{ label: 'absent' }, 'KEY_ABSENT'],
    [{ label: 'root-1', id: '02' }, 'KEY_ABSENT'],
    [{ label: 'readable' }, 'KEY_EXTRACTABLE'],
    [{ label: 'short' }, 'KEY_TYPE'],
    [{ label: 'mac' }, 'KEY_TYPE'],
  ] as const)('refuses the key %o: %s', async (key, reason) => {
    const root = tokens.root({ key });
    await expect(root.seal(ROOT_KEY, CONTEXT)).rejects.toThrow(code('ERR_CONFIG_INVALID', reason));
  });

  it('takes one of two keys of the same label by its id', async () => {
    const [a, b] = ['0a', '0b'].map((id) => tokens.root({ key: { label: 'twice', id } }));
    const slot = await a!.seal(ROOT_KEY, CONTEXT);
    expect(await a!.open(slot, CONTEXT)).toEqual(ROOT_KEY);
    expect(await b!.open(slot, CONTEXT)).toBeNull();
  });

  it('finds the token by serial number, and both have to be so', async () => {
    const serial = tokens.serials.first as string;
    const slot = await tokens.root({ token: { serial } }).seal(ROOT_KEY, CONTEXT);
    const named = tokens.root({ token: { label: 'first', serial } });
    expect(await named.open(slot, CONTEXT)).toEqual(ROOT_KEY);
    const other = tokens.root({ token: { label: 'second', serial } });
    await expect(other.open(slot, CONTEXT)).rejects.toThrow(
      code('ERR_ROOT_UNAVAILABLE', 'TOKEN_ABSENT'),
    );
  });

  it('serves many calls at once', async () => {
    const root = tokens.root({ sessions: 3 });
    const slots = await Promise.all(Array.from({ length: 20 }, () => root.seal(ROOT_KEY, CONTEXT)));
    const opened = await Promise.all(slots.map((slot) => root.open(slot, CONTEXT)));
    expect(opened).toEqual(slots.map(() => ROOT_KEY));
  });

  it('opens again after it was closed', async () => {
    const root = tokens.root({});
    const slot = await root.seal(ROOT_KEY, CONTEXT);
    await root.close();
    expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
  });

  it('cannot be used without its module', async () => {
    const root = tokens.root({ module: '/nowhere/libpkcs11.so' });
    await expect(root.seal(ROOT_KEY, CONTEXT)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'module' },
    });
  });
});
