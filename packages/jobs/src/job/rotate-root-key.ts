import { setTimeout as wait } from 'node:timers/promises';
import { FieldsealError, type Keyring, type RootKeyRotation } from '@fieldseal/core';
import { jobStopped } from '../engine/run-pages.ts';

export interface RotateRootKeyOptions {
  /** With every root that is to open the store afterwards. */
  readonly keyring: Keyring;
  /** Ids of slots that get no successor, also not by a rotation that is under way already. */
  readonly leaveOut?: readonly string[];
  /**
   * Versions of keys that are moved together: 1 to 1,000.
   * @defaultValue 100
   */
  readonly batchSize?: number;
  /** Stops after the step under way; the rotation goes on where it was when it is started again. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RootKeyRotation) => void;
}

/** How a rotation of the root key ended. */
export interface RootRotationReport {
  readonly generation: number;
  /** Versions of keys that this run moved. */
  readonly rewrapped: number;
}

/** So that somebody who waits hears of it, and a signal is heeded. */
const LONGEST_WAIT_MS = 1000;

/**
 * Replaces the root key, with applications running: makes another one, seals it with every root of the
 * keyring, wraps the store key and all versions of keys anew under it, and takes the old slots away. No data
 * key and no cell is touched. One that was begun, by whomever, is taken up; what was moved stays moved.
 *
 * @throws `ERR_JOB_STOPPED`; `ERR_ROTATION_CONFLICT` when the one under way does not leave out `leaveOut`, and those of `keyring.rotateRootKey` and `keyring.rewrapRootKey`
 *
 * @example
 * ```ts
 * import { rotateRootKey } from '@fieldseal/jobs';
 *
 * const { generation } = await rotateRootKey({ keyring });
 * ```
 */
export async function rotateRootKey(options: RotateRootKeyOptions): Promise<RootRotationReport> {
  const { keyring, leaveOut, batchSize, signal, onProgress } = options;
  const page = batchSize === undefined ? {} : { limit: batchSize };
  const request = leaveOut === undefined ? {} : { leaveOut };
  // one that is under way may have been begun for others: a root that is to lose the store must not keep it
  let progress = await keyring.rewrapRootKey({ ...page, ...request });
  let rewrapped = progress.rewrapped;
  if (progress.state === 'done') {
    progress = await keyring.rotateRootKey(request).catch((error: unknown) => {
      // somebody was faster: what they began has to be what is wanted
      if (isConflict(error)) return keyring.rewrapRootKey({ ...page, ...request });
      throw error;
    });
  }
  while (progress.state !== 'done') {
    onProgress?.(progress);
    if (signal?.aborted === true) throw jobStopped('running');
    await wait(Math.min(progress.waitMs, LONGEST_WAIT_MS));
    progress = await keyring.rewrapRootKey(page);
    rewrapped += progress.rewrapped;
  }
  onProgress?.(progress);
  return { generation: progress.generation, rewrapped };
}

function isConflict(error: unknown): boolean {
  return error instanceof FieldsealError && error.code === 'ERR_ROTATION_CONFLICT';
}
