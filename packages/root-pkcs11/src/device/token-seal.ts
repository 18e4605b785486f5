import { timingSafeEqual } from 'node:crypto';
import { FieldsealError } from '@fieldseal/core';
import { encodeHead, type SlotRecord } from '../slot/slot-record.ts';
import { methodsOf, negotiate, passesSelfTest } from './negotiate.ts';
import { verdict } from './return-value.ts';
import type { SealMethod } from './seal-method.ts';
import type { TokenConnection } from './token-connection.ts';

/** Seals and opens with the keys of a connection. */
export interface TokenSeal {
  /** Throws what the module throws. */
  seal(secret: Buffer, context: Uint8Array): Promise<SlotRecord>;
  /**
   * The 32 bytes, for the caller to wipe; `null` when the token works and this is not its own. Throws what
   * the module throws.
   */
  open(record: SlotRecord, context: Uint8Array): Promise<Buffer | null>;
}

export function createTokenSeal(connection: TokenConnection): TokenSeal {
  const { module, sessions } = connection;
  let negotiated: Promise<SealMethod> | undefined;

  function bestMethod(): Promise<SealMethod> {
    negotiated ??= negotiate(connection).catch((error: unknown) => {
      negotiated = undefined;
      throw error;
    });
    return negotiated;
  }

  const openBy = (method: SealMethod, record: SlotRecord, context: Uint8Array) =>
    sessions.use((session) => method.open({ module, session }, record, context));

  async function works(methods: readonly SealMethod[]): Promise<boolean> {
    for (const method of methods) if (await passesSelfTest(connection, method)) return true;
    return false;
  }

  return {
    async seal(secret, context) {
      const method = await bestMethod();
      const record = await sessions.use((session) =>
        method.seal({ module, session }, secret, context),
      );
      const opened = record === undefined ? null : await openBy(method, record, context);
      const isSame = opened?.length === secret.length && timingSafeEqual(opened, secret);
      opened?.fill(0);
      if (record !== undefined && isSame) return record;
      const message = 'The token does not open what it sealed';
      throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'SELF_TEST' });
    },
    async open(record, context) {
      const methods = methodsOf(connection.keys).filter(({ head }) =>
        encodeHead(head).equals(encodeHead(record.head)),
      );
      const [method] = methods;
      if (method === undefined) return null;
      try {
        return await openBy(method, record, context);
      } catch (error) {
        if (verdict(error) === 'refused') return null;
        // the same number may stand for altered bytes and for a token in trouble
        const isTokenSound = verdict(error) === 'ambiguous' && (await works(methods));
        if (isTokenSound) return null;
        throw error;
      }
    },
  };
}
