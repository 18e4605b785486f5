import { workerData } from 'node:worker_threads';
import { workOnJobs } from '@fieldseal/jobs';
import { codecOptions, withConfiguredKeyring } from './command/context.ts';

/** What a thread of a job runs: a keyring of its own, by the same configuration. */
const { config, skipTriggers } = workerData as {
  readonly config?: string;
  readonly skipTriggers?: readonly string[];
};

await withConfiguredKeyring(config, (opened) =>
  workOnJobs({
    ...codecOptions(opened),
    ...(skipTriggers === undefined ? {} : { skipTriggers }),
  }),
);
