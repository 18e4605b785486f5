import type { Session } from '../table/session.ts';
import type { JobProblem } from './job-problem.ts';
import {
  countProblems,
  enterStep,
  forgetProblems,
  type JobRecord,
  type JobState,
  noteProblems,
  readJob,
  readProblems,
  setState,
} from './job-store.ts';

/** What is written down of one run: in the database, or for a dry run nowhere. */
export interface JobLog {
  /** Empty for a dry run. */
  readonly jobId: string;
  /** Where an earlier run of the job ended. */
  readonly startsAt: { readonly step: string; readonly cursor: readonly string[] | null };
  state(): Promise<JobState>;
  enterStep(step: string): Promise<void>;
  note(problems: readonly JobProblem[]): Promise<void>;
  /** A step that looks at all rows again starts without the problems of earlier ones. */
  forgetProblems(): Promise<void>;
  problems(limit: number): Promise<readonly JobProblem[]>;
  countProblems(): Promise<number>;
  end(state: JobState): Promise<void>;
}

export function storedLog(session: Session, job: JobRecord): JobLog {
  const { id, step, cursor } = job;
  return {
    jobId: id,
    startsAt: { step, cursor },
    state: async () => (await readJob(session, id)).state,
    enterStep: (next) => enterStep(session, id, next),
    note: (problems) => noteProblems(session, id, problems),
    forgetProblems: () => forgetProblems(session, id),
    problems: (limit) => readProblems(session, id, limit),
    countProblems: () => countProblems(session, id),
    end: (state) => setState(session, id, state),
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
    problems: async (limit) => [...noted.values()].slice(0, limit),
    countProblems: async () => noted.size,
    end: async () => {},
  };
}
