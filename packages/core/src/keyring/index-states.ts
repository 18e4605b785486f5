import type { Clock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import { columnsOf } from '../keys/columns.ts';
import type { ControlSnapshot } from '../keys/control-snapshot.ts';
import {
  type IndexState,
  indexStatesAfter,
  isIndexState,
  storedIndexState,
} from '../keys/index-state.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { ControlSession } from './control-session.ts';
import { microseconds } from './primitives.ts';
import type { Principals } from './principal.ts';

/** The states of all indexes, kept with the control rows: an edited one breaks the head's MAC. */
export interface IndexStates {
  /** `undefined` for an index that the store does not know. */
  stateOf(indexId: string): IndexState | undefined;
  /** Indexes of a field that every writer of it has to know. */
  requiredOf(fieldId: string): readonly string[];
  /** @throws `ERR_CONFIG_INVALID`, `ERR_FIELD_UNKNOWN`, `ERR_PHASE_CHANGE` */
  setState(indexId: string, state: IndexState): Promise<void>;
}

const NONE: readonly string[] = Object.freeze([]);

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
    stateOf: (indexId) => storedState(control.snapshot(), indexId),
    requiredOf(fieldId) {
      const snapshot = control.snapshot();
      // asked by every write, and the same until the store changes
      if (snapshot !== seen) required = requiredIndexes(snapshot);
      seen = snapshot;
      return required.get(fieldId) ?? NONE;
    },
    async setState(indexId, state) {
      if (!isIndexState(state)) {
        const message = 'A state is building, closing or ready';
        throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'state' });
      }
      await control.change((snapshot) => {
        const from = storedState(snapshot, indexId);
        if (from === undefined) throw unknownIndex(indexId);
        if (from === state) return null;
        if (!indexStatesAfter(from).includes(state)) throw noStep(indexId, from, state);
        const principal = principals.orService();
        const columns = { field_id: indexId, phase: storedIndexState(state) };
        const row = secrets.sealRow('phase', { ...columns, updated_at: microseconds(clock) });
        const details = { index: indexId, from, to: state };
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
function storedState(snapshot: ControlSnapshot, indexId: string): IndexState | undefined {
  const { registry, indexStates } = snapshot;
  const index = registry.get(indexId);
  if (index === undefined) return undefined;
  const columns = columnsOf(index);
  if (columns.text('kind') !== 'index') return undefined;
  const state = indexStates.get(indexId);
  if (state !== undefined) return state;
  const field = registry.get(columns.text('field_id'));
  if (field === undefined) return 'building';
  const isLater = columnsOf(field).timestamp('created_at') !== columns.timestamp('created_at');
  return isLater ? 'building' : 'ready';
}

/** Only those that a job has closed: before that, versions without the index write on. */
function requiredIndexes({
  registry,
  indexStates,
}: ControlSnapshot): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [indexId, state] of indexStates) {
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
