import type { FieldTarget } from './field-target.ts';

/**
 * Asks at the beginning for a right that a job needs hours later: a step to what a field or an index is
 * already asks for it, and changes nothing.
 * @throws `ERR_PRINCIPAL_REQUIRED`, `ERR_ACCESS_DENIED`
 */
export async function requireFieldRight(
  { keyring, field }: Pick<FieldTarget, 'keyring' | 'field'>,
  right: 'SetPhase' | 'SetIndexState',
): Promise<void> {
  if (right === 'SetPhase') {
    const phase = keyring.phaseOf(field.id);
    // a dry run registers nothing
    if (phase !== undefined) await keyring.setPhase(field.id, phase);
    return;
  }
  for (const { id } of field.indexes) {
    const state = keyring.indexStateOf(id);
    if (state !== undefined) await keyring.setIndexState(id, state);
  }
}
