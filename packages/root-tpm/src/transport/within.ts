import { tpmUnavailable } from './tpm-transport.ts';

/**
 * The result of a promise, if it comes in time.
 * @throws `ERR_ROOT_UNAVAILABLE` with the reason `ETIMEDOUT`
 */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tpmUnavailable('ETIMEDOUT')), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
