import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { microseconds } from '../primitives.ts';
import { requireCustomerKey } from './key-metadata.ts';
import { type KmsParts, namedKey } from './kms-parts.ts';
import { stagedVersion } from './rotation-plan.ts';

/**
 * Adds a version that is used at once, without being shown first: what a suspected leak asks for.
 * A process that has not seen it yet looks again when it meets the first cell under it.
 */
export async function rotateNow(
  { control, access, rows, primitives }: KmsParts,
  aliasOrKeyId: string,
): Promise<{ readonly keyId: string; readonly version: number }> {
  let rotated = { keyId: '', version: 0 };
  await control.change((snapshot) => {
    const key = namedKey(snapshot, 'aliasOrKeyId', aliasOrKeyId, 'alias');
    access.key(snapshot, { operation: 'RotateKeyOnDemand', key, named: aliasOrKeyId });
    requireCustomerKey(key, 'RotateKeyOnDemand');
    if (key.origin !== 'FIELDSEAL' || key.spec !== 'SYMMETRIC_DEFAULT') {
      const meta = { keyId: key.id, operation: 'RotateKeyOnDemand' };
      const message = 'Only symmetric keys with material of Fieldseal rotate';
      throw new FieldsealError('ERR_OPERATION_UNSUPPORTED', message, meta);
    }
    const staged = stagedVersion(key);
    const number = Math.max(...key.versions.keys()) + 1;
    rotated = { keyId: key.id, version: number };
    const activateAt = microseconds(primitives.clock);
    const rotation = { keyId: key.id, version: number, type: 'ON_DEMAND', activateAt };
    const former = [key.primary, staged].flatMap((version) =>
      version === undefined ? [] : [rows.changedVersion(version, 'DECRYPT_ONLY')],
    );
    const next = rows.version(key, { number, state: 'PRIMARY' });
    return { put: [...former, next, rows.rotation(rotation)] };
  });
  return rotated;
}
