import type { AccessRequest } from './access-request.ts';
import { POLICY_ACTIONS } from './policy-action.ts';
import type { PolicyStatement } from './policy-document.ts';

/**
 * The rules once more, read from the text of AWS and written without a thought for speed: every
 * statement is taken as it stands, for every request anew. Knows what the arbitrary documents use.
 */
type Values = string | number | boolean | readonly (string | number | boolean)[];

const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

function like(pattern: string, text: string): boolean {
  const source = [...pattern].map((c) => {
    if (c === '*') return '[^]*';
    return c === '?' ? '[^]' : c.replace(/[\\^$.|+(){}[\]/]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`).test(text);
}

/** Values under the keys that the arbitrary documents use. */
function factsOf(key: string, request: AccessRequest): readonly (string | number)[] {
  const [, name = ''] = key.split(/:(.*)/s);
  if (name.startsWith('EncryptionContext:')) {
    const wanted = name.slice('EncryptionContext:'.length).toLowerCase();
    const pairs = Object.entries(request.encryptionContext ?? {});
    return pairs.filter(([key]) => key.toLowerCase() === wanted).map(([, value]) => value);
  }
  if (name === 'EncryptionContextKeys') return Object.keys(request.encryptionContext ?? {});
  if (name === 'ViaService') return listOf(request.viaService);
  return listOf(request.rotationPeriodInDays);
}

function compare(operator: string, fact: string | number, value: string | number | boolean) {
  switch (operator) {
    case 'StringEquals':
      return fact === value;
    case 'StringEqualsIgnoreCase':
      return String(fact).toLowerCase() === String(value).toLowerCase();
    case 'StringLike':
      return like(String(value), String(fact));
    case 'NumericEquals':
      return Number(fact) === Number(value);
    default:
      return Number(fact) < Number(value);
  }
}

function holds(
  operator: string,
  key: string,
  values: Values,
  at: { request: AccessRequest; denies: boolean },
) {
  const facts = factsOf(key, at.request);
  if (operator === 'Null')
    return listOf(values).some((value) => String(value) === String(facts.length === 0));
  const ifExists = operator.endsWith('IfExists');
  const negated = operator.includes('Not');
  const plain = operator.replace('IfExists', '').replace('Not', '');
  if (facts.length === 0) return ifExists || negated;
  const fits = (fact: string | number) =>
    listOf(values).some((value) => compare(plain, fact, value)) !== negated;
  return at.denies ? facts.some(fits) : facts.every(fits);
}

function applies(statement: PolicyStatement, request: AccessRequest): boolean {
  const { Principal, Condition = {} } = statement;
  const names =
    typeof Principal === 'object' && 'Fieldseal' in Principal ? listOf(Principal.Fieldseal) : ['*'];
  const action = (pattern: string) =>
    like(pattern.replace(/^(kms|fieldseal):/i, '').toLowerCase(), request.action.toLowerCase());
  const resource = (pattern: string) =>
    request.resource.type === 'key' && like(pattern, `key/${request.resource.id}`);
  const denies = statement.Effect === 'Deny';
  return (
    names.some((name) => like(name, request.principal.id)) &&
    (statement.Action
      ? listOf(statement.Action).some(action)
      : !listOf(statement.NotAction).some(action)) &&
    (statement.Resource
      ? listOf(statement.Resource).some(resource)
      : !listOf(statement.NotResource).some(resource)) &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) =>
        holds(operator, key, values, { request, denies }),
      ),
    )
  );
}

/** What a key policy alone decides. */
export function decideByReference(statements: readonly PolicyStatement[], request: AccessRequest) {
  if (!POLICY_ACTIONS[request.action].on.includes('key')) return 'implicit-deny';
  const applying = statements.filter((statement) => applies(statement, request));
  if (applying.some(({ Effect }) => Effect === 'Deny')) return 'explicit-deny';
  return applying.length > 0 ? 'allow' : 'implicit-deny';
}
