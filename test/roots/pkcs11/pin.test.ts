import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { PinSource } from '@fieldseal/root-pkcs11';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeTokens } from './pkcs11-parts.ts';
import { CONTEXT, code, ROOT_KEY } from './slot-context.ts';
import { type SoftTokens, softTokens } from './soft-token.ts';

describeTokens('the PIN of a token', () => {
  let tokens: SoftTokens;
  const labels = ['file', 'bytes', 'none', 'wrong', 'corrected', 'final', 'locked', 'said'];

  beforeAll(() => {
    // a token of its own for each test: a process is logged in to a token once
    tokens = softTokens(Object.fromEntries(labels.map((label) => [label, [{ name: 'root-1' }]])));
  });
  beforeEach(() => tokens.profile());
  afterAll(() => tokens.remove());

  const root = (label: string, pin: PinSource | undefined) =>
    tokens.root({ module: tokens.faultyModule, token: { label }, pin: pin as PinSource });

  it('comes from a file, without its line break', async () => {
    const file = join(tokens.folder, 'pin');
    writeFileSync(file, `${tokens.pin}\n`);
    const slot = await root('file', { file }).seal(ROOT_KEY, CONTEXT);
    expect(await root('file', { file }).open(slot, CONTEXT)).toEqual(ROOT_KEY);
  });

  it('comes as bytes, which are wiped', async () => {
    const bytes = Buffer.from(tokens.pin);
    await root('bytes', () => bytes).seal(ROOT_KEY, CONTEXT);
    expect(bytes).toEqual(Buffer.alloc(bytes.length));
  });

  it('that is not given is ERR_CONFIG_INVALID', async () => {
    await expect(root('none', undefined).seal(ROOT_KEY, CONTEXT)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'pin' },
    });
  });

  it('that is wrong is ERR_ROOT_REFUSED, and is presented once, whoever asks how often', async () => {
    const before = tokens.logins();
    const wrong = root('wrong', () => 'not-the-pin');
    const atOnce = [1, 2, 3].map(() => wrong.seal(ROOT_KEY, CONTEXT));
    const refusals = await Promise.allSettled(atOnce);
    expect(refusals).toEqual(
      atOnce.map(() => ({
        status: 'rejected',
        reason: code('ERR_ROOT_REFUSED', 'CKR_PIN_INCORRECT'),
      })),
    );
    expect(tokens.logins() - before).toBe(1);
    const first = (refusals[0] as PromiseRejectedResult).reason;
    expect(first).toMatchObject({ retryable: false });
    for (const again of [wrong, root('wrong', () => 'not-the-pin')]) {
      await expect(again.seal(ROOT_KEY, CONTEXT)).rejects.toThrow(
        code('ERR_ROOT_REFUSED', 'PIN_KNOWN_WRONG'),
      );
    }
    expect(tokens.logins() - before).toBe(1);
  });

  it('is tried when it is another one', async () => {
    const pins = ['not-the-pin', tokens.pin];
    const source = () => pins.shift() ?? '';
    const corrected = root('corrected', source);
    await expect(corrected.seal(ROOT_KEY, CONTEXT)).rejects.toThrow(code('ERR_ROOT_REFUSED'));
    const slot = await corrected.seal(ROOT_KEY, CONTEXT);
    expect(await corrected.open(slot, CONTEXT)).toEqual(ROOT_KEY);
  });

  it.each([
    ['final', 'final-try', 'PIN_FINAL_TRY'],
    ['locked', 'locked', 'CKR_PIN_LOCKED'],
  ])('is not presented to a token that is %s', async (label, word, reason) => {
    const before = tokens.logins();
    tokens.profile(word);
    await expect(root(label, () => tokens.pin).seal(ROOT_KEY, CONTEXT)).rejects.toThrow(
      code('ERR_ROOT_REFUSED', reason),
    );
    expect(tokens.logins()).toBe(before);
    tokens.profile();
    await root(label, () => tokens.pin).seal(ROOT_KEY, CONTEXT);
  });

  it('and the root key are in nothing that is said', async () => {
    const { pin } = tokens;
    const working = root('said', () => pin);
    const slot = await working.seal(ROOT_KEY, CONTEXT);
    const wrongPin = `${pin}-wrong`;
    tokens.profile('device-error');
    const failures = await Promise.allSettled([
      working.open(slot, CONTEXT),
      root('wrong', () => wrongPin).open(slot, CONTEXT),
      root('absent', () => pin).open(slot, CONTEXT),
      root('said', () => Promise.reject(pin)).open(slot, CONTEXT),
      root('said', () => '').open(slot, CONTEXT),
      root('said', { file: tokens.folder }).open(slot, CONTEXT),
      tokens.root({ module: '/nowhere.so', pin: () => pin }).seal(ROOT_KEY, CONTEXT),
    ]);
    const errors = failures.map((failure) => (failure as PromiseRejectedResult).reason);
    expect(errors.map(({ name }) => name)).toEqual(errors.map(() => 'FieldsealError'));
    const said = [...errors, working].flatMap((each) => [
      inspect(each, { depth: 10, showHidden: true }),
      JSON.stringify(each),
      String((each as Error).stack),
    ]);
    const secrets = [pin, 'not-the-pin', Buffer.from(ROOT_KEY).toString('latin1')];
    for (const encoding of ['hex', 'base64', 'base64url'] as const) {
      for (const bytes of [ROOT_KEY, slot.sealed, Buffer.from(pin)]) {
        secrets.push(Buffer.from(bytes).toString(encoding));
      }
    }
    for (const secret of secrets) expect(said.join('\n')).not.toContain(secret);
  });
});
