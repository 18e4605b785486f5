import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { AuditRow } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { AuditedChange, AuditedUse } from './audited-use.ts';

/** An entry without its place in a chain. */
export type EntryColumns = Omit<AuditRow['columns'], 'chain' | 'sequence' | 'previous' | 'hash'>;

/** How entries of one trail are filled in. */
export interface EntryStyle {
  readonly environment: string;
  readonly secrets: StoreSecrets;
  /** `clear` keeps the encryption context beside its hash. */
  readonly contexts: 'hashed' | 'clear';
}

/** When the first and the last of the operations was, in milliseconds, and how many there were. */
export interface EntrySpan {
  readonly firstMs: number;
  readonly lastMs?: number | undefined;
  readonly operations?: number | undefined;
}

const SUCCESS = 'Success';
const MAX_TEXT = 8192;
/** Codes and names of errors; a message or a value does not pass. */
const CODE = /^[A-Za-z][A-Za-z0-9_.]{0,127}$/;

/**
 * Text that every store keeps exactly: an entry that the database refuses would hold up all that
 * come after it.
 */
function kept(text: string, longest: number): string {
  return text.replaceAll('\0', '\ufffd').slice(0, longest).toWellFormed();
}

function optional(text: string | undefined, longest: number): string | null {
  return text === undefined ? null : kept(text, longest);
}

function required(text: string, longest: number): string {
  return kept(text, longest) || '-';
}

export function sortedJson(values: Readonly<Record<string, string | number | boolean>>): string {
  const pairs = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(pairs));
}

function outcome(code: string | undefined): string {
  if (code === undefined) return SUCCESS;
  return CODE.test(code) ? code : 'ERR_INTERNAL';
}

function micros(ms: number): bigint {
  return BigInt(Math.trunc(ms)) * 1000n;
}

function clearContext(context: AuditedUse['context'], style: EntryStyle): string | null {
  if (context === undefined || style.contexts === 'hashed') return null;
  const text = kept(sortedJson(context), Number.POSITIVE_INFINITY);
  // cut short it would be no JSON; the hash names it all the same
  return text.length > MAX_TEXT ? null : text;
}

/** Columns of a use; whatever does not fit is left out, and nothing else is looked at. */
export function entryColumns(use: AuditedUse, span: EntrySpan, style: EntryStyle): EntryColumns {
  const { keyVersion, dataKeyId, context } = use;
  const { firstMs, lastMs = firstMs, operations = use.operations ?? 1 } = span;
  return {
    occurred_at: micros(firstMs),
    ended_at: lastMs === firstMs ? null : micros(lastMs),
    environment: style.environment,
    principal: required(use.principal, 1024),
    action: required(use.action, 128),
    key_id: optional(use.keyId, 256),
    key_version: keyVersion !== undefined && isVersion(keyVersion) ? keyVersion : null,
    data_key_id: dataKeyId?.length === 16 ? new Uint8Array(dataKeyId) : null,
    context_hash: context === undefined ? null : style.secrets.audit.hashContext(context),
    context: clearContext(context, style),
    decision: optional(use.decision, 256),
    outcome: outcome(use.errorCode),
    request_id: optional(use.requestId, 256),
    read_only: use.readOnly,
    operations: BigInt(Math.max(1, Math.trunc(operations))),
    epoch: null,
    opens: null,
    details: null,
  };
}

function isVersion(version: number): boolean {
  return Number.isInteger(version) && version >= 0 && version < 2 ** 31;
}

/**
 * Columns of a management operation.
 * @throws `ERR_CONFIG_INVALID` for details that no entry can hold: a change is not made with half of them.
 */
export function changeColumns(
  change: AuditedChange,
  nowMs: number,
  style: EntryStyle,
): EntryColumns {
  const details = change.details === undefined ? null : sortedJson(change.details);
  if (details !== null && (details.length > MAX_TEXT || details !== kept(details, MAX_TEXT))) {
    throw new FieldsealError('ERR_CONFIG_INVALID', 'The parameters are too long to be audited', {
      option: 'details',
      limitBytes: MAX_TEXT,
    });
  }
  return { ...entryColumns(change, { firstMs: nowMs }, style), epoch: change.epoch, details };
}
