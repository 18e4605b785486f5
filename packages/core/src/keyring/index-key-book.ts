import { equalBytes } from '../bytes/equal.ts';
import { latin1 } from '../bytes/latin1.ts';
import type { Engine } from '../cipher/engine.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { checkColumns, columnsOf, integrityError } from '../keys/columns.ts';
import {
  digestOf,
  type IndexKeyIdentity,
  type PlaceRange,
  placeOf,
  rangeOf,
} from '../keys/index-register.ts';
import type { KeyRow, KeySelector, KeyStore } from '../keys/key-store.ts';
import type { ControlSession } from './control-session.ts';
import { type IndexKeyRef, scopeBytes } from './key-name.ts';

/** A range of a key's register. */
export interface RegisteredRange extends PlaceRange {
  readonly keyId: string;
}

/** What a range of the register has. */
export interface RangeContent {
  readonly range: RegisteredRange;
  readonly members: readonly IndexKeyIdentity[];
  /** Its MAC is for the caller to verify. `undefined`: nobody ever made this index key. */
  readonly row: KeyRow | undefined;
}

/** Finds index keys, or the proof that there are none, in ranges that were read whole. */
export interface IndexKeyBook {
  /** The ranges that index keys are in as far as is known, each once. */
  rangesOf(refs: readonly IndexKeyRef[]): readonly RegisteredRange[];
  /**
   * Compares what the store answered for `ranges` with the register, and asks again while others add
   * to it.
   * @param rows - Whatever else is among them is passed over.
   * @throws `ERR_STORE_UNAVAILABLE`, `ERR_STORE_INTEGRITY`, `ERR_STORE_CONFLICT`
   */
  settle(
    refs: readonly IndexKeyRef[],
    ranges: readonly RegisteredRange[],
    rows: readonly KeyRow[],
  ): Promise<SettledRanges>;
  /** As `settle`, after asking. */
  read(refs: readonly IndexKeyRef[]): Promise<SettledRanges>;
}

export interface SettledRanges {
  /** `undefined`: the range is not what was registered, which is {@link brokenRange}. */
  contentFor(ref: IndexKeyRef): RangeContent | undefined;
}

/** What the store answered, and what was registered when it was asked. */
interface Answer {
  /** In the order of their keys and places; none overlaps another. */
  readonly ranges: readonly RegisteredRange[];
  readonly content: ReadonlyMap<RegisteredRange, readonly KeyRow[]>;
}

const MAX_ATTEMPTS = 10;

export function brokenRange(): FieldsealError {
  return integrityError('Index keys were removed, added or changed', 'index_key');
}

/** What to ask the store for. */
export function rangeSelector({ keyId, from, to }: RegisteredRange): KeySelector {
  return { table: 'index_key', keyId, from, to };
}

/** The same for the same content of the same range only. */
export function rangeName({ keyId, from, to, digest }: RegisteredRange): string {
  return `${keyId} ${from} ${to} ${latin1(digest)}`;
}

/** What a row says of itself; unverified. */
export function identityOf(row: KeyRow): IndexKeyIdentity {
  const columns = columnsOf(row);
  return {
    id: columns.bytes('id', 16),
    generation: columns.int('generation'),
    place: columns.int('place'),
    scope: columns.bytes('scope'),
  };
}

function compareRanges(a: RegisteredRange, b: RegisteredRange): number {
  if (a.keyId === b.keyId) return a.from - b.from;
  return a.keyId < b.keyId ? -1 : 1;
}

/** The one of sorted ranges that a place is in. */
function findRange(
  ranges: readonly RegisteredRange[],
  keyId: string,
  place: number,
): RegisteredRange | undefined {
  let low = 0;
  let high = ranges.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    const range = ranges[middle] as RegisteredRange;
    const isBehind = range.keyId === keyId ? range.from > place : range.keyId > keyId;
    if (isBehind) high = middle - 1;
    else low = middle;
  }
  const range = ranges[low];
  if (range?.keyId !== keyId) return undefined;
  return place >= range.from && place <= range.to ? range : undefined;
}

/** Sorts what the store answered into the ranges; what is in none of them was not asked for. */
function answerOf(asked: readonly RegisteredRange[], rows: readonly KeyRow[]): Answer {
  const ranges = asked.toSorted(compareRanges);
  const content = new Map<RegisteredRange, KeyRow[]>(ranges.map((range) => [range, []]));
  for (const row of rows) {
    const { key_id: keyId, place } = row.columns;
    if (row.table !== 'index_key' || typeof keyId !== 'string' || typeof place !== 'number')
      continue;
    const range = findRange(ranges, keyId, place);
    if (range !== undefined) content.get(range)?.push(row);
  }
  return { ranges, content };
}

export function createIndexKeyBook(options: {
  readonly engine: Pick<Engine, 'sha256'>;
  readonly store: Pick<KeyStore, 'readKeys'>;
  readonly control: Pick<ControlSession, 'snapshot' | 'pollAnew'>;
}): IndexKeyBook {
  const { engine, store, control } = options;

  function rangeFor({ keyId, scope }: IndexKeyRef): RegisteredRange {
    const register = control.snapshot().indexRegisters.get(keyId);
    return { keyId, ...rangeOf(engine, register, placeOf(engine, scopeBytes(scope))) };
  }

  function rangesOf(refs: readonly IndexKeyRef[]): readonly RegisteredRange[] {
    const ranges = refs.map(rangeFor);
    return [...new Map(ranges.map((range) => [rangeName(range), range])).values()];
  }

  async function ask(ranges: readonly RegisteredRange[]): Promise<Answer> {
    return answerOf(ranges, await store.readKeys(ranges.map(rangeSelector)));
  }

  function isWhole(range: RegisteredRange, { content }: Answer): boolean {
    const rows = content.get(range) ?? [];
    for (const row of rows) checkColumns(row);
    return equalBytes(digestOf(engine, rows.map(identityOf)), range.digest);
  }

  /** What of it is not as registered although nothing was registered since it was asked for. */
  async function brokenOf(
    refs: readonly IndexKeyRef[],
    answer: Answer,
  ): Promise<ReadonlySet<string> | undefined> {
    const broken = answer.ranges.filter((range) => !isWhole(range, answer)).map(rangeName);
    if (broken.length === 0) return new Set();
    // the register is asked for before the rows and after them: if it is the same, so were they
    await control.pollAnew();
    const now = new Set(rangesOf(refs).map(rangeName));
    return broken.every((name) => now.has(name)) ? new Set(broken) : undefined;
  }

  function contentFor(
    { keyId, scope, generation }: IndexKeyRef,
    { ranges, content }: Answer,
    broken: ReadonlySet<string>,
  ): RangeContent | undefined {
    const wanted = scopeBytes(scope);
    const range = findRange(ranges, keyId, placeOf(engine, wanted));
    if (range === undefined) throw new FieldsealError('ERR_INTERNAL', 'A range was not read');
    if (broken.has(rangeName(range))) return undefined;
    const mine = (content.get(range) ?? []).map((row) => ({ row, identity: identityOf(row) }));
    const found = mine.find(
      ({ identity }) => identity.generation === generation && equalBytes(identity.scope, wanted),
    );
    return { range, members: mine.map(({ identity }) => identity), row: found?.row };
  }

  const settle: IndexKeyBook['settle'] = async (refs, ranges, rows) => {
    let answer = answerOf(ranges, rows);
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const broken = await brokenOf(refs, answer);
      if (broken !== undefined) {
        return { contentFor: (ref) => contentFor(ref, answer, broken) };
      }
      answer = await ask(rangesOf(refs));
    }
    throw new FieldsealError('ERR_STORE_CONFLICT', 'Other processes made index keys all the while');
  };

  return {
    rangesOf,
    settle,
    async read(refs) {
      const ranges = rangesOf(refs);
      return settle(refs, ranges, await store.readKeys(ranges.map(rangeSelector)));
    },
  };
}
