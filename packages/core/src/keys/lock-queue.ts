/** Runs one thing after another, in the order in which they were asked for. */
export type LockQueue = <T>(work: () => Promise<T>) => Promise<T>;

/** What the advisory lock is to a database, within one process. */
export function createLockQueue(): LockQueue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    return turn;
  };
}
