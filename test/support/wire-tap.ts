import { connect, createServer, type Socket } from 'node:net';

/** A proxy on the loopback interface that remembers every byte in both directions. */
export interface WireTap {
  /** The database's URL by way of the tap. */
  readonly url: string;
  /** What went over the wire until now. */
  captured(): Buffer;
  stop(): Promise<void>;
}

/** Puts a tap between a client and the server of `url`. */
export async function tapWire(url: string): Promise<WireTap> {
  const target = new URL(url);
  const pieces: Buffer[] = [];
  const sockets = new Set<Socket>();

  function join(from: Socket, to: Socket): void {
    sockets.add(from);
    from.on('data', (piece: Buffer) => {
      pieces.push(piece);
      to.write(piece);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const proxy = createServer((client) => {
    const server = connect(Number(target.port || 5432), target.hostname);
    join(client, server);
    join(server, client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('The tap has no port');
  const tapped = new URL(url);
  tapped.hostname = '127.0.0.1';
  tapped.port = String(address.port);
  // encryption on the wire would hide what the hunt looks for
  tapped.searchParams.set('sslmode', 'disable');
  return {
    url: tapped.href,
    captured: () => Buffer.concat(pieces),
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
