import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { invalidOption } from '../invalid-option.ts';
import type { Point } from '../marshalling/public-area.ts';

/** A key as PEM, or as Node has it. */
export type PolicyKey = string | KeyObject;

const INVALID = 'A policy key is an ECDSA key on P-256, as PEM or KeyObject';

/** The key; `undefined` for what is none, whose error may quote it. */
function parsed(key: PolicyKey, parse: (pem: string) => KeyObject): KeyObject | undefined {
  try {
    return typeof key === 'string' ? parse(key) : key;
  } catch {
    return undefined;
  }
}

const isOnCurve = (key: KeyObject | undefined): key is KeyObject =>
  key?.asymmetricKeyDetails?.namedCurve === 'prime256v1';

/** @throws `ERR_CONFIG_INVALID` */
export function readPrivateKey(key: PolicyKey): KeyObject {
  const found = parsed(key, createPrivateKey);
  if (isOnCurve(found) && found.type === 'private') return found;
  throw invalidOption('key', INVALID);
}

/** The public half of a policy key. @throws `ERR_CONFIG_INVALID` */
export function readPolicyKey(key: PolicyKey): Point {
  const found = parsed(key, createPublicKey);
  if (!isOnCurve(found)) throw invalidOption('policy.key', INVALID);
  const publicKey = found.type === 'public' ? found : createPublicKey(found);
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  return { x: Buffer.from(x, 'base64url'), y: Buffer.from(y, 'base64url') };
}

/** A point as a key that verifies. */
export function keyOfPoint({ x, y }: Point): KeyObject {
  const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') };
  return createPublicKey({ key: jwk, format: 'jwk' });
}
