import { FieldsealError } from '../errors/fieldseal-error.ts';

export const ALIAS: RegExp = /^alias\/[A-Za-z0-9/_-]{1,250}$/;
const SERVICE_PREFIX = 'alias/fieldseal/';
/** Whoever comes from there would take them for keys of AWS. */
const AWS_PREFIX = 'alias/aws/';

/** @throws `ERR_ALIAS_INVALID` */
export function checkAlias(alias: string): void {
  if (typeof alias !== 'string' || !ALIAS.test(alias)) {
    const message = 'An alias is "alias/" and 1 to 250 letters, digits, "/", "_" or "-"';
    throw new FieldsealError('ERR_ALIAS_INVALID', message);
  }
}

/** Aliases of service-managed keys, made on first use: `alias/fieldseal/<adapter>`. */
export function isServiceAlias(alias: string): boolean {
  return alias.startsWith(SERVICE_PREFIX);
}

/** @throws `ERR_ALIAS_INVALID` also for the reserved prefix. */
export function checkCustomerAlias(alias: string): void {
  checkAlias(alias);
  if (isServiceAlias(alias) || alias.startsWith(AWS_PREFIX)) {
    const message = 'Aliases that start with "alias/fieldseal/" or "alias/aws/" are reserved';
    throw new FieldsealError('ERR_ALIAS_INVALID', message, { alias });
  }
}
