import { FieldsealError } from '../errors/fieldseal-error.ts';
import { EVERY_KEY } from '../keys/approval-records.ts';
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
import type { ControlRow } from '../keys/key-store.ts';
import { authoriseField } from './authorise-field.ts';
import { changeFacts, type KmsParts } from './kms/kms-parts.ts';

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
  /**
   * @throws `ERR_CONFIG_INVALID`, `ERR_PRINCIPAL_REQUIRED`, `ERR_FIELD_UNKNOWN`, `ERR_ACCESS_DENIED`,
   * `ERR_PHASE_CHANGE`
   */
  setState(indexId: string, state: IndexState): Promise<void>;
}

const ACTION = 'SetIndexState';
const NONE: readonly string[] = Object.freeze([]);
const FIRST: readonly number[] = Object.freeze([FIRST_INDEX_GENERATION]);

export function createIndexStates(parts: KmsParts): IndexStates {
  const { control, access, rows } = parts;
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
        access.principals.current();
        const index = storedRecord(snapshot, indexId);
        if (index === undefined) throw unknownIndex(indexId);
        const fieldId = columnsOf(snapshot.registry.get(indexId) as ControlRow).text('field_id');
        const asked = { right: ACTION, fieldId } as const;
        const { keyId, decision } = authoriseField(parts, snapshot, asked);
        const { state: from } = index;
        if (from === state) return null;
        if (!indexStatesAfter(from).includes(state)) throw noStep(indexId, from, state);
        const next = indexAfter(index, state);
        const details = { index: indexId, from, to: state, generation: next.generation };
        const key = keyId === EVERY_KEY ? {} : { keyId };
        return {
          put: [rows.phase(indexId, storedIndex(next))],
          audit: changeFacts(parts, { operation: ACTION, ...key, decision, details }),
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
