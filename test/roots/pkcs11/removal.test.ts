import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeTokens } from './pkcs11-parts.ts';
import { CONTEXT, code, ROOT_KEY } from './slot-context.ts';
import { type SoftTokens, softTokens } from './soft-token.ts';

describeTokens('a token that is unplugged', () => {
  let tokens: SoftTokens;

  beforeAll(() => {
    tokens = softTokens({ fieldseal: [{ name: 'root-1' }, { name: 'root-2' }] });
  });
  afterAll(() => tokens.remove());

  it.each([
    ['tokens', 'TOKEN_ABSENT'],
    ['folder', 'CKR_GENERAL_ERROR'],
  ] as const)(
    '(%s) is ERR_ROOT_UNAVAILABLE while away, and serves again when back',
    async (what, reason) => {
      const root = tokens.root({});
      const neighbour = tokens.root({ key: { label: 'root-2' } });
      const slot = await root.seal(ROOT_KEY, CONTEXT);
      const theirs = await neighbour.seal(ROOT_KEY, CONTEXT);

      tokens.unplug(what);
      for (let i = 0; i < 3; i++) {
        await expect(root.open(slot, CONTEXT)).rejects.toMatchObject({
          code: 'ERR_ROOT_UNAVAILABLE',
          retryable: true,
          meta: { reason },
        });
      }
      await expect(root.seal(ROOT_KEY, CONTEXT)).rejects.toThrow(code('ERR_ROOT_UNAVAILABLE'));

      tokens.plugIn();
      expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
      // whose sessions ended with it
      expect(await neighbour.open(theirs, CONTEXT)).toEqual(ROOT_KEY);
      expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
    },
  );

  it('is not taken for another token where it wraps keys', async () => {
    tokens.profile('no-gcm');
    const root = tokens.root({ module: tokens.faultyModule });
    const slot = await root.seal(ROOT_KEY, CONTEXT);
    expect(slot.mechanism).toBe('pkcs11-aes-key-wrap-wrap');
    tokens.unplug('tokens');
    await expect(root.open(slot, CONTEXT)).rejects.toThrow(
      code('ERR_ROOT_UNAVAILABLE', 'TOKEN_ABSENT'),
    );
    tokens.plugIn();
    expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
  });

  it('and plugged in between two calls is not noticed by them', async () => {
    const root = tokens.root({});
    const slot = await root.seal(ROOT_KEY, CONTEXT);
    tokens.unplug('tokens');
    await expect(tokens.root({}).open(slot, CONTEXT)).rejects.toThrow(code('ERR_ROOT_UNAVAILABLE'));
    tokens.plugIn();
    const calls = Array.from({ length: 6 }, () => root.open(slot, CONTEXT));
    expect(await Promise.all(calls)).toEqual(calls.map(() => ROOT_KEY));
  });
});
