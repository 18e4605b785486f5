import { encodeContext } from '../../bytes/context.ts';
import {
  type ApprovalRecord,
  EVERY_KEY,
  type ProposalRecord,
} from '../../keys/approval-records.ts';
import type { KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import { deriveKey } from '../../keys/derive.ts';
import type { KeyGrantRecord, KeySettingRecord } from '../../keys/key-records.ts';
import type { KeyState, VersionState } from '../../keys/key-states.ts';
import type { ControlRow } from '../../keys/key-store.ts';
import type { ColumnValue } from '../../keys/record-schema.ts';
import type { RootKey } from '../../keys/root-key.ts';
import { type ShreddedScope, writeShreddedScope } from '../../keys/shredded-scopes.ts';
import type { StoreSecrets } from '../../keys/store-secrets.ts';
import { WRAP_BYTES } from '../../keys/wrap.ts';
import { keyVersionContext } from '../../keys/wrap-context.ts';
import { phaseRow } from '../phase-row.ts';
import { microseconds, type Primitives, randomBytes } from '../primitives.ts';

/** What a key is from its first day on. */
export interface NewKeyFacts {
  readonly id: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: string;
  readonly owner: 'SERVICE' | 'CUSTOMER';
  readonly state: KeyState;
  readonly description: string | null;
}

/** When a version is to end; `null`: it is not. */
export interface VersionTimes {
  readonly retire_at: bigint | null;
  readonly deletion_at: bigint | null;
}

/** Makes the control rows of keys, with their MACs. */
export interface RowMaker {
  key(facts: NewKeyFacts): ControlRow;
  /** A key's row with some columns changed. */
  changedKey(key: KeyRecord, columns: Readonly<Record<string, ColumnValue>>): ControlRow;
  /** @param material - 32 bytes, random when absent; the caller wipes its own. */
  version(
    key: Pick<NewKeyFacts, 'id' | 'usage' | 'origin'>,
    version: { readonly number: number; readonly state: VersionState },
    material?: Uint8Array,
    /** When imported material ends, in microseconds since 1970. */
    expiresAt?: bigint | null,
  ): ControlRow;
  /** Imported material that is here, with another end. */
  extendedVersion(version: KeyVersionRecord, expiresAt: bigint | null): ControlRow;
  changedVersion(
    version: KeyVersionRecord,
    state: VersionState,
    columns?: VersionTimes,
  ): ControlRow;
  /** A version without its material: nothing brings it back. */
  destroyedVersion(version: KeyVersionRecord, state?: 'DESTROYED' | 'REVOKED'): ControlRow;
  /** A version whose imported material is here again. */
  restoredVersion(
    key: KeyRecord,
    version: KeyVersionRecord,
    restored: {
      readonly state: VersionState;
      readonly material: Uint8Array;
      readonly expiresAt: bigint | null;
    },
  ): ControlRow;
  commitment(material: Uint8Array): Uint8Array;
  alias(name: string, keyId: string, createdAt?: bigint): ControlRow;
  rotation(rotation: {
    readonly keyId: string;
    readonly version: number;
    readonly type: string;
    readonly stagedAt: bigint;
    readonly activateAt: bigint;
  }): ControlRow;
  setting(setting: KeySettingRecord): ControlRow;
  tag(keyId: string, name: string, value: string): ControlRow;
  policy(keyId: string, document: string): ControlRow;
  grant(grant: Omit<KeyGrantRecord, 'row' | 'createdAt'>): ControlRow;
  proposal(proposal: Omit<ProposalRecord, 'row'>): ControlRow;
  approval(approval: Omit<ApprovalRecord, 'row'>): ControlRow;
  /** Of a field, or the state of an index. */
  phase(id: string, phase: string): ControlRow;
  tombstone(id: Uint8Array, kind: string, reason: string | null): ControlRow;
  /** The tombstone of a tenant or subject. */
  shredded(scope: ShreddedScope, kind: string, createdAt?: bigint): ControlRow;
}

export function createRowMaker(options: {
  readonly primitives: Primitives;
  readonly environment: string;
  readonly rootKey: RootKey;
  readonly secrets: StoreSecrets;
}): RowMaker {
  const { primitives, environment, rootKey, secrets } = options;
  const { engine, random, clock } = primitives;
  const now = (): bigint => microseconds(clock);

  function commitment(material: Uint8Array): Uint8Array {
    return deriveKey(engine, 'key-version', material, { use: 'commit' });
  }

  function wrapped(
    place: { readonly keyId: string; readonly usage: string; readonly origin: string },
    version: number,
    material: Uint8Array,
  ): { readonly commitment: Uint8Array; readonly wrapped: Uint8Array } {
    const committed = commitment(material);
    const context = keyVersionContext({ ...place, environment, version, commitment: committed });
    return { commitment: committed, wrapped: rootKey.wrap(random, material, context) };
  }

  return {
    commitment,
    key: (facts) => secrets.sealRow('key', { ...facts, deletion_at: null, created_at: now() }),
    changedKey: (key, columns) => secrets.sealRow('key', { ...key.row.columns, ...columns }),
    version(key, { number, state }, material, expiresAt = null) {
      const bytes = material ?? randomBytes(random, 32);
      const { id: keyId, usage, origin } = key;
      const made = wrapped({ keyId, usage, origin }, number, bytes);
      if (material === undefined) bytes.fill(0);
      return secrets.sealRow('key_version', {
        ...made,
        key_id: keyId,
        version: number,
        state,
        root_generation: rootKey.generation,
        retire_at: null,
        deletion_at: null,
        expires_at: expiresAt,
        created_at: now(),
      });
    },
    changedVersion: ({ row }, state, columns) =>
      secrets.sealRow('key_version', { ...row.columns, ...columns, state }),
    extendedVersion: ({ row }, expiresAt) =>
      secrets.sealRow('key_version', { ...row.columns, expires_at: expiresAt }),
    destroyedVersion: ({ row }, state = 'DESTROYED') =>
      secrets.sealRow('key_version', {
        ...row.columns,
        state,
        wrapped: new Uint8Array(WRAP_BYTES),
        // what is gone has no end any more
        expires_at: null,
      }),
    restoredVersion(key, version, { state, material, expiresAt }) {
      const place = { keyId: key.id, usage: key.usage, origin: key.origin };
      return secrets.sealRow('key_version', {
        ...version.row.columns,
        ...wrapped(place, version.version, material),
        state,
        root_generation: rootKey.generation,
        expires_at: expiresAt,
      });
    },
    alias(name, keyId, createdAt) {
      const at = now();
      const columns = { name, key_id: keyId, created_at: createdAt ?? at, updated_at: at };
      return secrets.sealRow('alias', columns);
    },
    rotation: ({ keyId, version, type, stagedAt, activateAt }) =>
      secrets.sealRow('key_rotation', {
        key_id: keyId,
        version,
        type,
        staged_at: stagedAt,
        activate_at: activateAt,
      }),
    setting: (setting) =>
      secrets.sealRow('key_setting', {
        key_id: setting.keyId,
        rotation_days: setting.rotationDays,
        rotation_from: setting.rotationFrom,
        min_decrypt_version: setting.minDecryptVersion,
        updated_at: now(),
      }),
    tag: (keyId, name, value) =>
      secrets.sealRow('key_tag', { key_id: keyId, name, value, updated_at: now() }),
    policy: (keyId, document) =>
      secrets.sealRow('policy', { key_id: keyId, name: 'default', document, updated_at: now() }),
    grant: (grant) =>
      secrets.sealRow('key_grant', {
        id: grant.id,
        key_id: grant.keyId,
        name: grant.name,
        grantee: grant.grantee,
        retiring: grant.retiring,
        issuer: grant.issuer,
        operations: JSON.stringify(grant.operations),
        constraints: grant.constraints === null ? null : JSON.stringify(grant.constraints),
        parent: grant.parent,
        not_before: grant.notBefore,
        not_after: grant.notAfter,
        created_at: now(),
      }),
    proposal: (proposal) =>
      secrets.sealRow('proposal', {
        id: proposal.id,
        key_id: proposal.keyId === EVERY_KEY ? null : proposal.keyId,
        operation: proposal.operation,
        content: proposal.content,
        proposer: proposal.proposer,
        created_at: proposal.createdAt,
        expires_at: proposal.expiresAt,
      }),
    approval: (approval) =>
      secrets.sealRow('approval', {
        subject: approval.subject,
        key_id: approval.keyId === EVERY_KEY ? null : approval.keyId,
        content: approval.content,
        proposer: approval.proposer,
        approver: approval.approver,
        proposed_at: approval.proposedAt,
        approved_at: now(),
        signature: approval.signature,
      }),
    phase: (id, phase) => phaseRow(secrets, clock, id, phase),
    tombstone: (id, kind, reason) =>
      secrets.sealRow('tombstone', { id, kind, reason, created_at: now() }),
    shredded: (scope, kind, createdAt) =>
      secrets.sealRow('tombstone', {
        // longer than the id of any key
        id: engine.sha256(encodeContext({ ...scope })),
        kind,
        reason: writeShreddedScope(scope),
        created_at: createdAt ?? now(),
      }),
  };
}
