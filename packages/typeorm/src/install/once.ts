/**
 * Runs `work` until it has succeeded once: callers at the same time share one run, and a failure
 * is not remembered. The argument is that of the caller that starts a run.
 */
export function once<T>(work: (argument: T) => Promise<void>): (argument: T) => Promise<void> {
  let run: Promise<void> | undefined;
  return (argument) => {
    if (run !== undefined) return run;
    const mine = work(argument);
    run = mine;
    mine.catch(() => {
      if (run === mine) run = undefined;
    });
    return mine;
  };
}
