import { EVERY_KEY } from '../../keys/approval-records.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import { type RemoveSlotRequest, removeSlotEdit } from '../remove-slot.ts';
import type { NewSlots, RotateRootKeyRequest } from '../root-rotation-steps.ts';
import { phaseEdit } from '../set-phase.ts';
import { type AliasEdit, createAliasEdit, deleteAliasEdit, updateAliasEdit } from './aliases.ts';
import type { ApprovalSubject } from './approvals.ts';
import {
  requireDeletable,
  type ScheduleDeletionRequest,
  scheduleDeletionEdit,
  windowOf,
} from './deletion.ts';
import { grantEdit } from './grants.ts';
import { policyEdit } from './key-policies.ts';
import {
  type ChangeOfKeys,
  type CheckedEdit,
  type KeyEdit,
  type KmsParts,
  namedKey,
} from './kms-parts.ts';
import { finishShred, scopeOf, shredEdit } from './shred.ts';
import { revived } from './signed-content.ts';
import { tagEdit, untagEdit } from './tags.ts';
import {
  type RetireKeyVersionRequest,
  requireUnused,
  retirementEdit,
} from './version-retirement.ts';

/** Operations that can be proposed. */
export const PROPOSABLE = [
  'PutKeyPolicy',
  'CreateGrant',
  'ScheduleKeyDeletion',
  'RetireKeyVersion',
  'TagResource',
  'UntagResource',
  'CreateAlias',
  'UpdateAlias',
  'DeleteAlias',
  'Shred',
  'RotateRootKey',
  'RemoveSlot',
  'SetPhase',
] as const;
export type ProposableOperation = (typeof PROPOSABLE)[number];

const KEY_EDITS = {
  PutKeyPolicy: policyEdit,
  CreateGrant: grantEdit,
  ScheduleKeyDeletion: scheduleDeletionEdit,
  RetireKeyVersion: retirementEdit,
  TagResource: tagEdit,
  UntagResource: untagEdit,
} as const;

const ALIAS_EDITS: Readonly<Record<string, AliasEdit>> = {
  CreateAlias: createAliasEdit,
  UpdateAlias: updateAliasEdit,
  DeleteAlias: deleteAliasEdit,
};
type KeyOperation = keyof typeof KEY_EDITS;

/** A change as it is signed: its content decides, whoever brings the signature. */
export interface ProposedChange {
  readonly operation: ProposableOperation;
  /** Parameters as JSON. */
  readonly content: string;
  /** Of the proposal that was signed; absent when it is proposed. */
  readonly keyId?: string;
}

/** What a proposed change comes to. */
export interface TriedChange {
  /** {@link EVERY_KEY} when it is about no key alone. */
  readonly keyId: string;
  readonly edit: KeyEdit;
  /** What an approval of it is in force for, where it is verified by whoever loads it. */
  readonly subject?: ApprovalSubject;
  /** What the audit trail says of it. */
  readonly facts: Omit<ChangeOfKeys, 'operation'>;
}

/** As of when a change is tried out. */
interface Attempt extends Prepared {
  readonly snapshot: ControlSnapshot;
  readonly now: bigint;
}

/** What devices made for a change that is to be done now. */
export interface Prepared {
  readonly slots?: NewSlots;
}

/** Without slots nobody has asked a device yet: it is only proposed. */
function tryRootRotation(
  { rootRotation }: KmsParts,
  request: RotateRootKeyRequest,
  { snapshot, slots }: Attempt,
): TriedChange {
  if (slots === undefined) {
    const { decision } = rootRotation.check(snapshot, request, true);
    return { keyId: EVERY_KEY, edit: null, facts: { decision } };
  }
  const published = rootRotation.publish(snapshot, { request, slots, approved: true });
  const { put, decision, audit } = published;
  const [{ details } = {}] = audit;
  const told = details === undefined ? {} : { details };
  return { keyId: EVERY_KEY, edit: { put }, facts: { decision, ...told } };
}

/** Checks a change as the operation itself would, but for the signature that is missing. */
export function tryOut(parts: KmsParts, proposed: ProposedChange, attempt: Attempt): TriedChange {
  const { operation, content, keyId } = proposed;
  const { snapshot, now } = attempt;
  const request = revived(content);
  if (operation === 'RotateRootKey') return tryRootRotation(parts, request, attempt);
  if (operation === 'RemoveSlot') {
    const asked = { snapshot, request: request as unknown as RemoveSlotRequest, approved: true };
    const { audit, ...edit } = removeSlotEdit(parts, asked);
    const [{ details } = {}] = audit;
    return { keyId: EVERY_KEY, edit, facts: details === undefined ? {} : { details } };
  }
  if (operation === 'Shred') {
    const { edit, facts } = shredEdit(parts, { snapshot, request, approved: true });
    return { keyId: EVERY_KEY, edit, facts };
  }
  if (operation === 'SetPhase') {
    const asked = { snapshot, request: request as never, approved: true };
    const { edit, ...told } = phaseEdit(parts, { ...asked, ...(keyId && { keyId }) });
    const { decision, details, subject } = told;
    const key = told.keyId === EVERY_KEY ? {} : { keyId: told.keyId };
    return { keyId: told.keyId, edit, subject, facts: { ...key, decision, details } };
  }
  const aliasEdit = ALIAS_EDITS[operation];
  if (aliasEdit !== undefined) {
    const asked = { snapshot, request: request as never, approved: true };
    return tried(aliasEdit(parts, asked));
  }
  const key = namedKey(snapshot, 'KeyId', request.KeyId, 'id only');
  const change = { snapshot, key, request: request as never, approved: true, now };
  return tried({ ...KEY_EDITS[operation as KeyOperation](parts, change), key });
}

function tried(checked: CheckedEdit & { readonly key: KeyRecord }): TriedChange {
  const { edit, decision, subject, details, key } = checked;
  return {
    keyId: key.id,
    edit,
    facts: { keyId: key.id, decision, ...(details === undefined ? {} : { details }) },
    ...(subject === undefined ? {} : { subject }),
  };
}

/**
 * Holds a change to what takes more than the rows to tell, before it is proposed and again before it is
 * done: a signature is no reason to lose cells.
 * @throws `ERR_KEY_IN_USE`, and what the operation itself throws
 */
export async function requirePossible(
  parts: KmsParts,
  { operation, content }: ProposedChange,
): Promise<void> {
  const request = revived(content) as unknown;
  if (operation === 'ScheduleKeyDeletion') {
    windowOf(request as ScheduleDeletionRequest);
    await requireDeletable(parts, request as ScheduleDeletionRequest);
  }
  if (operation === 'RetireKeyVersion') {
    await requireUnused(parts, request as RetireKeyVersionRequest, true);
  }
}

/** Does what takes devices, before the change of the rows. @throws `ERR_ROOT_UNAVAILABLE` */
export async function prepare(
  { control, rootRotation }: KmsParts,
  { operation, content }: ProposedChange,
): Promise<Prepared> {
  if (operation !== 'RotateRootKey') return {};
  const request: RotateRootKeyRequest = revived(content);
  const snapshot = control.snapshot();
  rootRotation.check(snapshot, request, true);
  return { slots: await rootRotation.newSlots(snapshot, request) };
}

/** Does what is left to do when the change is in the store; interrupted, it is done by `runDue`. */
export async function followUp(
  parts: KmsParts,
  { operation, content }: ProposedChange,
  proposer: string,
): Promise<void> {
  if (operation === 'Shred') await finishShred(parts, scopeOf(revived(content)), proposer);
}
