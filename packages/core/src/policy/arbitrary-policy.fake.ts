import fc from 'fast-check';
import type { AccessRequest } from './access-request.ts';
import type { PolicyAction } from './policy-action.ts';
import type { PolicyConditionValue, PolicyStatement } from './policy-document.ts';

/** Small alphabets, so that statements and requests meet often. */
const some = <T>(...values: readonly T[]) => fc.subarray([...values], { minLength: 1 });
const PRINCIPALS = ['service/api', 'service/job', 'user/ann'] as const;
const ACTIONS: readonly PolicyAction[] = ['Encrypt', 'Decrypt', 'EnableKeyRotation', 'ListKeys'];

const principal = fc.oneof(
  fc.constant('*' as const),
  some(...PRINCIPALS, 'service/*', 'user/???').map((Fieldseal) => ({ Fieldseal })),
);
const action = some('kms:Encrypt', 'fieldseal:decrypt', 'kms:En*', 'kms:?ecrypt', '*');
const resource = some('*', 'key/k1', 'key/k?', 'key/k2', 'alias/kyc');

const texts = some<PolicyConditionValue>('a', 'A', 'b', 'a*', '?', '');
const textKey = fc.constantFrom(
  'kms:EncryptionContext:t',
  'kms:EncryptionContext:toString',
  'kms:EncryptionContextKeys',
  'fieldseal:ViaService',
);
const operatorOf = (names: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.constantFrom('', 'IfExists'))
    .map((parts) => parts.join(''));
const STRINGS = ['StringEquals', 'StringNotEquals', 'StringLike', 'StringNotLike'];
const stringOperator = operatorOf([
  ...STRINGS,
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
]);
const numberOperator = operatorOf(['NumericEquals', 'NumericNotEquals', 'NumericLessThan']);
const days = fc.constant('kms:RotationPeriodInDays');

const block = (
  operator: fc.Arbitrary<string>,
  key: fc.Arbitrary<string>,
  values: fc.Arbitrary<PolicyConditionValue[]>,
) => fc.tuple(operator, key, values).map(([o, k, v]) => [o, { [k]: v }] as const);
const condition = fc
  .array(
    fc.oneof(
      block(stringOperator, textKey, texts),
      block(numberOperator, days, some<PolicyConditionValue>(90, '100', 365)),
      block(fc.constant('Null'), textKey, some<PolicyConditionValue>('true', 'false')),
    ),
    { minLength: 1, maxLength: 2 },
  )
  .map((blocks) => Object.fromEntries(blocks));

const rest = { Principal: principal, Condition: fc.option(condition, { nil: undefined }) };

const allows = fc.record({
  Effect: fc.constant('Allow' as const),
  Action: action,
  Resource: resource,
  ...rest,
});
const plainDenies = fc.record({
  Effect: fc.constant('Deny' as const),
  Action: action,
  Resource: resource,
  ...rest,
});
const inverted = fc.record({
  Effect: fc.constant('Deny' as const),
  NotAction: action,
  NotResource: resource,
  ...rest,
});

/** Statements without an `undefined`, as they come out of JSON. */
const clean = <T extends object>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<PolicyStatement> =>
  arbitrary.map((statement) => JSON.parse(JSON.stringify(statement)) as PolicyStatement);

export const denyStatement = clean(fc.oneof(plainDenies, inverted));
export const allowStatement = clean(allows);
export const statements = fc.array(
  fc.oneof({ weight: 3, arbitrary: allowStatement }, { weight: 1, arbitrary: denyStatement }),
  { minLength: 1, maxLength: 5 },
);

const context = fc.dictionary(
  fc.constantFrom('t', 'T', 'toString'),
  fc.constantFrom('a', 'A', 'b', 'ab', ''),
);

export const accessRequest: fc.Arbitrary<AccessRequest> = fc
  .record({
    principal: fc.constantFrom(...PRINCIPALS).map((id) => ({ id })),
    action: fc.constantFrom(...ACTIONS),
    resource: fc.constantFrom('k1', 'k2', 'k10').map((id) => ({ type: 'key', id }) as const),
    now: fc.constant(0),
    encryptionContext: fc.option(context, { nil: undefined }),
    viaService: fc.constantFrom(undefined, 'a', 'b'),
    rotationPeriodInDays: fc.constantFrom(undefined, 90, 100, 200),
  })
  .map((request) => {
    const known = Object.entries(request).filter(([, value]) => value !== undefined);
    return Object.fromEntries(known) as unknown as AccessRequest;
  });
