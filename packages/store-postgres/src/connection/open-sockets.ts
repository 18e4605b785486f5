import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ClientConfig } from 'pg';

export interface OpenSockets {
  /** A new socket, not yet connected. */
  readonly open: () => Duplex;
  readonly destroyAll: () => void;
}

/**
 * Knows every socket of a pool, since pg waits for servers that never answer: ending a client that is
 * still connecting takes until its connect time limit.
 *
 * @param factory - The application's own, when its pool has one.
 */
export function trackSockets(factory: ClientConfig['stream']): OpenSockets {
  const sockets = new Set<Duplex>();
  const make = typeof factory === 'function' ? factory : () => undefined;
  return {
    open(...settings) {
      const socket = make(...settings) ?? new Socket();
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      return socket;
    },
    destroyAll() {
      for (const socket of sockets) socket.destroy();
    },
  };
}
