import { createAmbientValue } from '#ambient';
import { TRAIL_PRINCIPAL } from '../audit/trail-principal.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { AccessPrincipal } from '../policy/access-request.ts';
import { SERVICE_PRINCIPAL } from './service-principal.ts';

const PRINCIPAL = /^[A-Za-z0-9_.:@/+=,-]{1,256}$/;

/** Where somebody has to ask and nobody does, the trail says so; no principal can have this name. */
const NOBODY = '(nobody)';

/** Names of what Fieldseal does by itself: an application that had one would hide behind it in the trail. */
const RESERVED = [SERVICE_PRINCIPAL, TRAIL_PRINCIPAL];

const MAX_TAGS = 50;
const MAX_TAG_NAME = 128;
const MAX_TAG_VALUE = 256;

/** Who asks, with a text that is the same for nobody else: also not for the same name with other tags. */
export interface AskingPrincipal extends AccessPrincipal {
  readonly question: string;
}

/** Who asks, as the application says: policies, grants and the audit trail name it. */
export interface Principals {
  /** @throws `ERR_PRINCIPAL_REQUIRED` outside of `as` when the keyring has no principal. */
  current(): string;
  /** The same with its tags, which conditions of policies ask for. @throws `ERR_PRINCIPAL_REQUIRED` */
  asking(): AskingPrincipal;
  /** Who asks, or the service itself where nobody does: for what it does by itself. */
  orService(): string;
  /** Who asks, for the trail of a call that takes somebody: a name of nobody where nobody does. */
  orNobody(): string;
  /** @throws `ERR_CONFIG_INVALID` for a malformed name or tags. */
  as<T>(principal: string | AccessPrincipal, work: () => T | PromiseLike<T>): Promise<T>;
}

/** Whether a text can name a principal: 1 to 256 of `A-Z a-z 0-9 _ . : @ / + = , -`. */
export function isPrincipal(value: unknown): value is string {
  return typeof value === 'string' && PRINCIPAL.test(value);
}

/** Whether somebody can ask in this name. */
function isAsking(value: unknown): value is string {
  return isPrincipal(value) && !RESERVED.includes(value);
}

function isTag([name, value]: readonly [string, unknown]): boolean {
  const isNamed = name.length >= 1 && name.length <= MAX_TAG_NAME;
  return isNamed && typeof value === 'string' && value.length <= MAX_TAG_VALUE;
}

/**
 * A principal as the application gave it, copied: a name, or a name with tags.
 * @returns `undefined` for what is neither
 */
export function readPrincipal(given: unknown): AskingPrincipal | undefined {
  if (isAsking(given)) return { id: given, question: given };
  if (typeof given !== 'object' || given === null) return undefined;
  const { id, tags = {}, ...rest } = given as Partial<Record<keyof AccessPrincipal, unknown>>;
  if (!isAsking(id) || Object.keys(rest).length > 0) return undefined;
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) return undefined;
  const pairs = Object.entries(tags);
  if (pairs.length > MAX_TAGS || !pairs.every(isTag)) return undefined;
  // a name has neither space nor brackets, so no name is a name with tags
  const question = `${id} ${JSON.stringify(pairs)}`;
  return { id, tags: Object.fromEntries(pairs) as Record<string, string>, question };
}

/** What is wrong when {@link readPrincipal} gives nothing. */
export const PRINCIPAL_RULE: string =
  'Must be 1 to 256 letters, digits or one of _ . : @ / + = , - but not ' +
  `${RESERVED.join(' or ')}, or { id, tags } with such an id and at most ` +
  `${MAX_TAGS} tags: names of 1 to ${MAX_TAG_NAME} and values of at most ${MAX_TAG_VALUE} characters`;

/** @param outside - Who asks outside of every `as`; `undefined`: nobody may. */
export function createPrincipals(outside: string | AccessPrincipal | undefined): Principals {
  const ambient = createAmbientValue<AskingPrincipal | undefined>(readPrincipal(outside));

  function asking(): AskingPrincipal {
    const principal = ambient.current();
    if (principal !== undefined) return principal;
    const message = 'Nobody asks: give the keyring a principal, or wrap the call in keyring.as()';
    throw new FieldsealError('ERR_PRINCIPAL_REQUIRED', message);
  }

  return {
    orService: () => ambient.current()?.id ?? SERVICE_PRINCIPAL,
    orNobody: () => ambient.current()?.id ?? NOBODY,
    current: () => asking().id,
    asking,
    async as(given, work) {
      const principal = readPrincipal(given);
      if (principal !== undefined) return ambient.run(principal, work);
      const message = `A principal ${PRINCIPAL_RULE.toLowerCase()}`;
      throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'principal' });
    },
  };
}
