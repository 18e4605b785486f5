/**
 * Where a field stands on its way from plaintext to cells and back.
 *
 * - `plain`: its column holds plaintext; tokens are written beside it.
 * - `migrating`: cells are written, plaintext is still read.
 * - `sealed`: nothing but cells.
 * - `leaving`: plaintext is written, cells are still read.
 */
export type FieldPhase = 'plain' | 'migrating' | 'sealed' | 'leaving';

/** From the least strict to the strictest: how much plaintext a phase lets through. */
const STRICTNESS: readonly FieldPhase[] = ['plain', 'leaving', 'migrating', 'sealed'];

/** Both ways around one circle: each step can be taken back, none can be left out. */
const NEXT: Readonly<Record<FieldPhase, readonly FieldPhase[]>> = {
  plain: ['migrating'],
  migrating: ['sealed', 'leaving'],
  sealed: ['leaving', 'migrating'],
  leaving: ['plain', 'migrating'],
};

export function isFieldPhase(text: string): text is FieldPhase {
  return (STRICTNESS as readonly string[]).includes(text);
}

export function stricterPhase(a: FieldPhase, b: FieldPhase): FieldPhase {
  return STRICTNESS.indexOf(a) > STRICTNESS.indexOf(b) ? a : b;
}

/** The phases that may follow one. */
export function phasesAfter(phase: FieldPhase): readonly FieldPhase[] {
  return NEXT[phase];
}
