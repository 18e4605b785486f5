import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export interface InterruptibleProxy {
  /** The server's URL, by way of the proxy. */
  readonly url: string;
  /** Cuts all connections and refuses new ones. */
  down(): Promise<void>;
  /** Takes connections again, on the same port. */
  up(): Promise<void>;
  /** Keeps connections open but passes nothing on, as a partition does. */
  freeze(): void;
}

function port(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Stands before a server, to be a server that stops and comes back. */
export async function interruptibleProxy(target: string): Promise<InterruptibleProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const open = new Set<Socket>();
  let frozen = false;

  function accept(socket: Socket): void {
    const onward = connect(Number(targetPort || 5432), hostname);
    for (const [from, to] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      open.add(from);
      from.on('data', (chunk) => {
        if (!frozen) to.write(chunk);
      });
      from.on('close', () => {
        open.delete(from);
        if (!frozen) to.destroy();
      });
      from.on('error', () => to.destroy());
    }
  }

  let server = createServer(accept).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fixed = port(server);
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(fixed);
  return {
    url: url.href,
    async down() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
    async up() {
      frozen = false;
      server = createServer(accept).listen(fixed, '127.0.0.1');
      await once(server, 'listening');
    },
    freeze() {
      frozen = true;
    },
  };
}
