import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { KeyState } from '../../keys/key-states.ts';
import { randomUuid } from '../primitives.ts';
import {
  requireDeletable,
  SCHEDULE_MEMBERS,
  type ScheduleDeletionRequest,
  scheduleDeletionEdit,
  windowOf,
} from './deletion.ts';
import { heedGrantTokens, type WithGrantTokens } from './grant-tokens.ts';
import { hasAllMaterial } from './key-materials.ts';
import {
  dateOf,
  isListed,
  KEY_SPECS,
  KEY_USAGES,
  type KeyMetadata,
  type KeySpec,
  type KeyUsage,
  keyMetadata,
  MAC_ALGORITHM_OF,
  requireCustomerKey,
} from './key-metadata.ts';
import { checkDocument, checkNewPolicy } from './key-policies.ts';
import {
  changeFacts,
  changeKey,
  type KmsParts,
  lookAtKey,
  namedKey,
  withFacts,
} from './kms-parts.ts';
import { NAME_BY_AGE, nameByAge, type PageEnd, type PageRequest, pageOf } from './page.ts';
import { boundedText, checkMembers, flag, invalidRequest, oneOf } from './request.ts';
import { isRotationDue, stageVersion } from './rotation-plan.ts';
import { checkTags, requireTagsOfNewKey, type Tag } from './tags.ts';

export interface CreateKeyRequest {
  /** Up to 8,192 characters. */
  readonly Description?: string;
  /** `ENCRYPT_DECRYPT` by default; `GENERATE_VERIFY_MAC` for the specs of HMAC. */
  readonly KeyUsage?: KeyUsage;
  /** `SYMMETRIC_DEFAULT` by default. */
  readonly KeySpec?: KeySpec;
  /** `FIELDSEAL` by default; `EXTERNAL`: material is imported afterwards. */
  readonly Origin?: 'FIELDSEAL' | 'EXTERNAL';
  /** A policy document as JSON; everybody in this environment may use the key without one. */
  readonly Policy?: string;
  readonly BypassPolicyLockoutSafetyCheck?: boolean;
  /** Whoever gives some needs the right to `TagResource` as well. */
  readonly Tags?: readonly Tag[];
}

/** Making keys, looking at them, switching them off and on, and ending them. */
export interface KeyLifecycle {
  /**
   * Makes a key with one version.
   * @throws `ERR_REQUEST_INVALID`, `ERR_POLICY_MALFORMED`, `ERR_LIMIT_EXCEEDED`
   */
  createKey(request?: CreateKeyRequest): Promise<{ readonly KeyMetadata: KeyMetadata }>;
  /** @param request - `KeyId` takes an alias too. */
  describeKey(
    request: WithGrantTokens & { readonly KeyId: string },
  ): Promise<{ readonly KeyMetadata: KeyMetadata }>;
  /** All keys but those that only the service itself uses; oldest first. */
  listKeys(
    request?: PageRequest,
  ): Promise<PageEnd & { readonly Keys: readonly { readonly KeyId: string }[] }>;
  updateKeyDescription(request: {
    readonly KeyId: string;
    readonly Description: string;
  }): Promise<void>;
  enableKey(request: { readonly KeyId: string }): Promise<void>;
  /** From now on nothing opens or seals under the key, in other processes within 10 s. */
  disableKey(request: { readonly KeyId: string }): Promise<void>;
  /**
   * Ends a key after 7 to 30 days (30 by default). Until then the key is of no use, and the end
   * can be cancelled. Refused while cells are counted under it.
   * @throws `ERR_KEY_IN_USE`, `ERR_KEY_STATE`, `ERR_OPERATION_UNSUPPORTED`
   */
  scheduleKeyDeletion(request: ScheduleDeletionRequest): Promise<{
    readonly KeyId: string;
    readonly DeletionDate: Date;
    readonly KeyState: KeyState;
    readonly PendingWindowInDays: number;
  }>;
  /** The key is `Disabled` afterwards. */
  cancelKeyDeletion(request: { readonly KeyId: string }): Promise<{ readonly KeyId: string }>;
}

const MAX_DESCRIPTION = 8192;

/** Spec and usage have to belong together (AWS KMS: ValidationException). */
function specAndUsage(request: CreateKeyRequest): {
  readonly spec: KeySpec;
  readonly usage: KeyUsage;
} {
  const spec = oneOf('KeySpec', request.KeySpec, KEY_SPECS, 'SYMMETRIC_DEFAULT');
  const usage = oneOf('KeyUsage', request.KeyUsage, KEY_USAGES, 'ENCRYPT_DECRYPT');
  const isMac = MAC_ALGORITHM_OF[spec] !== undefined;
  if (isMac === (usage === 'GENERATE_VERIFY_MAC')) return { spec, usage };
  throw invalidRequest('KeyUsage', `Keys of ${spec} have another usage`);
}

export function createKeyLifecycle(parts: KmsParts): KeyLifecycle {
  const { control, access, rows, primitives } = parts;

  async function switchTo(operation: 'EnableKey' | 'DisableKey', keyId: string): Promise<void> {
    const state: KeyState = operation === 'EnableKey' ? 'Enabled' : 'Disabled';
    const time = await parts.time.shared();
    await changeKey(parts, {
      keyId,
      operation,
      edit(snapshot, key) {
        requireCustomerKey(key, operation);
        if (key.state === state) return null;
        // as in AWS KMS: what was not rotated while it was disabled is rotated at once
        const enabled: KeyRecord = { ...key, state };
        const overdue = isRotationDue(snapshot, enabled, time)
          ? stageVersion(parts, snapshot, { key, type: 'AUTOMATIC', time })
          : [];
        return { put: [rows.changedKey(key, { state }), ...overdue] };
      },
    });
  }

  function metadataOf(keyId: string): KeyMetadata {
    const snapshot: ControlSnapshot = control.snapshot();
    return keyMetadata(snapshot, snapshot.keys.get(keyId) as KeyRecord);
  }

  return {
    async createKey(request = {}) {
      checkMembers(request, [
        'Description',
        'KeyUsage',
        'KeySpec',
        'Origin',
        'Policy',
        'BypassPolicyLockoutSafetyCheck',
        'Tags',
      ]);
      const { spec, usage } = specAndUsage(request);
      const origin = oneOf('Origin', request.Origin, ['FIELDSEAL', 'EXTERNAL'], 'FIELDSEAL');
      if (origin === 'EXTERNAL' && spec !== 'SYMMETRIC_DEFAULT' && spec !== 'HMAC_256') {
        throw invalidRequest('KeySpec', 'Imported material has 32 bytes');
      }
      const text = boundedText('Description', request.Description ?? '', 0, MAX_DESCRIPTION);
      const bypass = flag('BypassPolicyLockoutSafetyCheck', request.BypassPolicyLockoutSafetyCheck);
      const tags = request.Tags === undefined ? new Map<string, string>() : checkTags(request.Tags);
      if (request.Policy !== undefined) checkDocument(parts, request.Policy);
      const creation = parts.creationOf(request.Policy);
      const id = creation?.keyId ?? randomUuid(primitives.random);
      const state: KeyState = origin === 'EXTERNAL' ? 'PendingImport' : 'Enabled';
      const description = text === '' ? null : text;
      const made = { id, spec, usage, origin, owner: 'CUSTOMER', state, description } as const;
      const asked = { spec, usage, origin };
      await control.change((snapshot) => {
        const facts = {
          resource: { type: 'store', ...asked },
          requestTags: Object.fromEntries(tags),
          bypassPolicyLockoutSafetyCheck: bypass,
        } as const;
        const decision = access.service(snapshot, { operation: 'CreateKey', facts });
        const resource = { type: 'key', id, ...asked } as const;
        requireTagsOfNewKey(parts, snapshot, { resource, tags });
        const tagged = { ...resource, tags: Object.fromEntries(tags) };
        const document = checkNewPolicy(parts, request.Policy, { resource: tagged, bypass });
        return {
          audit: changeFacts(parts, { operation: 'CreateKey', keyId: id, decision }),
          put: [
            rows.key(made),
            ...(origin === 'EXTERNAL' ? [] : [rows.version(made, { number: 1, state: 'PRIMARY' })]),
            ...[...tags].map(([name, value]) => rows.tag(id, name, value)),
            ...(document === undefined ? [] : [rows.policy(id, document)]),
            ...(creation === undefined ? [] : [rows.approval(creation)]),
          ],
        };
      });
      return { KeyMetadata: metadataOf(id) };
    },

    async describeKey(request) {
      checkMembers(request, ['KeyId', 'GrantTokens']);
      await heedGrantTokens(parts, request);
      const { KeyId } = request;
      const { snapshot, key } = lookAtKey(parts, { keyId: KeyId, operation: 'DescribeKey' });
      return { KeyMetadata: keyMetadata(snapshot, key) };
    },

    async listKeys(request = {}) {
      checkMembers(request, ['Limit', 'Marker']);
      const snapshot = control.snapshot();
      access.service(snapshot, { operation: 'ListKeys' });
      const keys = [...snapshot.keys.values()].filter(isListed);
      const { page, end } = pageOf(request, keys, { nameOf: nameByAge, pattern: NAME_BY_AGE });
      return { Keys: page.map(({ id }) => ({ KeyId: id })), ...end };
    },

    async updateKeyDescription(request) {
      checkMembers(request, ['KeyId', 'Description']);
      const text = boundedText('Description', request.Description, 0, MAX_DESCRIPTION);
      await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'UpdateKeyDescription',
        edit(_snapshot, key) {
          requireCustomerKey(key, 'UpdateKeyDescription');
          return { put: [rows.changedKey(key, { description: text === '' ? null : text })] };
        },
      });
    },

    async enableKey(request) {
      checkMembers(request, ['KeyId']);
      await switchTo('EnableKey', request.KeyId);
    },
    async disableKey(request) {
      checkMembers(request, ['KeyId']);
      await switchTo('DisableKey', request.KeyId);
    },

    async scheduleKeyDeletion(request) {
      checkMembers(request, SCHEDULE_MEMBERS);
      // before anything is looked at: a malformed request is that, whatever the state
      windowOf(request);
      await requireDeletable(parts, request);
      const now = await parts.time.latest();
      let scheduled = { keyId: '', at: 0n, days: 0 };
      await control.change((snapshot) => {
        const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
        const change = { snapshot, key, request, approved: false, now };
        const checked = scheduleDeletionEdit(parts, change);
        const { at, days } = checked;
        scheduled = { keyId: key.id, at, days };
        return withFacts(parts, 'ScheduleKeyDeletion', key.id, checked);
      });
      return {
        KeyId: scheduled.keyId,
        KeyState: 'PendingDeletion',
        DeletionDate: dateOf(scheduled.at),
        PendingWindowInDays: scheduled.days,
      };
    },

    async cancelKeyDeletion(request) {
      checkMembers(request, ['KeyId']);
      const { id } = await changeKey(parts, {
        keyId: request.KeyId,
        operation: 'CancelKeyDeletion',
        edit(snapshot, key) {
          // a key that never had material, or lost it, has to get some before it can be enabled
          const state = hasAllMaterial(snapshot, key) ? 'Disabled' : 'PendingImport';
          return { put: [rows.changedKey(key, { state, deletion_at: null })] };
        },
      });
      return { KeyId: id };
    },
  };
}
