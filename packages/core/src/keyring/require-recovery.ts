import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { Root } from '../keys/root.ts';

/**
 * That no single loss ends a store: one of the roots is for recovery, and another one is not lost with it.
 * @throws `ERR_SLOT_REQUIRED`
 */
export function requireRecovery(roots: readonly Root[]): void {
  const isApart = (one: Root, other: Root): boolean =>
    one !== other && (one.failureDomain === undefined || one.failureDomain !== other.failureDomain);
  const isSafe = roots.some(
    (one) => one.recovery === true && roots.some((other) => isApart(one, other)),
  );
  if (isSafe) return;
  const message =
    'Needs two roots of different failure domains, one of them for recovery, or acceptLoss with a reason';
  throw new FieldsealError('ERR_SLOT_REQUIRED', message, { reason: 'RECOVERY_ROOT' });
}
