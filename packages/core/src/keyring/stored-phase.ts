import type { FieldPhase } from '../keys/field-phase.ts';

/** The phase of a field as the key store has it. */
export interface StoredPhase {
  readonly phase: FieldPhase;
  /** Whether all other processes know of it as well. */
  readonly isSettled: boolean;
}
