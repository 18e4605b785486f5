import type { AccessRequest, Tags } from './access-request.ts';
import { foldCase, foldsTo } from './fold-case.ts';
import { POLICY_ACTIONS } from './policy-action.ts';
import { policyMalformed } from './policy-malformed.ts';
import { REFUSED_CONDITION_KEYS } from './refused-condition-keys.ts';

/** What a request says under a condition key; a list for keys with several values. */
export type Fact = string | number | boolean | readonly string[] | undefined;

/** `epoch`: seconds that AWS compares as a date and as a number. */
export type FactType = 'string' | 'strings' | 'number' | 'boolean' | 'date' | 'epoch';

export interface ConditionKey {
  /** Lower case and without the prefix: two spellings of one key have the same. */
  readonly name: string;
  readonly type: FactType;
  read(request: AccessRequest): Fact;
}

interface KeyFacts {
  readonly type: FactType;
  readonly prefix: 'kms' | 'aws';
  readonly read: ConditionKey['read'];
}

const kms = (type: FactType, read: ConditionKey['read']): KeyFacts => ({
  type,
  prefix: 'kms',
  read,
});
const aws = (type: FactType, read: ConditionKey['read']): KeyFacts => ({
  type,
  prefix: 'aws',
  read,
});

function aliasesOf({ resource }: AccessRequest): Fact {
  return resource.type === 'key' ? resource.aliases : undefined;
}

function trait(name: 'spec' | 'usage' | 'origin'): ConditionKey['read'] {
  return ({ resource }) => (resource.type === 'alias' ? undefined : resource[name]);
}

function constraintType({ newGrant }: AccessRequest): Fact {
  const { encryptionContextEquals, encryptionContextSubset } = newGrant?.constraints ?? {};
  const types = [
    ...(encryptionContextEquals === undefined ? [] : ['EncryptionContextEquals']),
    ...(encryptionContextSubset === undefined ? [] : ['EncryptionContextSubset']),
  ];
  // with both, a condition counts for both of them
  return types.length > 1 ? types : types[0];
}

/** Keys that encrypt have one algorithm, so nothing but the action has to say which. */
function encryptionAlgorithm({ action }: AccessRequest): Fact {
  return POLICY_ACTIONS[action].context ? 'SYMMETRIC_DEFAULT' : undefined;
}

const secondsNow: ConditionKey['read'] = ({ now }) => Math.floor(now / 1000);

const validTo: ConditionKey['read'] = (request) =>
  request.validTo === undefined ? undefined : request.validTo / 1000;

const keysOf = (tags: Tags | undefined): Fact =>
  tags === undefined ? undefined : Object.keys(tags);

/** The closed list; AWS names them in any letter case. `fieldseal:` goes before each of them. */
const KEYS: ReadonlyMap<string, KeyFacts> = new Map([
  ['encryptioncontextkeys', kms('strings', (request) => keysOf(request.encryptionContext))],
  ['requestalias', kms('string', (request) => request.requestAlias)],
  ['resourcealiases', kms('strings', aliasesOf)],
  ['viaservice', kms('string', (request) => request.viaService)],
  ['grantoperations', kms('strings', (request) => request.newGrant?.operations)],
  ['granteeprincipal', kms('string', (request) => request.newGrant?.granteePrincipal)],
  ['retiringprincipal', kms('string', (request) => request.newGrant?.retiringPrincipal)],
  ['grantconstrainttype', kms('string', constraintType)],
  ['rotationperiodindays', kms('number', (request) => request.rotationPeriodInDays)],
  ['schedulekeydeletionpendingwindowindays', kms('number', (r) => r.pendingWindowInDays)],
  ['reencryptonsamekey', kms('boolean', (request) => request.reEncryptOnSameKey)],
  ['bypasspolicylockoutsafetycheck', kms('boolean', (r) => r.bypassPolicyLockoutSafetyCheck)],
  ['encryptionalgorithm', kms('string', encryptionAlgorithm)],
  ['macalgorithm', kms('string', (request) => request.macAlgorithm)],
  ['wrappingalgorithm', kms('string', (request) => request.wrappingAlgorithm)],
  ['wrappingkeyspec', kms('string', (request) => request.wrappingKeySpec)],
  ['expirationmodel', kms('string', (request) => request.expirationModel)],
  ['validto', kms('epoch', validTo)],
  ['keyspec', kms('string', trait('spec'))],
  ['keyusage', kms('string', trait('usage'))],
  ['keyorigin', kms('string', trait('origin'))],
  ['principalid', aws('string', (request) => request.principal.id)],
  ['tagkeys', aws('strings', (request) => keysOf(request.requestTags))],
  ['currenttime', aws('date', secondsNow)],
  ['epochtime', aws('epoch', secondsNow)],
]);

/** Keys that go on with a name of the caller's choice. */
const FAMILIES: readonly {
  readonly start: string;
  readonly prefix: 'kms' | 'aws';
  readonly tags: (request: AccessRequest) => Tags | undefined;
}[] = [
  { start: 'encryptioncontext:', prefix: 'kms', tags: (r) => r.encryptionContext },
  { start: 'principaltag/', prefix: 'aws', tags: (r) => r.principal.tags },
  { start: 'requesttag/', prefix: 'aws', tags: (r) => r.requestTags },
  {
    start: 'resourcetag/',
    prefix: 'aws',
    tags: ({ resource }) => (resource.type === 'key' ? resource.tags : undefined),
  },
];

/**
 * Names in condition keys have no letter case (AWS), names of pairs and tags do: where two of
 * them differ by case alone both values count.
 */
function readTag(tags: Tags | undefined, name: string): Fact {
  let found: string | undefined;
  let several: string[] | undefined;
  for (const key in tags) {
    if (!foldsTo(key, name) || !Object.hasOwn(tags, key)) continue;
    const value = tags[key] as string;
    if (found === undefined) found = value;
    else several = [...(several ?? [found]), value];
  }
  return several ?? found;
}

function refuse(path: string, name: string): never {
  const reason = REFUSED_CONDITION_KEYS.get(name);
  throw policyMalformed(path, reason ?? 'is no condition key of this service');
}

/** @throws `ERR_POLICY_MALFORMED` */
export function parseConditionKey(text: string, path: string): ConditionKey {
  const lower = foldCase(text);
  const colon = lower.indexOf(':');
  const prefix = lower.slice(0, colon);
  const name = lower.slice(colon + 1);
  if (colon === -1 || !['fieldseal', 'kms', 'aws'].includes(prefix)) {
    throw policyMalformed(path, 'must start with "fieldseal:", "kms:" or "aws:"');
  }
  const known = KEYS.get(name);
  if (known !== undefined && (prefix === 'fieldseal' || prefix === known.prefix)) {
    return { name, type: known.type, read: known.read };
  }
  for (const family of FAMILIES) {
    if (!name.startsWith(family.start)) continue;
    if (prefix !== 'fieldseal' && prefix !== family.prefix) break;
    const tag = name.slice(family.start.length);
    if (tag === '') throw policyMalformed(path, 'must go on with a name');
    return { name, type: 'string', read: (request) => readTag(family.tags(request), tag) };
  }
  return refuse(path, name);
}
