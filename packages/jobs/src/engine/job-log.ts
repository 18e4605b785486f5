import type { Session } from '../table/session.ts';
import { isInTheWay, type JobProblem } from './job-problem.ts';
import {
  changeState,
  countProblems,
  countTombstones,
  countWritten,
  enterStep,
  forgetProblems,
  type JobRecord,
  type JobState,
  noteProblems,
  readProblems,
  readState,
  type ShardOwner,
} from './job-store.ts';

/** What is written down of one run: in the database, or for a dry run nowhere. */
export interface JobLog {
  /** Empty for a dry run. */
  readonly jobId: string;
  /** The part of the job that this run does; absent where it does all of it. */
  readonly shard?: ShardOwner;
  /** Where an earlier run of the job ended. */
  readonly startsAt: { readonly step: string; readonly cursor: readonly string[] | null };
  state(): Promise<JobState>;
  enterStep(step: string): Promise<void>;
  note(problems: readonly JobProblem[]): Promise<void>;
  /** A step that looks at all rows again starts without the problems of earlier ones. */
  forgetProblems(): Promise<void>;
  problems(limit: number): Promise<readonly JobProblem[]>;
  /** @param except - Code of problems that do not count. */
  countProblems(except?: string): Promise<number>;
  /** Rows that shredding has cleared; they are no problems. */
  countTombstones(): Promise<number>;
  /** Rows that were written, in earlier runs of the job as well. */
  countWritten(): Promise<number>;
  /** @returns the state afterwards: another one when somebody has cancelled the job */
  end(state: JobState): Promise<JobState>;
}

export function storedLog(session: Session, job: JobRecord): JobLog {
  const { id, step, cursor } = job;
  return {
    jobId: id,
    startsAt: { step, cursor },
    state: () => readState(session, id),
    enterStep: (next) => enterStep(session, id, next),
    note: (problems) => noteProblems(session, id, problems),
    forgetProblems: () => forgetProblems(session, id),
    problems: (limit) => readProblems(session, id, limit),
    countProblems: (except) => countProblems(session, id, except),
    countTombstones: () => countTombstones(session, id),
    countWritten: () => countWritten(session, id),
    end: (to) => changeState(session, id, { from: ['running', 'paused'], to }),
  };
}

export function dryLog(step: string): JobLog {
  const noted = new Map<string, JobProblem>();
  return {
    jobId: '',
    startsAt: { step, cursor: null },
    state: async () => 'running',
    enterStep: async () => {},
    async note(problems) {
      for (const problem of problems) noted.set(JSON.stringify(problem), problem);
    },
    forgetProblems: async () => noted.clear(),
    problems: async (limit) => [...noted.values()].filter(isInTheWay).slice(0, limit),
    countProblems: async (except) =>
      [...noted.values()].filter((each) => isInTheWay(each) && each.code !== except).length,
    countTombstones: async () => [...noted.values()].filter((each) => !isInTheWay(each)).length,
    countWritten: async () => 0,
    end: async (state) => state,
  };
}
