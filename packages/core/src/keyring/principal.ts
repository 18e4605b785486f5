import { createAmbientValue } from '#ambient';
import { FieldsealError } from '../errors/fieldseal-error.ts';

const PRINCIPAL = /^[A-Za-z0-9_.:@/+=,-]{1,256}$/;

/** What the service does by itself is done in this name. */
const SERVICE = 'service/fieldseal';

/** Who asks, as the application says: policies, grants and the audit trail name it. */
export interface Principals {
  /** @throws `ERR_PRINCIPAL_REQUIRED` outside of `as` when the keyring has no principal. */
  current(): string;
  /** Who asks, or the service itself where nobody does: for what it does by itself. */
  orService(): string;
  /** @throws `ERR_CONFIG_INVALID` for a malformed name. */
  as<T>(principal: string, work: () => T | PromiseLike<T>): Promise<T>;
}

/** Whether a text can name a principal: 1 to 256 of `A-Z a-z 0-9 _ . : @ / + = , -`. */
export function isPrincipal(value: unknown): value is string {
  return typeof value === 'string' && PRINCIPAL.test(value);
}

/** @param outside - Who asks outside of every `as`; `undefined`: nobody may. */
export function createPrincipals(outside: string | undefined): Principals {
  const ambient = createAmbientValue<string | undefined>(outside);
  return {
    orService: () => ambient.current() ?? SERVICE,
    current() {
      const principal = ambient.current();
      if (principal !== undefined) return principal;
      const message = 'Nobody asks: give the keyring a principal, or wrap the call in keyring.as()';
      throw new FieldsealError('ERR_PRINCIPAL_REQUIRED', message);
    },
    async as(principal, work) {
      if (!isPrincipal(principal)) {
        const message = 'A principal is 1 to 256 letters, digits or one of _ . : @ / + = , -';
        throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'principal' });
      }
      return ambient.run(principal, work);
    },
  };
}
