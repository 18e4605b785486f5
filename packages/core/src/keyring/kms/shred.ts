import { EVERY_KEY } from '../../keys/approval-records.ts';
import type { ControlSnapshot } from '../../keys/control-snapshot.ts';
import {
  SHREDDED,
  SHREDDING,
  type ShreddedScope,
  type ShredRecord,
  shredName,
} from '../../keys/shredded-scopes.ts';
import { MAX_SCOPE_BYTES, scopeBytes } from '../key-name.ts';
import { approvalRequired } from './approvals.ts';
import { requireOnEveryKey } from './every-key.ts';
import { everyOne } from './every-one.ts';
import { dateOf } from './key-metadata.ts';
import { type ChangeOfKeys, changeFacts, type KeyEdit, type KmsParts } from './kms-parts.ts';
import { boundedText, checkMembers, flag, invalidRequest } from './request.ts';
import type { ScopeKeys } from './scope-eraser.ts';

/** What shredding does not reach; `docs/keys.md` says until when each of it stays. */
export type NotShredded =
  /** Wraps in backups, dumps and replicas of the key store, until they expire. */
  | 'BACKUPS'
  /** Wraps in the write-ahead log and its archive, and in dead rows until they are vacuumed. */
  | 'WRITE_AHEAD_LOG'
  /** Whatever left the application opened: exports, reports, logs of others. */
  | 'EXPORTS'
  /** Keys in the memory of processes, for 10 s; without the store until their time is over. */
  | 'PROCESS_MEMORY'
  /** The cells in the rows, which nothing opens any more. */
  | 'CELLS'
  /** Tokens in the rows: of a subject they still answer lookups, as do those of global indexes. */
  | 'TOKENS'
  /** What `encrypt` and `generateDataKey` gave: it is under the key itself, whatever its context. */
  | 'API_BLOBS';

const NOT_COVERED: readonly NotShredded[] = [
  'BACKUPS',
  'WRITE_AHEAD_LOG',
  'EXPORTS',
  'PROCESS_MEMORY',
  'CELLS',
  'TOKENS',
  'API_BLOBS',
];

export interface ShredRequest {
  /** 1 to 1,024 characters; with a subject 2,025 bytes together. */
  readonly Tenant?: string;
  /** 1 to 1,024 characters; with a tenant, the subject of that tenant. */
  readonly Subject?: string;
  /** Counts, and changes nothing. */
  readonly DryRun?: boolean;
}

export interface ShredResult {
  /** How many keys of the scope have no material any more, or would have none. */
  readonly DataKeys: number;
  readonly IndexKeys: number;
  /** SHA-256 of their ids, as in the audit trail: 64 hexadecimal digits. */
  readonly KeyIdsDigest: string;
  readonly NotCovered: readonly NotShredded[];
  readonly DryRun: boolean;
}

export interface ShredListEntry {
  readonly Tenant?: string;
  readonly Subject?: string;
  readonly ShredDate: Date;
  /** `false`: to be finished, by `shred` again or by `runDue`. */
  readonly Erased: boolean;
}

/** Ending the data of one tenant or one subject by ending its keys. */
export interface Shredding {
  /**
   * Destroys all data keys and index keys of a tenant, or all data keys of a subject, under every
   * key, and lets none be made any more. There is no way back. Safe to call again, which also
   * finishes what was interrupted. Takes `fieldseal:Shred` on every key, the role
   * `fieldseal_admin` and, where approvers are named, the signature of one (`proposeChange`).
   * @throws `ERR_REQUEST_INVALID`, `ERR_ACCESS_DENIED`, `ERR_APPROVAL_REQUIRED`,
   * `ERR_STORE_INTEGRITY`, `ERR_STORE_CONFLICT`
   */
  shred(request: ShredRequest): Promise<ShredResult>;
  /** What was shredded, oldest first: to be kept outside, and shredded again after a restore. */
  listShreds(
    request?: Readonly<Record<string, never>>,
  ): Promise<{ readonly Shreds: readonly ShredListEntry[] }>;
}

const MAX_NAME = 1024;
const SCOPE_MEMBERS = ['Tenant', 'Subject'];

/** @throws `ERR_REQUEST_INVALID` */
export function scopeOf({ Tenant, Subject }: ShredRequest): ShreddedScope {
  // all that is of no tenant and no subject is the whole of a key: scheduleKeyDeletion ends it
  if (Tenant === undefined && Subject === undefined) {
    throw invalidRequest('Tenant', 'Needs a tenant, a subject or both');
  }
  const text = (option: string, value: unknown) => boundedText(option, value, 1, MAX_NAME);
  const scope = {
    ...(Tenant === undefined ? {} : { tenant: text('Tenant', Tenant) }),
    ...(Subject === undefined ? {} : { subject: text('Subject', Subject) }),
  };
  if (scopeBytes(scope).length > MAX_SCOPE_BYTES) {
    const option = Tenant === undefined ? 'Subject' : 'Tenant';
    throw invalidRequest(option, 'Too many bytes: no data is of such a tenant or subject');
  }
  return scope;
}

/**
 * Checked edit of `shred`: the tombstone of a scope. It takes two, as there is no way back from it;
 * finishing what is in force already takes one.
 */
export function shredEdit(
  parts: KmsParts,
  change: {
    readonly snapshot: ControlSnapshot;
    readonly request: Omit<ShredRequest, 'DryRun'>;
    readonly approved: boolean;
  },
): { readonly edit: KeyEdit; readonly facts: Omit<ChangeOfKeys, 'operation'> } {
  const { snapshot, request, approved } = change;
  const { approvals, rows } = parts;
  checkMembers(request, SCOPE_MEMBERS);
  const scope = scopeOf(request);
  requireOnEveryKey(parts, snapshot, 'Shred');
  const facts = { context: { ...scope }, details: { covers: Object.keys(scope).join(' ') } };
  if (snapshot.shredded.has(shredName(scope))) return { edit: null, facts };
  if (approvals.required && !approved) throw approvalRequired(EVERY_KEY, 'Shred');
  return { edit: { put: [rows.shredded(scope, SHREDDING)] }, facts };
}

/** Erases under a tombstone, then says so in the audit trail: the proof of it. */
export async function finishShred(
  parts: KmsParts,
  scope: ShreddedScope,
  principal: string,
): Promise<ScopeKeys> {
  const { control, eraser, rows } = parts;
  const keys = await eraser.erase(scope);
  await control.change((snapshot) => {
    const record = snapshot.shredded.get(shredName(scope));
    if (record === undefined || (record.erased && keys.whole === 0)) return null;
    const { dataKeys, indexKeys, digest } = keys;
    const notCovered = NOT_COVERED.join(' ');
    const details = { dataKeys, indexKeys, keyIdsDigest: digest, notCovered };
    const facts = { action: 'CompleteShred', readOnly: false, context: { ...scope }, details };
    return {
      put: [rows.shredded(scope, SHREDDED, record.createdAt)],
      audit: [{ principal, ...facts }],
    };
  });
  return keys;
}

/**
 * Finishes what was interrupted; gives how many.
 * @throws what the first failed with; the others were finished all the same
 */
export async function finishShreds(parts: KmsParts, principal: string): Promise<number> {
  const open = [...parts.control.snapshot().shredded.values()].filter(({ erased }) => !erased);
  await everyOne(open, async ({ scope }) => {
    await finishShred(parts, scope, principal);
  });
  return open.length;
}

function entryOf({ scope, createdAt, erased }: ShredRecord): ShredListEntry {
  const { tenant, subject } = scope;
  return {
    ...(tenant === undefined ? {} : { Tenant: tenant }),
    ...(subject === undefined ? {} : { Subject: subject }),
    ShredDate: dateOf(createdAt),
    Erased: erased,
  };
}

function resultOf(keys: ScopeKeys, isDryRun: boolean): ShredResult {
  return {
    DataKeys: keys.dataKeys,
    IndexKeys: keys.indexKeys,
    KeyIdsDigest: keys.digest,
    NotCovered: NOT_COVERED,
    DryRun: isDryRun,
  };
}

export function createShredding(parts: KmsParts): Shredding {
  const { control, access, eraser } = parts;
  return {
    async shred(request) {
      checkMembers(request, [...SCOPE_MEMBERS, 'DryRun']);
      const { DryRun, ...asked } = request;
      const scope = scopeOf(asked);
      const isDryRun = flag('DryRun', DryRun);
      await control.poll();
      requireOnEveryKey(parts, control.snapshot(), 'Shred');
      if (isDryRun) return resultOf(await eraser.count(scope), true);
      await control.change((snapshot) => {
        const { edit, facts } = shredEdit(parts, { snapshot, request: asked, approved: false });
        if (edit === null) return null;
        return { ...edit, audit: changeFacts(parts, { operation: 'Shred', ...facts }) };
      });
      return resultOf(await finishShred(parts, scope, access.principals.current()), false);
    },

    async listShreds(request = {}) {
      checkMembers(request, []);
      const snapshot = control.snapshot();
      requireOnEveryKey(parts, snapshot, 'Shred');
      const records = [...snapshot.shredded.values()];
      return { Shreds: records.sort((a, b) => Number(a.createdAt - b.createdAt)).map(entryOf) };
    },
  };
}
