import { Worker } from 'node:worker_threads';
import { FieldsealError } from '@fieldseal/core';
import { STOP_WORKING } from './stop-working.ts';

/** Threads that work on jobs. */
export interface Threads {
  /** @throws `ERR_JOB_STOPPED` when there were threads and none is left */
  check(): void;
  /** Has them finish the page under way. */
  stop(): Promise<void>;
}

const STOP_MS = 30_000;

export function startThreads(module: URL | undefined, count: number, data?: unknown): Threads {
  const running = new Map<Worker, Promise<void>>();
  for (let i = 0; module !== undefined && i < count; i++) {
    const thread = new Worker(module, { workerData: data });
    const ended = new Promise<void>((resolve) => thread.once('exit', () => resolve()));
    running.set(
      thread,
      ended.then(() => void running.delete(thread)),
    );
    // why it failed, a shard says; what it threw may quote what a job must not print
    thread.on('error', () => {});
  }
  return {
    check() {
      if (count === 0 || running.size > 0) return;
      const message = 'Every thread of the job has ended: the module that they run failed';
      throw new FieldsealError('ERR_JOB_STOPPED', message, { reason: 'THREADS' });
    },
    async stop() {
      const all = [...running.keys()];
      for (const thread of all) thread.postMessage(STOP_WORKING);
      const killer = setTimeout(() => {
        for (const thread of all) void thread.terminate();
      }, STOP_MS);
      await Promise.all(running.values());
      clearTimeout(killer);
    },
  };
}
