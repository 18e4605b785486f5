import { FieldsealError, type Root } from '@fieldseal/core';
import { checkOptions, type Pkcs11RootOptions } from './pkcs11-root-options.ts';
import { contextDigest } from './slot/context-digest.ts';
import { createTokenLink } from './token-link.ts';

/** A root that holds sessions of a token. */
export interface Pkcs11Root extends Root {
  /** Gives its sessions back. A later call opens new ones. */
  close(): Promise<void>;
}

/** A thread that breaks its contract. */
function unexpected(): FieldsealError {
  return new FieldsealError('ERR_INTERNAL', 'The thread of the PKCS#11 module gave no such answer');
}

/**
 * A key on a PKCS#11 token, such as an HSM, as a root. The token seals and opens the root key; its own key
 * never leaves it. It is asked in a thread, so that a slow token holds nobody up.
 *
 * @throws `ERR_CONFIG_INVALID`. Its methods: also `ERR_ROOT_UNAVAILABLE` when the token is away or does not
 * answer, `ERR_ROOT_REFUSED` when it refuses the PIN.
 *
 * @example
 * ```ts
 * import { pkcs11Root } from '@fieldseal/root-pkcs11';
 *
 * const root = pkcs11Root({
 *   module: '/usr/lib/softhsm/libsofthsm2.so',
 *   token: { label: 'fieldseal' },
 *   key: { label: 'root-1' },
 *   pin: { file: '/run/credentials/hsm-pin' },
 * });
 * ```
 */
export function pkcs11Root(options: Pkcs11RootOptions): Pkcs11Root {
  const checked = checkOptions(options);
  const { recovery, interactive, failureDomain } = checked;
  const link = createTokenLink(checked);
  return {
    kind: 'pkcs11',
    development: false,
    recovery,
    interactive,
    failureDomain,
    async seal(rootKey, context) {
      const digest = contextDigest(context);
      const answer = await link.ask(() => ({
        call: 'seal',
        secret: new Uint8Array(rootKey),
        context: digest,
      }));
      if (answer.outcome !== 'sealed') throw unexpected();
      const { mechanism, sealed } = answer;
      return { mechanism, sealed };
    },
    async open({ mechanism, sealed }, context) {
      const digest = contextDigest(context);
      const answer = await link.ask(() => ({ call: 'open', mechanism, sealed, context: digest }));
      if (answer.outcome === 'foreign') return null;
      if (answer.outcome !== 'opened') throw unexpected();
      return answer.secret;
    },
    close: () => link.close(),
  };
}
