/**
 * Whether the tokens of an index are all there.
 *
 * - `building`: rows may lack theirs, so nothing is looked up by it; writers that do not know of it go on.
 * - `closing`: the same, and such writers are refused: what is filled in now stays.
 * - `ready`: every row has its token.
 * - `rotating`: every row has its token, of one generation of the index key or of the next one. Lookups
 *   ask for both.
 */
export type IndexState = 'building' | 'closing' | 'ready' | 'rotating';

/** An index as the key store has it. */
export interface IndexRecord {
  readonly state: IndexState;
  /**
   * Of the index key that its tokens are made with: 1 or more. While it rotates, the older of two that
   * follow each other.
   */
  readonly generation: number;
}

/** Until an index is rotated there is no other. */
export const FIRST_INDEX_GENERATION = 1;

/**
 * Closed on the way to ready; from everywhere back to the start, since tokens may be dropped. Only a
 * rotation that has begun is finished first: its rows have tokens of two kinds.
 */
const NEXT: Readonly<Record<IndexState, readonly IndexState[]>> = {
  building: ['closing'],
  closing: ['ready', 'building'],
  ready: ['building', 'rotating'],
  rotating: ['ready'],
};

export function isIndexState(text: string): text is IndexState {
  return Object.hasOwn(NEXT, text);
}

/** The states that may follow one. */
export function indexStatesAfter(state: IndexState): readonly IndexState[] {
  return NEXT[state];
}

/** What becomes of an index in its next state: the end of a rotation leaves the newer generation. */
export function indexAfter({ state, generation }: IndexRecord, next: IndexState): IndexRecord {
  return { state: next, generation: state === 'rotating' ? generation + 1 : generation };
}

/** Generations that rows may have tokens of, the older one first. */
export function generationsOf({ state, generation }: IndexRecord): readonly number[] {
  return state === 'rotating' ? [generation, generation + 1] : [generation];
}

const STORED = /^index-([a-z]+)(?:@([1-9]\d{0,8}))?$/;

/** How a control row spells an index; phases of fields are in the same table. */
export function storedIndex({ state, generation }: IndexRecord): string {
  return `index-${state}${generation === FIRST_INDEX_GENERATION ? '' : `@${generation}`}`;
}

/** @returns `undefined` for what is no index */
export function readIndex(stored: string): IndexRecord | undefined {
  const [, state = '', generation] = STORED.exec(stored) ?? [];
  if (!isIndexState(state)) return undefined;
  return { state, generation: Number(generation ?? FIRST_INDEX_GENERATION) };
}
