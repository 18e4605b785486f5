import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError } from '@fieldseal/core';
import type { Session } from '../table/session.ts';

/** Keeps a job from leaving the replicas behind. */
export interface ReplicaLag {
  /**
   * Waits until every replica has replayed enough; ends early when aborted.
   * @param waiting - Told at each look how many bytes the slowest has not replayed.
   */
  caughtUp(signal?: AbortSignal, waiting?: (bytes: number) => void): Promise<void>;
  /** The same number, at most a second old; `undefined` without limit. */
  look(): Promise<number | undefined>;
}

/** Statistics are cheap, but not as cheap as a batch. */
const LOOK_EVERY_MS = 1000;

const LAG = `
SELECT coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), 0)::float8 AS "bytes",
       count(*) FILTER (WHERE replay_lsn IS NULL AND state IS NULL)::int AS "hidden"
  FROM pg_stat_replication`;

/** @param maxBytes - Of the write-ahead log that a replica may not have replayed; no limit when absent. */
export function createReplicaLag(session: Session, maxBytes: number | undefined): ReplicaLag {
  if (maxBytes === undefined) return { caughtUp: async () => {}, look: async () => undefined };
  let lookedAt = Number.NEGATIVE_INFINITY;
  let bytes = 0;

  async function look(): Promise<number> {
    if (performance.now() - lookedAt < LOOK_EVERY_MS) return bytes;
    bytes = await readLag(session);
    lookedAt = performance.now();
    return bytes;
  }

  return {
    look,
    async caughtUp(signal, waiting) {
      while ((await look()) > maxBytes && signal?.aborted !== true) {
        waiting?.(bytes);
        await wait(LOOK_EVERY_MS, undefined, signal === undefined ? {} : { signal }).catch(
          () => {},
        );
      }
    },
  };
}

/** @throws `ERR_JOB_REFUSED` when the database user may not see it: a limit that is not kept is none */
async function readLag(session: Session): Promise<number> {
  const [row] = await session.rows(LAG);
  if (Number(row?.hidden) === 0) return Number(row?.bytes);
  const message = 'The database user may not see its replicas: GRANT pg_read_all_stats';
  throw new FieldsealError('ERR_JOB_REFUSED', message, { option: 'maxReplicaLagBytes' });
}
