import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeTokens } from './pkcs11-parts.ts';
import { CONTEXT, code, ROOT_KEY, turned } from './slot-context.ts';
import { type SoftTokens, softTokens } from './soft-token.ts';

describeTokens('a token with habits of its own', () => {
  let tokens: SoftTokens;

  beforeAll(() => {
    tokens = softTokens({ fieldseal: [{ name: 'root-1' }, { name: 'mac', type: 'mac' }] });
  });
  beforeEach(() => tokens.profile());
  afterAll(() => tokens.remove());

  const faulty = (options = {}) => tokens.root({ module: tokens.faultyModule, ...options });

  // the mechanism that is agreed on with a token that does this
  it.each([
    ['', 'pkcs11-aes-gcm-own-iv'],
    ['overwrite-iv', 'pkcs11-aes-gcm-device-iv'],
    ['overwrite-iv wants-zeros', 'pkcs11-aes-gcm-device-iv'],
    ['append-iv', 'pkcs11-aes-gcm-appended-iv'],
    ['append-iv wants-nothing', 'pkcs11-aes-gcm-appended-iv'],
    // these are not to be trusted with GCM
    ['hide-iv', 'pkcs11-aes-key-wrap-wrap'],
    ['ignore-context', 'pkcs11-aes-key-wrap-wrap'],
    ['wants-zeros', 'pkcs11-aes-key-wrap-wrap'],
    ['wants-nothing', 'pkcs11-aes-key-wrap-wrap'],
    ['no-gcm', 'pkcs11-aes-key-wrap-wrap'],
    ['no-gcm no-wrap', 'pkcs11-aes-cbc-hmac-sha256'],
  ])('that says "%s" seals by %s', async (words, mechanism) => {
    tokens.profile(words);
    const root = faulty({ macKey: { label: 'mac' } });
    const slot = await root.seal(ROOT_KEY, CONTEXT);
    expect(slot.mechanism).toBe(mechanism);
    expect(await faulty({ macKey: { label: 'mac' } }).open(slot, CONTEXT)).toEqual(ROOT_KEY);

    expect(await root.open(slot, { ...CONTEXT, environment: 'prod' })).toBeNull();
    for (let at = 0; at < slot.sealed.length; at += 3) {
      expect(await root.open(turned(slot, at), CONTEXT)).toBeNull();
    }
    await root.close();
  });

  it('that has no mechanism left is ERR_CONFIG_INVALID', async () => {
    tokens.profile('no-gcm', 'no-wrap');
    await expect(faulty().seal(ROOT_KEY, CONTEXT)).rejects.toThrow(
      code('ERR_CONFIG_INVALID', 'MECHANISM'),
    );
  });

  it('that changes its mind gives no slot which it would not open', async () => {
    const root = faulty();
    expect((await root.seal(ROOT_KEY, CONTEXT)).mechanism).toBe('pkcs11-aes-gcm-own-iv');
    tokens.profile('hide-iv');
    const slot = await root.seal(ROOT_KEY, CONTEXT);
    expect(slot.mechanism).toBe('pkcs11-aes-key-wrap-wrap');
    expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
  });

  it('that opens something else than what it sealed gives no slot', async () => {
    const root = faulty();
    await root.seal(ROOT_KEY, CONTEXT);
    tokens.profile('wrong-decrypt', 'no-wrap');
    await expect(root.seal(ROOT_KEY, CONTEXT)).rejects.toThrow(
      code('ERR_CONFIG_INVALID', 'MECHANISM'),
    );
  });

  it('that is in trouble is ERR_ROOT_UNAVAILABLE, not the token of another store', async () => {
    const root = faulty();
    const slot = await root.seal(ROOT_KEY, CONTEXT);
    tokens.profile('device-error');
    await expect(root.open(slot, CONTEXT)).rejects.toMatchObject({
      code: 'ERR_ROOT_UNAVAILABLE',
      retryable: true,
      meta: { reason: 'CKR_DEVICE_ERROR' },
    });
    tokens.profile();
    expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
  });

  it.each(['slow', 'slow-login'])('that is %s holds nobody up', async (word) => {
    const slot = await faulty().seal(ROOT_KEY, CONTEXT);
    tokens.profile(word);
    const root = faulty();
    let ticks = 0;
    const ticking = setInterval(() => {
      ticks += 1;
    }, 10);
    const opened = await root.open(slot, CONTEXT);
    clearInterval(ticking);
    expect(opened).toEqual(ROOT_KEY);
    // the token took 400 ms or more
    expect(ticks).toBeGreaterThan(10);
  });

  it('that is slow works on as many calls as it has sessions', async () => {
    const slot = await faulty().seal(ROOT_KEY, CONTEXT);
    const root = faulty({ sessions: 3 });
    await root.open(slot, CONTEXT);
    tokens.profile('slow');
    const started = performance.now();
    await Promise.all([1, 2, 3].map(() => root.open(slot, CONTEXT)));
    expect(performance.now() - started).toBeLessThan(1150);
  });

  it('that answers too late is ERR_ROOT_UNAVAILABLE at its deadline, and serves the next call', async () => {
    const slot = await faulty().seal(ROOT_KEY, CONTEXT);
    const root = faulty({ timeoutMs: 150 });
    await root.open(slot, CONTEXT);
    tokens.profile('slow');
    await expect(root.open(slot, CONTEXT)).rejects.toThrow(code('ERR_ROOT_UNAVAILABLE', 'TIMEOUT'));
    tokens.profile();
    expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
  });
});
