import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { FieldsealError } from '@fieldseal/core';
import {
  HEADER_BYTES,
  MAX_MESSAGE_BYTES,
  systemReason,
  type TpmTimeouts,
  type TpmTransport,
  tpmUnavailable,
} from './tpm-transport.ts';
import { within } from './within.ts';

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(tpmUnavailable(systemReason(error))));
  });
}

/** Gives whole answers of what arrives in pieces. @throws `ERR_ROOT_UNAVAILABLE` */
function readAnswer(socket: Socket): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];

    function settle(result: Buffer | FieldsealError): void {
      socket.off('data', take).off('error', fail).off('close', end);
      if (result instanceof FieldsealError) reject(result);
      else resolve(result);
    }
    function take(piece: Buffer): void {
      pieces.push(piece);
      const bytes = Buffer.concat(pieces);
      if (bytes.length < HEADER_BYTES) return;
      const length = bytes.readUInt32BE(2);
      if (length > MAX_MESSAGE_BYTES || bytes.length > length) settle(tpmUnavailable('MALFORMED'));
      else if (bytes.length === length) settle(bytes);
    }
    const fail = (error: Error): void => settle(tpmUnavailable(systemReason(error)));
    const end = (): void => settle(tpmUnavailable('CLOSED'));
    socket.on('data', take).on('error', fail).on('close', end);
  });
}

/**
 * A simulator, which takes the bytes of commands as they are. swtpm serves one client at a time and
 * lets the next one wait, which shows as a timeout here.
 *
 * @throws `ERR_ROOT_UNAVAILABLE`
 */
export async function openSocketTransport(
  target: NetConnectOpts,
  { connectTimeoutMs, commandTimeoutMs }: TpmTimeouts,
): Promise<TpmTransport> {
  const socket = connect(target);
  try {
    await within(connectTimeoutMs, connected(socket));
  } catch (error) {
    // what the socket says after this is for nobody
    socket.on('error', () => {}).destroy();
    throw error;
  }
  socket.setNoDelay(true).on('error', () => {});

  return {
    async transact(command) {
      if (socket.destroyed) throw tpmUnavailable('CLOSED');
      try {
        const answer = readAnswer(socket);
        socket.write(command);
        return await within(commandTimeoutMs, answer);
      } catch (error) {
        socket.destroy();
        throw error;
      }
    },
    async close() {
      if (socket.destroyed) return;
      await new Promise<void>((resolve) => {
        socket.once('close', resolve).destroy();
      });
    },
  };
}
