import { WRAPPING_ALGORITHMS, WRAPPING_KEY_SPECS } from '../../cipher/import-wrapping.ts';
import type { GrantConstraints } from '../../keys/key-records.ts';
import type { AccessRequest } from '../../policy/access-request.ts';
import type { PolicyAction } from '../../policy/policy-action.ts';
import { windowOf } from './deletion.ts';
import { termsOf } from './grant-terms.ts';
import { expiryFacts, expiryOf } from './import-material.ts';
import { KEY_SPECS, KEY_USAGES } from './key-metadata.ts';
import { boundedText, checkMembers, flag, invalidRequest, oneOf, wholeNumber } from './request.ts';
import { checkTags, type Tag } from './tags.ts';

/** What a call that is asked about takes, by the names that it has there. */
export interface ExplainedRequest {
  /** Needed by the operations on aliases. */
  readonly AliasName?: string;
  readonly PendingWindowInDays?: number;
  readonly RotationPeriodInDays?: number;
  readonly BypassPolicyLockoutSafetyCheck?: boolean;
  readonly Tags?: readonly Tag[];
  readonly TagKeys?: readonly string[];
  readonly WrappingAlgorithm?: string;
  readonly WrappingKeySpec?: string;
  readonly ExpirationModel?: string;
  readonly ValidTo?: Date;
  /** Needed by `RetireGrant`. */
  readonly GrantId?: string;
  /** Needed by `CreateGrant`, as `Operations`. */
  readonly GranteePrincipal?: string;
  readonly RetiringPrincipal?: string;
  readonly Operations?: readonly PolicyAction[];
  readonly Constraints?: GrantConstraints;
  readonly NotBefore?: Date;
  readonly NotAfter?: Date;
  readonly KeySpec?: string;
  readonly KeyUsage?: string;
  readonly Origin?: string;
  /** Whether `ReEncryptFrom` and `ReEncryptTo` are about one key. */
  readonly ReEncryptOnSameKey?: boolean;
}

type Facts = Partial<AccessRequest>;
type Reader = (request: ExplainedRequest, call: { keyId: string; now: number }) => Facts;

const tagFacts: Reader = ({ Tags = [] }) => ({ requestTags: Object.fromEntries(checkTags(Tags)) });

const untagFacts: Reader = ({ TagKeys = [] }) => {
  if (!Array.isArray(TagKeys)) throw invalidRequest('TagKeys', 'Must be a list of names');
  const names = TagKeys.map((name) => boundedText('TagKeys', name, 1, 128));
  return { requestTags: Object.fromEntries(names.map((name) => [name, ''])) };
};

const bypassFacts: Reader = ({ BypassPolicyLockoutSafetyCheck }) => ({
  bypassPolicyLockoutSafetyCheck: flag(
    'BypassPolicyLockoutSafetyCheck',
    BypassPolicyLockoutSafetyCheck,
  ),
});

const sameKeyFacts: Reader = ({ ReEncryptOnSameKey }) => ({
  reEncryptOnSameKey: flag('ReEncryptOnSameKey', ReEncryptOnSameKey),
});

const newKeyFacts: Reader = (request, call) => {
  const spec = oneOf('KeySpec', request.KeySpec, KEY_SPECS, 'SYMMETRIC_DEFAULT');
  const usage = oneOf('KeyUsage', request.KeyUsage, KEY_USAGES, 'ENCRYPT_DECRYPT');
  const origin = oneOf('Origin', request.Origin, ['FIELDSEAL', 'EXTERNAL'], 'FIELDSEAL');
  const resource = { type: 'store', spec, usage, origin } as const;
  return { resource, ...tagFacts(request, call), ...bypassFacts(request, call) };
};

/** What conditions can ask of each operation, with the defaults of the call itself. */
const READERS: Readonly<Partial<Record<PolicyAction, Reader>>> = {
  CreateKey: newKeyFacts,
  TagResource: tagFacts,
  UntagResource: untagFacts,
  PutKeyPolicy: bypassFacts,
  ReEncryptFrom: sameKeyFacts,
  ReEncryptTo: sameKeyFacts,
  ScheduleKeyDeletion: (request, { keyId }) => ({
    pendingWindowInDays: windowOf({ KeyId: keyId, ...request }),
  }),
  EnableKeyRotation: ({ RotationPeriodInDays }) => ({
    rotationPeriodInDays: wholeNumber('RotationPeriodInDays', RotationPeriodInDays, {
      least: 90,
      most: 2560,
      otherwise: 365,
    }),
  }),
  GetParametersForImport: ({ WrappingAlgorithm, WrappingKeySpec }) => ({
    wrappingAlgorithm: oneOf('WrappingAlgorithm', WrappingAlgorithm, WRAPPING_ALGORITHMS),
    wrappingKeySpec: oneOf('WrappingKeySpec', WrappingKeySpec, WRAPPING_KEY_SPECS),
  }),
  ImportKeyMaterial: ({ ExpirationModel, ValidTo }, { now }) =>
    expiryFacts(expiryOf(now, ExpirationModel, ValidTo)),
  CreateGrant: (request, { keyId }) => ({
    newGrant: termsOf({ KeyId: keyId, ...request } as Parameters<typeof termsOf>[0], keyId),
  }),
  RetireGrant: ({ GrantId }) => ({ grantId: boundedText('GrantId', GrantId, 1, 128) }),
};

/** Members of requests that conditions can ask of, and what tells them apart. */
export const EXPLAINED_MEMBERS: readonly string[] = [
  'AliasName',
  'PendingWindowInDays',
  'RotationPeriodInDays',
  'BypassPolicyLockoutSafetyCheck',
  'Tags',
  'TagKeys',
  'WrappingAlgorithm',
  'WrappingKeySpec',
  'ExpirationModel',
  'ValidTo',
  'GrantId',
  'GranteePrincipal',
  'RetiringPrincipal',
  'Operations',
  'Constraints',
  'NotBefore',
  'NotAfter',
  'KeySpec',
  'KeyUsage',
  'Origin',
  'ReEncryptOnSameKey',
];

/** What policies could ask of a call. @throws `ERR_REQUEST_INVALID` as the call itself would */
export function explainedFacts(
  operation: PolicyAction,
  request: ExplainedRequest,
  call: { readonly keyId: string; readonly now: number },
): Facts {
  checkMembers(request, EXPLAINED_MEMBERS);
  return READERS[operation]?.(request, call) ?? {};
}
