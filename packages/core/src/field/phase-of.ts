import type { KeyDoor } from '../keyring/key-door.ts';
import { type FieldPhase, stricterPhase } from '../keys/field-phase.ts';
import type { ManifestField } from '../manifest/manifest.ts';

/** What the phase of a field means for one call. */
export interface PhaseNow {
  readonly phase: FieldPhase;
  readonly writesCells: boolean;
  /** Whether plaintext is a value of the field, besides cells. */
  readonly readsPlaintext: boolean;
  /** Whether a row may lack its tokens, because nothing has written it since the field had some. */
  readonly mayLackTokens: boolean;
}

const SEALED: PhaseNow = Object.freeze({
  phase: 'sealed',
  writesCells: true,
  readsPlaintext: false,
  mayLackTokens: false,
});

/**
 * The phase that holds now: the stricter of what the application accepts and what the store says.
 * A field whose manifest names no phase costs nothing here.
 */
export function phaseNow(door: Pick<KeyDoor, 'phaseOf'>, { id, phase }: ManifestField): PhaseNow {
  if (phase === undefined) return SEALED;
  const stored = door.phaseOf(id);
  // a field that is new to the store starts in the phase of its manifest
  const effective = stored === undefined ? phase : stricterPhase(phase, stored.phase);
  if (effective === 'sealed') return SEALED;
  return {
    phase: effective,
    // others may still think that the field is sealed, and would not read plaintext
    writesCells:
      effective === 'migrating' || (effective === 'leaving' && stored?.isSettled === false),
    readsPlaintext: true,
    mayLackTokens: effective !== 'leaving',
  };
}
