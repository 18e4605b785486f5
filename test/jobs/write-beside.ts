import { setTimeout as wait } from 'node:timers/promises';

/** Between two writes of one writer: the job and the application share the cores. */
const PAUSE_MS = 5;

/**
 * Lets writers work beside a job until `over` is aborted.
 * @param write - The n-th write of a writer; both are counted from 0
 */
export async function writeBeside(
  {
    writers,
    over,
    pauseMs = PAUSE_MS,
  }: { readonly writers: number; readonly over: AbortSignal; readonly pauseMs?: number },
  write: (writer: number, n: number) => Promise<void>,
): Promise<void> {
  const work = async (writer: number): Promise<void> => {
    for (let n = 0; !over.aborted; n++) {
      await write(writer, n);
      await wait(pauseMs);
    }
  };
  await Promise.all(Array.from({ length: writers }, (_, writer) => work(writer)));
}
