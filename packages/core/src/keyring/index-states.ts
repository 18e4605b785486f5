import type { Clock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { columnsOf } from '../keys/columns.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import {
  FIRST_INDEX_GENERATION,
  generationsOf,
  type IndexRecord,
  type IndexState,
  indexAfter,
  indexStatesAfter,
  isIndexState,
  storedIndex,
} from '../keys/index-state.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { ControlSession } from './control-session.ts';
import { microseconds } from './primitives.ts';
import type { Principals } from './principal.ts';

/** The states of all indexes, kept with the control rows: an edited one breaks the head's MAC. */
export interface IndexStates {
  /** `undefined` for an index that the store does not know. */
  stateOf(indexId: string): IndexState | undefined;
  /**
   * Generations of the index key that rows may have tokens of, the older one first. The first one for
   * an index that the store does not know.
   */
  generationsOf(indexId: string): readonly number[];
  /** Indexes of a field whose tokens are in use: all that are registered, but those that are `building`. */
  inUse(fieldId: string): readonly string[];
  /** Indexes of a field that every writer of it has to know. */
  requiredOf(fieldId: string): readonly string[];
  /** @throws `ERR_CONFIG_INVALID`, `ERR_FIELD_UNKNOWN`, `ERR_PHASE_CHANGE` */
  setState(indexId: string, state: IndexState): Promise<void>;
}

const NONE: readonly string[] = Object.freeze([]);
const FIRST: readonly number[] = Object.freeze([FIRST_INDEX_GENERATION]);

export function createIndexStates(options: {
  readonly control: ControlSession;
  readonly secrets: StoreSecrets;
  readonly clock: Clock;
  readonly principals: Principals;
}): IndexStates {
  const { control, secrets, clock, principals } = options;
  let seen: ControlSnapshot | undefined;
  let required: ReadonlyMap<string, readonly string[]> = new Map();

  return {
    stateOf: (indexId) => storedRecord(control.snapshot(), indexId)?.state,
    generationsOf(indexId) {
      const index = control.snapshot().indexes.get(indexId);
      return index === undefined ? FIRST : generationsOf(index);
    },
    inUse(fieldId) {
      const snapshot = control.snapshot();
      const ids = [...snapshot.registry.values()].flatMap((row) => {
        const columns = columnsOf(row);
        const isOfField = columns.text('kind') === 'index' && columns.text('field_id') === fieldId;
        return isOfField ? [columns.text('id')] : [];
      });
      return ids.filter((id) => storedRecord(snapshot, id)?.state !== 'building');
    },
    requiredOf(fieldId) {
      const snapshot = control.snapshot();
      // asked by every write, and the same until the store changes
      if (snapshot !== seen) required = requiredIndexes(snapshot);
      seen = snapshot;
      return required.get(fieldId) ?? NONE;
    },
    async setState(indexId, state) {
      if (!isIndexState(state)) {
        const message = 'A state is building, closing, ready or rotating';
        throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'state' });
      }
      await control.change((snapshot) => {
        const index = storedRecord(snapshot, indexId);
        if (index === undefined) throw unknownIndex(indexId);
        const { state: from } = index;
        if (from === state) return null;
        if (!indexStatesAfter(from).includes(state)) throw noStep(indexId, from, state);
        const principal = principals.orService();
        const next = indexAfter(index, state);
        const columns = { field_id: indexId, phase: storedIndex(next) };
        const row = secrets.sealRow('phase', { ...columns, updated_at: microseconds(clock) });
        const { generation } = next;
        const details = { index: indexId, from, to: state, generation };
        return {
          put: [row],
          audit: [{ principal, action: 'SetIndexState', readOnly: false, details }],
        };
      });
    },
  };
}

/**
 * An index that came with its field has never had a row without token. One that came later starts as
 * `building`, told by the time of its registration: the application may register, and write no phases.
 */
function storedRecord(snapshot: ControlSnapshot, indexId: string): IndexRecord | undefined {
  const { registry, indexes } = snapshot;
  const index = registry.get(indexId);
  if (index === undefined) return undefined;
  const columns = columnsOf(index);
  if (columns.text('kind') !== 'index') return undefined;
  const stored = indexes.get(indexId);
  if (stored !== undefined) return stored;
  const field = registry.get(columns.text('field_id'));
  const isFirst =
    field !== undefined &&
    columnsOf(field).timestamp('created_at') === columns.timestamp('created_at');
  return { state: isFirst ? 'ready' : 'building', generation: FIRST_INDEX_GENERATION };
}

/** Only those that a job has closed: before that, versions without the index write on. */
function requiredIndexes({
  registry,
  indexes,
}: ControlSnapshot): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [indexId, { state }] of indexes) {
    const row = registry.get(indexId);
    if (state === 'building' || row === undefined) continue;
    const fieldId = columnsOf(row).text('field_id');
    found.set(fieldId, [...(found.get(fieldId) ?? []), indexId]);
  }
  return found;
}

function unknownIndex(indexId: string): FieldsealError {
  const message = `The key store's registry has no index ${indexId}`;
  return new FieldsealError('ERR_FIELD_UNKNOWN', message, { index: indexId });
}

function noStep(indexId: string, from: IndexState, to: IndexState): FieldsealError {
  const allowed = indexStatesAfter(from).join(' or ');
  const message = `${indexId} is ${from}: from there it becomes ${allowed}, not ${to}`;
  return new FieldsealError('ERR_PHASE_CHANGE', message, { index: indexId, reason: from });
}
