import type { Problems } from '../problem.ts';
import type { Lock, LockedField, LockedIndex } from './lock-file.ts';

/**
 * What was sealed once stays sealed, under the same id, until somebody takes its line out of the
 * lock: a vanished annotation would store plaintext from then on, and a changed id, type or
 * binding would lose the values that are sealed already.
 * @param file path of the lock file, and its text for the line numbers
 */
export function checkLock(
  locked: Lock,
  now: Lock,
  file: { readonly path: string; readonly text: string },
  problems: Problems,
): void {
  const check: LockCheck = { file, problems };
  for (const [id, entry] of locked.fields) checkField(check, id, entry, now);
  for (const [id, entry] of locked.indexes) checkIndex(check, id, entry, now);
}

interface LockCheck {
  readonly file: { readonly path: string; readonly text: string };
  readonly problems: Problems;
}

function checkField(check: LockCheck, id: string, entry: LockedField, { fields }: Lock): void {
  const current = fields.get(id);
  if (current === undefined) {
    const renamed = [...fields].find(([, { field }]) => field === entry.field)?.[0];
    if (renamed === undefined) {
      refuse(check, id, `${entry.field} (id "${id}") is not sealed any more`);
    } else {
      const message = `the field id of ${entry.field} changed from "${id}" to "${renamed}"`;
      refuse(check, id, message, { keep: `/// @encrypted(id: "${id}")` });
    }
    return;
  }
  for (const part of ['type', 'bind'] as const)
    if (current[part] !== entry[part])
      refuse(
        check,
        id,
        `"${part}" of ${current.field} changed from ${entry[part]} to ${current[part]}`,
      );
}

function checkIndex(check: LockCheck, id: string, entry: LockedIndex, { indexes }: Lock): void {
  const current = indexes.get(id);
  if (current === undefined)
    refuse(check, id, `the token column ${entry.token} (id "${id}") is gone`);
  else if (current.normalizer !== entry.normalizer)
    refuse(
      check,
      id,
      `the normaliser of ${current.token} changed from ${entry.normalizer} to ${current.normalizer}`,
    );
}

function refuse(
  { file, problems }: LockCheck,
  id: string,
  message: string,
  { keep }: { readonly keep?: string } = {},
): void {
  const lines = file.text.split('\n');
  const line = lines.findIndex((text) => text.includes(`${JSON.stringify(id)}:`)) + 1;
  const remedy = 'if that is meant, remove this line from the lock in the same change';
  const place = { file: file.path, line };
  if (keep === undefined) problems.add(place, `${message}; ${remedy}`);
  else problems.add(place, `${message}; ${remedy}, otherwise keep it with`, [keep]);
}
