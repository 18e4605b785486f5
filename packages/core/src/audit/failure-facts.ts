import { FieldsealError } from '../errors/fieldseal-error.ts';

/** What the trail keeps of a failure: its code, and the key that it names. */
export function failureFacts(error: unknown): {
  readonly errorCode: string;
  readonly keyId?: string;
} {
  if (!(error instanceof FieldsealError)) return { errorCode: 'ERR_INTERNAL' };
  const { code: errorCode, meta } = error;
  return { errorCode, ...(meta.keyId === undefined ? {} : { keyId: meta.keyId }) };
}
