import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSession } from './control-session.ts';
import type { NewIndexKey } from './create-key-rows.ts';
import { brokenRange, type IndexKeyBook } from './index-key-book.ts';
import { editIndexKeys, type IndexKeyEditOptions, type MissingIndexKey } from './index-key-edit.ts';
import { type IndexKeyRef, nameOfIndexKey } from './key-name.ts';

/** Makes index keys that nobody ever made, and registers them in the same change. */
export interface IndexKeyMaker {
  /**
   * Afterwards each is there, ours or that of whoever was first.
   * @throws `ERR_STORE_INTEGRITY` where one was made before and is not there any more
   */
  make(wanted: readonly NewIndexKey[]): Promise<void>;
}

/** Calls that come while a change is under way share the next one. */
interface Call {
  readonly wanted: readonly NewIndexKey[];
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
}

const BATCH = 500;
const MAX_ATTEMPTS = 10;

function refOf({ key, scope, generation }: NewIndexKey): IndexKeyRef {
  return { keyId: key.id, scope, generation };
}

export function createIndexKeyMaker(
  options: IndexKeyEditOptions & {
    readonly book: Pick<IndexKeyBook, 'read'>;
    readonly control: Pick<ControlSession, 'change'>;
  },
): IndexKeyMaker {
  const { book, control } = options;
  const calls: Call[] = [];
  let isBusy = false;

  /** @returns whether all of them are there now */
  async function attempt(wanted: readonly NewIndexKey[]): Promise<boolean> {
    const found = await book.read(wanted.map(refOf));
    const missing: MissingIndexKey[] = [];
    for (const want of wanted) {
      const content = found.contentFor(refOf(want));
      if (content === undefined) throw brokenRange();
      if (content.row === undefined) missing.push({ wanted: want, content });
    }
    if (missing.length === 0) return true;
    let isMade = false;
    await control.change((snapshot) => {
      const edit = editIndexKeys(options, snapshot, missing);
      isMade = edit !== undefined;
      return edit ?? null;
    });
    return isMade;
  }

  async function makeBatch(wanted: readonly NewIndexKey[]): Promise<void> {
    for (let count = 0; count < MAX_ATTEMPTS; count++) if (await attempt(wanted)) return;
    throw new FieldsealError('ERR_STORE_CONFLICT', 'Other processes were first, ten times');
  }

  async function makeAll(wanted: readonly NewIndexKey[]): Promise<void> {
    const once = [...new Map(wanted.map((want) => [nameOfIndexKey(refOf(want)), want])).values()];
    for (let start = 0; start < once.length; start += BATCH) {
      await makeBatch(once.slice(start, start + BATCH));
    }
  }

  /** Together; where that fails each call by itself, so that none fails for what another wants. */
  async function serve(together: readonly Call[]): Promise<void> {
    try {
      await makeAll(together.flatMap(({ wanted }) => wanted));
      for (const { done } of together) done();
    } catch (error) {
      if (together.length === 1) together[0]?.failed(error);
      else for (const call of together) await serve([call]);
    }
  }

  /** One change at a time: two of one process would only be in each other's way. */
  async function serveAll(): Promise<void> {
    if (isBusy) return;
    isBusy = true;
    while (calls.length > 0) await serve(calls.splice(0));
    isBusy = false;
  }

  return {
    make: (wanted) =>
      new Promise((done, failed) => {
        calls.push({ wanted, done, failed });
        void serveAll();
      }),
  };
}
