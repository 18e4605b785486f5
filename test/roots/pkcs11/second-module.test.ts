import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Pkcs11Root, pkcs11Root } from '@fieldseal/root-pkcs11';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { temporaryFolder } from '../../../scripts/temporary-folder.mjs';
import { describeTokens, NSS } from './pkcs11-parts.ts';
import { CONTEXT, ROOT_KEY, turned } from './slot-context.ts';
import { makeTokens } from './soft-token.ts';

describeTokens('a root on the token of NSS', () => {
  const folder = temporaryFolder('nss');
  const roots: Pkcs11Root[] = [];
  const PIN = 'nss-pin-7';
  const module = NSS ?? '';
  const label = 'NSS Certificate DB';
  const libraryParameters = `configdir='sql:${folder.path}/db' certPrefix='' keyPrefix='' secmod='secmod.db' flags=`;

  beforeAll(() => {
    mkdirSync(join(folder.path, 'db'));
    const keys = [{ name: 'root-1' }, { name: 'pair', type: 'rsa' as const }];
    const tokens = { [label]: keys };
    makeTokens({ module, libraryParameters, soPin: '', pin: PIN, tokens });
  });
  afterAll(async () => {
    for (const root of roots) await root.close();
    folder.remove();
  });

  it.each([
    ['root-1', 'pkcs11-aes-gcm-own-iv', 3],
    // NSS takes long to read a private key
    ['pair', 'pkcs11-rsa-oaep-sha256', 50],
  ] as const)(
    'with the key %s opens what it sealed by %s, and nothing else',
    async (key, mechanism, step) => {
      const root = pkcs11Root({
        module,
        libraryParameters,
        token: { label },
        key: { label: key },
        pin: () => PIN,
      });
      roots.push(root);
      const slot = await root.seal(ROOT_KEY, CONTEXT);
      expect(slot.mechanism).toBe(mechanism);
      expect(await root.open(slot, CONTEXT)).toEqual(ROOT_KEY);
      expect(await root.open(slot, { ...CONTEXT, environment: 'prod' })).toBeNull();
      for (let at = 0; at < slot.sealed.length; at += step) {
        expect(await root.open(turned(slot, at), CONTEXT)).toBeNull();
      }
    },
  );
});
