import { FieldsealError } from '@fieldseal/core';
import type { DeviceAnswer } from './device-message.ts';

function wipe(answer: DeviceAnswer): void {
  if (answer.outcome === 'opened') answer.secret.fill(0);
}

/**
 * Waits for an answer no longer than this. What comes later is wiped.
 * @throws `ERR_ROOT_UNAVAILABLE`
 */
export async function within(
  timeoutMs: number,
  answer: Promise<DeviceAnswer>,
): Promise<DeviceAnswer> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs);
  });
  try {
    const first = await Promise.race([answer, late]);
    if (first !== undefined) return first;
  } finally {
    clearTimeout(timer);
  }
  answer.then(wipe, () => {});
  const message = `The token did not answer within ${timeoutMs} ms`;
  throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'TIMEOUT' });
}
