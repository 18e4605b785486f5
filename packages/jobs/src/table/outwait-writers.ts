import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './session.ts';

/** A number of our own. `pg_snapshot_xmax` is behind what has ended, and at or before the newest that has not. */
const FENCE = 'SELECT pg_current_xact_id()::text AS fence';
const PASSED = 'SELECT pg_snapshot_xmin(pg_current_snapshot()) >= $1::xid8 AS passed';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1000;

/** What every transaction that writes now is older than. Not on a standby. */
export async function writersNow(session: Session): Promise<string> {
  const [row] = await session.rows(FENCE);
  return String(row?.fence);
}

/**
 * Waits until every transaction that writes now has ended, prepared ones included: a count that begins
 * afterwards sees whatever they committed. Those that begin meanwhile are waited for by nobody.
 *
 * @param fence - Of {@link writersNow}, for those of an earlier moment.
 * @returns `false` when one of them was open for longer than the time given
 * @throws `ERR_DATABASE`
 */
export async function outwaitWriters(
  session: Session,
  timeoutMs: number,
  fence?: string,
): Promise<boolean> {
  const passing = fence ?? (await writersNow(session));
  const until = performance.now() + timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const [at] = await session.rows(PASSED, [passing]);
    if (at?.passed === true) return true;
    const leftMs = until - performance.now();
    if (leftMs <= 0) return false;
    await sleep(Math.min(pauseMs, leftMs));
  }
}
