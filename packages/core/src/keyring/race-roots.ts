import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Root } from '../keys/root.ts';
import { rootFailure } from './root-failure.ts';

/** How long a root is alone before the next one is asked as well. */
const HEAD_START_MS = 250;

export interface RootRace<T> {
  /** In the order in which they are preferred. */
  readonly roots: readonly Root[];
  /** Asks one of them; `null` when it has nothing here. `isOver`: nobody waits for the answer any more. */
  readonly ask: (root: Root, isOver: () => boolean) => Promise<T | null>;
  /** What came too late. */
  readonly discard: (late: T) => void;
  /** For all of them that need nobody. */
  readonly deadlineMs: number;
}

/** What roots came to; failures are in the order of the roots. */
interface Outcome<T> {
  readonly won: T | null;
  readonly failures: readonly unknown[];
}

function late(): FieldsealError {
  const message = 'A root did not answer within the deadline';
  return new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'DEADLINE' });
}

/** One that hangs or fails keeps no other from winning. */
function race<T>(options: RootRace<T>): Promise<Outcome<T>> {
  const { roots, ask, discard, deadlineMs } = options;
  return new Promise((resolve) => {
    const failures = new Map<number, unknown>();
    const asked = new Set<number>();
    let next = 0;
    let isOver = false;
    let headStart: ReturnType<typeof setTimeout> | undefined;
    const deadline = setTimeout(() => {
      for (const index of asked) failures.set(index, late());
      end(null);
    }, deadlineMs);

    function end(won: T | null): void {
      isOver = true;
      clearTimeout(deadline);
      clearTimeout(headStart);
      const inOrder = [...failures].sort(([a], [b]) => a - b).map(([, error]) => error);
      resolve({ won, failures: inOrder });
    }

    function askNext(): void {
      clearTimeout(headStart);
      const index = next;
      const root = roots[index];
      if (root === undefined) {
        if (asked.size === 0) end(null);
        return;
      }
      next += 1;
      asked.add(index);
      if (next < roots.length) headStart = setTimeout(askNext, HEAD_START_MS);
      ask(root, () => isOver).then(
        (answer) => answered(index, answer),
        (error: unknown) => {
          if (!isOver) failures.set(index, error);
          answered(index, null);
        },
      );
    }

    function answered(index: number, answer: T | null): void {
      asked.delete(index);
      if (isOver) {
        if (answer !== null) discard(answer);
      } else if (answer !== null) end(answer);
      else askNext();
    }

    askNext();
  });
}

/**
 * The answer of the first root that has one. Those that need nobody are asked first, one after another and
 * none waiting long for the one before; a person is asked only when none of them opens, and takes their time.
 *
 * @returns `null` when all answered and none had anything
 * @throws what the first of those that failed said: `ERR_ROOT_UNAVAILABLE` for one that hangs
 */
export async function raceRoots<T>(options: RootRace<T>): Promise<T | null> {
  const isAttended = ({ interactive }: Root): boolean => interactive === true;
  const roots = options.roots.filter((root) => !isAttended(root));
  const { won, failures } = await race({ ...options, roots });
  if (won !== null) return won;
  const failed = [...failures];
  for (const root of options.roots.filter(isAttended)) {
    try {
      const answer = await options.ask(root, () => false);
      if (answer !== null) return answer;
    } catch (error) {
      failed.push(error);
    }
  }
  if (failed.length > 0) throw rootFailure(failed[0]);
  return null;
}
