import type { ChangeFacts } from './control-session.ts';
import { invalidRequest } from './kms/request.ts';

const ACTIONS = ['ShredRows', 'CompleteShredRows', 'RebindRows', 'CompleteRebindRows'] as const;

const DIGEST = /^[0-9a-f]{32}$/;

/** What a job does to rows of the application, told to the management chain. */
export interface RowsEntry {
  readonly action: (typeof ACTIONS)[number];
  /** Field id. */
  readonly field: string;
  /** Alias or id of the key of the field; for `RebindRows` and `CompleteRebindRows`, and only for them. */
  readonly key?: string;
  /** Whose rows; kept as a keyed hash, as in all entries. */
  readonly scope?: { readonly tenant?: string; readonly subject?: string };
  /** Digest of the moves of rows: 32 hexadecimal digits. */
  readonly moves?: string;
  /** What was written, where that is known. */
  readonly rows?: number;
  /** Rows that the job could not do. */
  readonly problems?: number;
}

/**
 * Whether rows are bound anew, on the word of somebody who may move cells; others are cleared.
 * @throws `ERR_REQUEST_INVALID`
 */
export function isRebinding({ action, key }: RowsEntry): boolean {
  const rebinds = action === 'RebindRows' || action === 'CompleteRebindRows';
  if (rebinds === (key !== undefined)) return rebinds;
  throw invalidRequest('key', 'Must be there when rows are bound anew, and only then');
}

/** @throws `ERR_REQUEST_INVALID` */
export function rowsFacts(entry: RowsEntry, principal: string, keyId?: string): ChangeFacts {
  const { action, field, scope = {}, moves, rows, problems } = entry;
  if (!ACTIONS.includes(action)) throw invalidRequest('action', 'Names nothing that jobs do');
  if (moves !== undefined && !DIGEST.test(moves))
    throw invalidRequest('moves', 'Must be 32 hexadecimal digits');
  const { tenant, subject } = scope;
  return {
    principal,
    action,
    readOnly: false,
    ...(keyId === undefined ? {} : { keyId }),
    context: {
      ...(tenant === undefined ? {} : { tenant }),
      ...(subject === undefined ? {} : { subject }),
    },
    details: {
      field,
      ...(moves === undefined ? {} : { moves }),
      ...(rows === undefined ? {} : { rows }),
      ...(problems === undefined ? {} : { problems }),
    },
  };
}
