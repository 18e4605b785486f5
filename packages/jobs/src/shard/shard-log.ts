import type { JobLog } from '../engine/job-log.ts';
import { noteProblems, readState } from '../engine/job-store.ts';
import type { Session } from '../table/session.ts';
import { isStillOwner, type TakenShard } from './shard-store.ts';

/** The log of a worker: rows that stand in the way are its job's, the cursor is its shard's. */
export function shardLog(session: Session, shard: TakenShard): JobLog {
  const { jobId, step, cursor, number, owner } = shard;
  return {
    jobId,
    shard: { number, owner },
    startsAt: { step, cursor },
    async state() {
      const state = await readState(session, jobId);
      if (state !== 'running') return state;
      // somebody else goes on with it, so this worker has to stop
      return (await isStillOwner(session, shard)) ? 'running' : 'cancelled';
    },
    note: (problems) => noteProblems(session, jobId, problems),
    // steps, and how they end, are the coordinator's
    enterStep: async () => {},
    forgetProblems: async () => {},
    problems: async () => [],
    countProblems: async () => 0,
    countTombstones: async () => 0,
    countWritten: async () => 0,
    end: async (state) => state,
  };
}
