import type { Handle } from './cryptoki.ts';
import type { CryptokiModule } from './cryptoki-module.ts';
import type { SessionPool } from './session-pool.ts';

/** A public key of RSA, as a token tells it. */
export interface RsaPublicKey {
  readonly modulus: Buffer;
  readonly exponent: Buffer;
}

/** The keys of a root on its token. Handles hold for one connection. */
export type TokenKeys =
  | { readonly kind: 'aes'; readonly key: Handle; readonly macKey: Handle | undefined }
  | { readonly kind: 'rsa'; readonly key: Handle; readonly publicKey: RsaPublicKey };

/** Logged in to a token, with its keys found. */
export interface TokenConnection {
  readonly module: CryptokiModule;
  readonly generation: number;
  readonly keys: TokenKeys;
  readonly sessions: SessionPool;
}
