import { expect, test, vi } from 'vitest';
import { loadCryptokiModule } from './cryptoki-module.ts';

vi.mock('pkcs11js', () => {
  throw new TypeError('Cannot find module ./build/Release/pkcs11.node of /home/asha');
});

test('without pkcs11js it says what to install, and nothing of the error', async () => {
  await expect(loadCryptokiModule('/usr/lib/any.so', undefined)).rejects.toMatchObject({
    code: 'ERR_CONFIG_INVALID',
    message: expect.stringMatching(/install.*pkcs11js|pkcs11js.*install/),
    meta: { reason: 'PKCS11JS_MISSING' },
  });
});
