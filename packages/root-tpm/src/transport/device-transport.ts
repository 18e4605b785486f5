import { open } from 'node:fs/promises';
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
 * The device of Linux: one write is a command, one read its answer. The kernel's resource manager
 * keeps what belongs to each open file apart, and takes it away when the file is closed.
 *
 * @throws `ERR_ROOT_UNAVAILABLE`
 */
export async function openDeviceTransport(
  path: string,
  { connectTimeoutMs, commandTimeoutMs }: TpmTimeouts,
): Promise<TpmTransport> {
  const opening = open(path, 'r+').catch((error: unknown) => {
    throw tpmUnavailable(systemReason(error));
  });
  const file = await within(connectTimeoutMs, opening).catch((error: unknown) => {
    // a device that opens late is closed, not leaked
    void opening.then((late) => late.close()).catch(() => {});
    throw error;
  });
  let broken = false;

  async function exchange(command: Uint8Array): Promise<Buffer> {
    await file.write(command, 0, command.length, null);
    const answer = Buffer.alloc(MAX_MESSAGE_BYTES);
    const { bytesRead } = await file.read(answer, 0, answer.length, null);
    return answer.subarray(0, bytesRead);
  }

  return {
    async transact(command) {
      if (broken) throw tpmUnavailable('CLOSED');
      try {
        return await within(commandTimeoutMs, exchange(command));
      } catch (error) {
        broken = true;
        throw error instanceof FieldsealError ? error : tpmUnavailable(systemReason(error));
      }
    },
    async close() {
      const closing = file.close().catch(() => {});
      // after a timeout it waits for the read that never ends; the kernel ends both in its own time
      if (!broken) await closing;
      broken = true;
    },
  };
}
