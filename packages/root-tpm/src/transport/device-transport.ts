import { type FileHandle, open } from 'node:fs/promises';
import { FieldsealError } from '@fieldseal/core';
import {
  MAX_MESSAGE_BYTES,
  systemReason,
  type TpmTimeouts,
  type TpmTransport,
  tpmUnavailable,
} from './tpm-transport.ts';
import { within } from './within.ts';

/**
 * Devices that have not come back from a call that was given up. Such a call holds one of the few threads
 * with which Node reads files: a second one would not be told apart from the first, and four stop the process.
 */
const stuck = new Set<string>();

/** Work on a device, given up when it takes too long; until it ends all the same, the device is stuck. */
async function timed<T>(path: string, milliseconds: number, work: Promise<T>): Promise<T> {
  try {
    return await within(milliseconds, work);
  } catch (error) {
    if (!(error instanceof FieldsealError)) throw tpmUnavailable(systemReason(error));
    stuck.add(path);
    const free = (): void => void stuck.delete(path);
    void work.then(free, free);
    throw error;
  }
}

async function exchange(file: FileHandle, command: Uint8Array): Promise<Buffer> {
  await file.write(command, 0, command.length, null);
  const answer = Buffer.alloc(MAX_MESSAGE_BYTES);
  const { bytesRead } = await file.read(answer, 0, answer.length, null);
  return answer.subarray(0, bytesRead);
}

/**
 * The device of Linux: one write is a command, one read its answer. The kernel's resource manager
 * keeps what belongs to each open file apart, and takes it away when the file is closed.
 *
 * @throws `ERR_ROOT_UNAVAILABLE`, with the reason `EBUSY` while an earlier call hangs in the device
 */
export async function openDeviceTransport(
  path: string,
  { connectTimeoutMs, commandTimeoutMs }: TpmTimeouts,
): Promise<TpmTransport> {
  if (stuck.has(path)) throw tpmUnavailable('EBUSY');
  const opening = open(path, 'r+');
  const file = await timed(path, connectTimeoutMs, opening).catch((error: unknown) => {
    // a device that opens late is closed, not leaked
    void opening.then((late) => late.close()).catch(() => {});
    throw error;
  });
  let isBroken = false;
  let last: Promise<unknown> = Promise.resolve();

  return {
    async transact(command) {
      if (isBroken) throw tpmUnavailable('CLOSED');
      const answer = exchange(file, command);
      last = answer.catch(() => {});
      try {
        return await timed(path, commandTimeoutMs, answer);
      } catch (error) {
        isBroken = true;
        throw error;
      }
    },
    async close() {
      // not under a read that is still going on, and that one is waited for by nobody
      const closing = last.then(() => file.close()).catch(() => {});
      if (!isBroken) await closing;
      isBroken = true;
    },
  };
}
