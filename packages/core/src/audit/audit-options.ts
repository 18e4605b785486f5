import type { Clock } from '../cache/clock.ts';
import type { Engine } from '../cipher/engine.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { AuditAnchor } from './audit-anchor.ts';
import type { AuditSink } from './audit-sink.ts';
import type { AuditDetail } from './use-buffer.ts';

/** What a user of a keyring decides about its trail. */
export interface AuditOptions {
  /**
   * What becomes one entry: uses alike of one key within `flushEveryMs`, the same for each data
   * key, or each operation.
   * @defaultValue `key`
   */
  readonly detail?: AuditDetail;
  /**
   * Whether encryption contexts are kept in the clear beside their hash.
   * @defaultValue `hashed`
   */
  readonly contexts?: 'hashed' | 'clear';
  /**
   * What happens to operations while entries cannot be kept: they fail with
   * `ERR_AUDIT_UNAVAILABLE`, or they go on, and one entry says later how many were lost.
   * @defaultValue `fail`
   */
  readonly whenUnavailable?: 'fail' | 'continue';
  /** Where entries go besides the store. */
  readonly sinks?: readonly AuditSink[];
  /** Where signed entries are remembered outside of the database. */
  readonly anchor?: AuditAnchor;
  /**
   * How long uses wait to be written, 100 to 60,000.
   * @defaultValue 60,000; 1,000 where each operation is an entry
   */
  readonly flushEveryMs?: number;
  /**
   * Entries that may wait, 100 to 100,000.
   * @defaultValue 10,000
   */
  readonly maxPending?: number;
  /**
   * How long entries may wait for a store or sink that fails, 1,000 to 600,000.
   * @defaultValue 60,000
   */
  readonly maxPendingMs?: number;
  /**
   * How long one attempt to write may take, 100 to 30,000.
   * @defaultValue 2,000
   */
  readonly deadlineMs?: number;
  /**
   * Entries after which the end of a chain is signed, 1 to 100,000.
   * @defaultValue 1,000
   */
  readonly checkpointEvery?: number;
  /**
   * Time after which the end of a chain is signed if it grew, 1,000 to 3,600,000.
   * @defaultValue 60,000
   */
  readonly checkpointEveryMs?: number;
}

/** What a trail is made of. */
export interface AuditTrailOptions {
  readonly store: KeyStore;
  readonly engine: Engine;
  readonly secrets: StoreSecrets;
  readonly clock: Clock;
  readonly environment: string;
  /** Unique for each trail that is ever made, such as a random uuid: `[a-z0-9-]`, at most 50. */
  readonly processId: string;
  /** For people, such as host and pid. */
  readonly process?: string;
  readonly options?: AuditOptions;
}

export type AuditSettings = Required<Omit<AuditOptions, 'anchor'>> & {
  readonly anchor: AuditAnchor | undefined;
};

function invalid(option: string, message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', message, { option });
}

function within(
  option: string,
  value: number | undefined,
  [min, max, standard]: readonly [number, number, number],
): number {
  if (value === undefined) return standard;
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalid(`audit.${option}`, `${option} must be a whole number from ${min} to ${max}`);
}

function oneOf<T extends string>(
  option: string,
  value: T | undefined,
  [standard, ...others]: readonly [T, ...T[]],
): T {
  if (value === undefined) return standard;
  if ([standard, ...others].includes(value)) return value;
  throw invalid(`audit.${option}`, `${option} must be one of ${[standard, ...others].join(', ')}`);
}

/** @throws `ERR_CONFIG_INVALID` */
export function auditSettings(options: AuditOptions = {}): AuditSettings {
  const detail = oneOf('detail', options.detail, ['key', 'data-key', 'operation']);
  const flushMs = detail === 'operation' ? 1000 : 60_000;
  return {
    detail,
    contexts: oneOf('contexts', options.contexts, ['hashed', 'clear']),
    whenUnavailable: oneOf('whenUnavailable', options.whenUnavailable, ['fail', 'continue']),
    sinks: options.sinks ?? [],
    anchor: options.anchor,
    flushEveryMs: within('flushEveryMs', options.flushEveryMs, [100, 60_000, flushMs]),
    maxPending: within('maxPending', options.maxPending, [100, 100_000, 10_000]),
    maxPendingMs: within('maxPendingMs', options.maxPendingMs, [1000, 600_000, 60_000]),
    deadlineMs: within('deadlineMs', options.deadlineMs, [100, 30_000, 2000]),
    checkpointEvery: within('checkpointEvery', options.checkpointEvery, [1, 100_000, 1000]),
    checkpointEveryMs: within(
      'checkpointEveryMs',
      options.checkpointEveryMs,
      [1000, 3_600_000, 60_000],
    ),
  };
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkProcessId(processId: string): string {
  if (/^[a-z0-9-]{1,50}$/.test(processId)) return processId;
  throw invalid('processId', 'processId must be 1 to 50 of [a-z0-9-]');
}
