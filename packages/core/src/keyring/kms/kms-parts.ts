import { FieldsealError } from '../../errors/fieldseal-error.ts';
import type { ControlSnapshot, KeyRecord } from '../../keys/control-snapshot.ts';
import type { AccessDecision } from '../../policy/access-decision.ts';
import { ALIAS } from '../alias.ts';
import type { ChangeFacts, ControlEdit, ControlSession } from '../control-session.ts';
import type { DataKeyBook } from '../data-key-book.ts';
import type { FieldKeys } from '../field-keys.ts';
import { findKey } from '../find-key.ts';
import type { LastUse } from '../last-use.ts';
import type { Material } from '../material.ts';
import type { Primitives } from '../primitives.ts';
import type { RootRotationSteps } from '../root-rotation-steps.ts';
import type { Access, KeyAccess } from './access.ts';
import type { AgreedTime } from './agreed-time.ts';
import type { ApprovalSubject, Approvals } from './approvals.ts';
import { KEY_ID } from './key-name.ts';
import type { CreationOf } from './policy-at-creation.ts';
import type { PolicyBook } from './policy-book.ts';
import { invalidRequest } from './request.ts';
import type { RowMaker } from './row-maker.ts';
import type { ScopeEraser } from './scope-eraser.ts';
import type { VersionsInUse } from './versions-in-use.ts';

/** What the operations of the key service are made of. */
export interface KmsParts {
  readonly environment: string;
  readonly primitives: Primitives;
  readonly control: ControlSession;
  readonly access: Access;
  readonly rows: RowMaker;
  readonly material: Material;
  readonly policies: PolicyBook;
  readonly approvals: Approvals;
  readonly creationOf: CreationOf;
  readonly eraser: ScopeEraser;
  readonly lastUse: LastUse;
  /** Names the store; part of what approvers sign. */
  readonly pin: string;
  readonly dataKeys: DataKeyBook;
  readonly time: AgreedTime;
  /** Counts the cells under a key. */
  readonly countCells?: (
    keyId: string,
    describe: DataKeyBook['describe'],
    keyVersion?: number,
  ) => Promise<bigint | undefined>;
  readonly versionsInUse: VersionsInUse;
  readonly rootRotation: RootRotationSteps;
  readonly fieldKeys: FieldKeys;
  /** How long a new version is visible before it is used. */
  readonly stagingMs: number;
}

const LONGEST_NAME = 2048;

/** What may name a key, whether there is one or not. @throws `ERR_ARN_INVALID`, `ERR_REQUEST_INVALID` */
export function checkKeyMember(option: string, given: unknown): string {
  if (typeof given === 'string' && given.startsWith('arn:')) {
    const message = 'Keys have no ARN here: give the id, or an alias where the call takes one';
    throw new FieldsealError('ERR_ARN_INVALID', message, { option });
  }
  if (typeof given !== 'string' || given.length === 0 || given.length > LONGEST_NAME) {
    throw invalidRequest(option, 'Must be the id of a key, or an alias where the call takes one');
  }
  return given;
}

/** A key by its id or, where the operation takes one, by alias. */
export function namedKey(
  snapshot: ControlSnapshot,
  option: string,
  named: unknown,
  aliases: 'alias' | 'id only',
): KeyRecord {
  const given = checkKeyMember(option, named);
  const isAlias = given.startsWith('alias/');
  // as in AWS KMS, "Invalid keyId": what is no name of a key is the name of none
  if (isAlias ? !ALIAS.test(given) : !KEY_ID.test(given)) {
    throw noKey(option, 'There is no such key: give its id, or an alias where the call takes one');
  }
  // what changes a key names the key itself, an alias may mean another one tomorrow
  if (isAlias && aliases === 'id only') {
    throw noKey(option, 'There is no such key: give its id, as this call takes no alias');
  }
  return findKey(snapshot, given);
}

/** What was given is not repeated: it may be anything, put here by mistake. */
function noKey(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_KEY_NOT_FOUND', message, { option });
}

/** What a change writes; `null`: nothing is to be done any more. */
export type KeyEdit = Omit<NonNullable<ControlEdit>, 'audit'> | null;

/** A change of one key, or of something that is under all of them. */
export interface ChangeOfKeys {
  readonly operation: string;
  readonly keyId?: string;
  readonly decision?: AccessDecision;
  /** Whose data it is about. */
  readonly context?: ChangeFacts['context'];
  readonly details?: ChangeFacts['details'];
}

/** What the audit trail keeps of a change. */
export function changeFacts(
  { access }: Pick<KmsParts, 'access'>,
  { operation, decision, ...rest }: ChangeOfKeys,
): readonly ChangeFacts[] {
  return [
    {
      principal: access.principals.orService(),
      action: operation,
      readOnly: false,
      ...rest,
      ...(decision === undefined ? {} : { decision: decisionName(decision) }),
    },
  ];
}

/** Names what decided: the kind of document, its id and the statement. */
export function decisionName({ source, statement }: AccessDecision): string {
  return [source?.type, source?.id, statement].filter((part) => part !== undefined).join('/');
}

/** A change that can also be proposed and approved. */
export interface CheckedChange<Request> {
  readonly snapshot: ControlSnapshot;
  readonly key: KeyRecord;
  readonly request: Request;
  /** Whether a second pair of eyes has seen it, or will before it is done. */
  readonly approved: boolean;
}

/** What such a change writes, and what an approval of it is in force for. */
export interface CheckedEdit {
  readonly edit: KeyEdit;
  readonly decision: AccessDecision;
  readonly subject?: ApprovalSubject;
  /** What the audit trail says beside key and decision. */
  readonly details?: ChangeFacts['details'];
}

/** Such a change with what the audit trail says of it. */
export function withFacts(
  parts: Pick<KmsParts, 'access'>,
  operation: string,
  keyId: string,
  { edit, decision, subject, details: told }: CheckedEdit,
): ControlEdit {
  if (edit === null) return null;
  const details = subject?.type === 'grant' ? { grant: subject.id } : told;
  const facts = { operation, keyId, decision, ...(details === undefined ? {} : { details }) };
  return { ...edit, audit: changeFacts(parts, facts) };
}

/** A change of one key: who may make it, and what it writes. */
export interface KeyChange {
  readonly keyId: unknown;
  readonly operation: KeyAccess['operation'];
  readonly facts?: KeyAccess['facts'];
  readonly details?: ChangeFacts['details'];
  /** `null`: nothing is to be done any more. */
  readonly edit: (snapshot: ControlSnapshot, key: KeyRecord) => KeyEdit;
}

/**
 * Makes one change of one key, checked against the newest state of the store each time it is
 * tried: rights that were taken meanwhile are gone.
 */
export async function changeKey(parts: KmsParts, change: KeyChange): Promise<KeyRecord> {
  const { control, access } = parts;
  const { operation, facts, details } = change;
  let changed: KeyRecord | undefined;
  await control.change((snapshot) => {
    const key = namedKey(snapshot, 'KeyId', change.keyId, 'id only');
    const asked = { operation, key, ...(facts === undefined ? {} : { facts }) };
    const decision = access.key(snapshot, asked);
    changed = key;
    const edit = change.edit(snapshot, key);
    if (edit === null) return null;
    const about = { operation, keyId: key.id, decision };
    const told = { ...about, ...(details === undefined ? {} : { details }) };
    return { ...edit, audit: changeFacts(parts, told) };
  });
  return changed as unknown as KeyRecord;
}

/** A look at one key, as of the last verified read of the store. */
export function lookAtKey(
  parts: KmsParts,
  look: { readonly keyId: unknown; readonly operation: KeyAccess['operation'] },
  aliases: 'alias' | 'id only' = 'alias',
): { readonly snapshot: ControlSnapshot; readonly key: KeyRecord } {
  const snapshot = parts.control.snapshot();
  const key = namedKey(snapshot, 'KeyId', look.keyId, aliases);
  parts.access.key(snapshot, { operation: look.operation, key, named: look.keyId as string });
  return { snapshot, key };
}
