import type { Clock } from '../cache/clock.ts';
import type { PhaseRecord } from '../keys/control-snapshot.ts';
import type { ControlSession } from './control-session.ts';
import type { Approvals } from './kms/approvals.ts';
import type { StoredPhase } from './stored-phase.ts';

/** Every process has looked at the store by then (10 s between two looks), and finished its calls. */
const SETTLE_MS = 15_000;
/** A change that is older than this was not made while this process was starting. */
const LONG_AGO_MS = 60_000;

export interface FieldPhases {
  /** A field without a phase of its own is sealed; `undefined` when the store does not know it. */
  phaseOf(fieldId: string): StoredPhase | undefined;
  /** Looks at a phase that was just set: what this process does with it counts from now. */
  notice(fieldId: string): void;
}

const SEALED: StoredPhase = Object.freeze({ phase: 'sealed', isSettled: true });

/** The phases of all fields, kept with the control rows: an edited one breaks the head's MAC. */
export function createFieldPhases(options: {
  readonly control: Pick<ControlSession, 'snapshot'>;
  readonly clock: Clock;
  readonly approvals: Pick<Approvals, 'phaseInForce'>;
}): FieldPhases {
  const { control, clock, approvals } = options;
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
      const phase = approvals.phaseInForce(fieldId, record.phase);
      const isSettled = clock.monotonic() - sinceOf(record) >= SETTLE_MS;
      return { phase, isSettled };
    },
    notice(fieldId) {
      const record = control.snapshot().phases.get(fieldId);
      if (record !== undefined) sinceOf(record);
    },
  };
}
