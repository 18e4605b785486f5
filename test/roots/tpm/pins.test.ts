import { tpmRoot } from '@fieldseal/root-tpm';
import { beforeEach, expect, test } from 'vitest';
import { describeTpm, sample } from './with-tpm.ts';

await describeTpm('a PIN', 1, (tpm) => {
  const { device } = tpm;
  const { rootKey, context } = sample();
  const withPin = (pin: string) => tpmRoot({ device, pin: () => pin });

  /** Wrong attempts that the TPM has counted. */
  function counted(): number {
    const properties = tpm.tool('tpm2_getcap', ['properties-variable']).toString();
    const [, counter = ''] = /TPM2_PT_LOCKOUT_COUNTER: (0x[0-9A-F]+)/.exec(properties) ?? [];
    return Number(counter);
  }
  beforeEach(() => {
    tpm.tool('tpm2_dictionarylockout', ['--clear-lockout']);
  });

  test('opens its slot, and another one does not, which the TPM counts', async () => {
    const slot = await withPin('482913').seal(rootKey, context);
    expect(await withPin('482913').open(slot, context)).toEqual(new Uint8Array(rootKey));
    expect(counted()).toBe(0);
    const refused = expect.objectContaining({
      code: 'ERR_ROOT_REFUSED',
      retryable: false,
      meta: { reason: 'TPM_RC_AUTH_FAIL' },
    });
    await expect(withPin('482914').open(slot, context)).rejects.toEqual(refused);
    expect(counted()).toBe(1);
    expect(await withPin('482913').open(slot, context)).toEqual(new Uint8Array(rootKey));
  });

  test('is not tried again once it was wrong, until it is another one', async () => {
    const slot = await withPin('482913').seal(rootKey, context);
    let typed = '000000';
    const root = tpmRoot({ device, pin: () => typed });
    await expect(root.open(slot, context)).rejects.toMatchObject({ code: 'ERR_ROOT_REFUSED' });
    for (let again = 0; again < 5; again += 1) {
      await expect(root.open(slot, context)).rejects.toMatchObject({
        code: 'ERR_ROOT_REFUSED',
        meta: { reason: 'PIN_KNOWN_WRONG' },
      });
    }
    expect(counted()).toBe(1);
    typed = '482913';
    expect(await root.open(slot, context)).toEqual(new Uint8Array(rootKey));
  });

  test('that was guessed too often locks the TPM, for slots with a PIN alone', async () => {
    const slot = await withPin('482913').seal(rootKey, context);
    const free = tpmRoot({ device });
    const other = await free.seal(rootKey, context);
    for (const guess of ['1', '2', '3']) {
      await expect(withPin(guess).open(slot, context)).rejects.toMatchObject({
        code: 'ERR_ROOT_REFUSED',
      });
    }
    const lockedOut = { code: 'ERR_ROOT_REFUSED', meta: { reason: 'TPM_RC_LOCKOUT' } };
    const root = withPin('482913');
    await expect(root.open(slot, context)).rejects.toMatchObject(lockedOut);
    expect(await free.open(other, context)).toEqual(new Uint8Array(rootKey));

    tpm.tool('tpm2_dictionarylockout', ['--clear-lockout']);
    expect(await root.open(slot, context)).toEqual(new Uint8Array(rootKey));
  });

  test('is needed, is read from bytes which are wiped, and is 1 to 32 bytes', async () => {
    const slot = await withPin('482913').seal(rootKey, context);
    await expect(tpmRoot({ device }).open(slot, context)).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
      meta: { option: 'pin' },
    });
    const bytes = Buffer.from('482913');
    const fromBytes = tpmRoot({ device, pin: async () => bytes });
    expect(await fromBytes.open(slot, context)).toEqual(new Uint8Array(rootKey));
    expect(bytes).toEqual(Buffer.alloc(6));
    for (const pin of ['', 'x'.repeat(33), 'zero\0']) {
      await expect(withPin(pin).seal(rootKey, context)).rejects.toMatchObject({
        code: 'ERR_CONFIG_INVALID',
        meta: { option: 'pin' },
      });
    }
    const failing = tpmRoot({ device, pin: () => Promise.reject(new Error('file says 482913')) });
    const error: unknown = await failing.open(slot, context).catch((reason) => reason);
    expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
    expect(String((error as Error).stack)).not.toContain('482913');
  });
});
