import { changeFacts, type KmsParts, namedKey } from './kms-parts.ts';
import { nextVersion } from './next-version.ts';
import { requireRotatable } from './rotation.ts';
import { stagedVersion } from './rotation-plan.ts';

/**
 * Adds a version that is used at once, without being shown first: what a suspected leak asks for.
 * A process that has not seen it yet looks again when it meets the first cell under it.
 */
export async function rotateNow(
  parts: KmsParts,
  aliasOrKeyId: string,
): Promise<{ readonly keyId: string; readonly version: number }> {
  const { control, access, rows } = parts;
  const time = await parts.time.shared();
  let rotated = { keyId: '', version: 0 };
  await control.change((snapshot) => {
    const key = namedKey(snapshot, 'aliasOrKeyId', aliasOrKeyId, 'alias');
    const operation = 'RotateKeyOnDemand';
    const decision = access.key(snapshot, { operation, key, named: aliasOrKeyId });
    requireRotatable(key, operation);
    const staged = stagedVersion(key);
    const number = nextVersion(snapshot, key);
    rotated = { keyId: key.id, version: number };
    const times = { stagedAt: time, activateAt: time };
    const rotation = { keyId: key.id, version: number, type: 'ON_DEMAND', ...times };
    const former = [key.primary, staged].flatMap((version) =>
      version === undefined ? [] : [rows.changedVersion(version, 'DECRYPT_ONLY')],
    );
    const next = rows.version(key, { number, state: 'PRIMARY' });
    const details = { version: number };
    const audit = changeFacts(parts, { operation, keyId: key.id, decision, details });
    return { put: [...former, next, rows.rotation(rotation)], audit };
  });
  return rotated;
}
