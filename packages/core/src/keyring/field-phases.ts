import type { Clock } from '../cache/clock.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { ControlSnapshot, PhaseRecord } from '../keys/control-snapshot.ts';
import { type FieldPhase, isFieldPhase, phasesAfter } from '../keys/field-phase.ts';
import type { ControlRow } from '../keys/key-store.ts';
import type { StoreSecrets } from '../keys/store-secrets.ts';
import type { ControlSession } from './control-session.ts';
import { microseconds } from './primitives.ts';
import type { Principals } from './principal.ts';
import type { StoredPhase } from './stored-phase.ts';

/** Every process has looked at the store by then (10 s between two looks), and finished its calls. */
const SETTLE_MS = 15_000;
/** A change that is older than this was not made while this process was starting. */
const LONG_AGO_MS = 60_000;

export interface FieldPhases {
  /** A field without a phase of its own is sealed; `undefined` when the store does not know it. */
  phaseOf(fieldId: string): StoredPhase | undefined;
  /** @throws `ERR_CONFIG_INVALID`, `ERR_FIELD_UNKNOWN`, `ERR_PHASE_CHANGE` */
  setPhase(fieldId: string, phase: FieldPhase): Promise<void>;
}

const SEALED: StoredPhase = Object.freeze({ phase: 'sealed', isSettled: true });

/** The row of a field's phase. */
export function phaseRow(
  secrets: StoreSecrets,
  clock: Clock,
  fieldId: string,
  phase: FieldPhase,
): ControlRow {
  return secrets.sealRow('phase', { field_id: fieldId, phase, updated_at: microseconds(clock) });
}

/** The phases of all fields, kept with the control rows: an edited one breaks the head's MAC. */
export function createFieldPhases(options: {
  readonly control: ControlSession;
  readonly secrets: StoreSecrets;
  readonly clock: Clock;
  readonly principals: Principals;
}): FieldPhases {
  const { control, secrets, clock, principals } = options;
  /** When this process first saw each phase as it is now. */
  const seen = new Map<string, { readonly record: PhaseRecord; readonly since: number }>();

  function settlesFrom(record: PhaseRecord): number {
    const ageMs = clock.now() - Number(record.updatedAt / 1000n);
    // long ago: this process started later, and the others had all the time
    return ageMs > LONG_AGO_MS ? Number.NEGATIVE_INFINITY : clock.monotonic();
  }

  function sinceOf(record: PhaseRecord): number {
    const known = seen.get(record.fieldId);
    if (known?.record.phase === record.phase && known.record.updatedAt === record.updatedAt) {
      return known.since;
    }
    const since = settlesFrom(record);
    seen.set(record.fieldId, { record, since });
    return since;
  }

  return {
    phaseOf(fieldId) {
      const { phases, registry } = control.snapshot();
      const record = phases.get(fieldId);
      if (record === undefined) return registry.has(fieldId) ? SEALED : undefined;
      const isSettled = clock.monotonic() - sinceOf(record) >= SETTLE_MS;
      return { phase: record.phase, isSettled };
    },
    async setPhase(fieldId, phase) {
      checkPhase(phase);
      await control.change((snapshot) => {
        const from = storedPhase(snapshot, fieldId);
        if (from === phase) return null;
        if (!phasesAfter(from).includes(phase)) throw noStep(fieldId, from, phase);
        const principal = principals.orService();
        const details = { field: fieldId, from, to: phase };
        return {
          put: [phaseRow(secrets, clock, fieldId, phase)],
          audit: [{ principal, action: 'SetPhase', readOnly: false, details }],
        };
      });
      // what this process does with the phase counts from now
      const record = control.snapshot().phases.get(fieldId);
      if (record !== undefined) sinceOf(record);
    },
  };
}

/** @throws `ERR_FIELD_UNKNOWN` for a field that was never registered */
function storedPhase(snapshot: ControlSnapshot, fieldId: string): FieldPhase {
  if (snapshot.registry.has(fieldId)) return snapshot.phases.get(fieldId)?.phase ?? 'sealed';
  const message = `The key store's registry has no field ${fieldId}`;
  throw new FieldsealError('ERR_FIELD_UNKNOWN', message, { field: fieldId });
}

function checkPhase(phase: string): void {
  if (isFieldPhase(phase)) return;
  const message = 'A phase is plain, migrating, sealed or leaving';
  throw new FieldsealError('ERR_CONFIG_INVALID', message, { option: 'phase' });
}

function noStep(fieldId: string, from: FieldPhase, to: FieldPhase): FieldsealError {
  const allowed = phasesAfter(from).join(' or ');
  const message = `${fieldId} is ${from}: from there it becomes ${allowed}, not ${to}`;
  return new FieldsealError('ERR_PHASE_CHANGE', message, { field: fieldId, reason: from });
}
