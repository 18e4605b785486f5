/**
 * Whether the tokens of an index are all there.
 *
 * - `building`: rows may lack theirs, so nothing is looked up by it; writers that do not know of it go on.
 * - `closing`: the same, and such writers are refused: what is filled in now stays.
 * - `ready`: every row has its token.
 */
export type IndexState = 'building' | 'closing' | 'ready';

/** Closed on the way to ready; from everywhere back to the start, since tokens may be dropped. */
const NEXT: Readonly<Record<IndexState, readonly IndexState[]>> = {
  building: ['closing'],
  closing: ['ready', 'building'],
  ready: ['building'],
};

export function isIndexState(text: string): text is IndexState {
  return Object.hasOwn(NEXT, text);
}

/** The states that may follow one. */
export function indexStatesAfter(state: IndexState): readonly IndexState[] {
  return NEXT[state];
}

const PREFIX = 'index-';

/** How a control row spells the state; phases of fields are in the same table. */
export function storedIndexState(state: IndexState): string {
  return `${PREFIX}${state}`;
}

/** @returns `undefined` for what is no state of an index */
export function readIndexState(stored: string): IndexState | undefined {
  const state = stored.startsWith(PREFIX) ? stored.slice(PREFIX.length) : '';
  return isIndexState(state) ? state : undefined;
}
