import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** Somebody on the bus between processor and TPM. */
export interface Interposer {
  readonly device: { readonly host: string; readonly port: number };
  /** Every byte in both directions until now. */
  captured(): Buffer;
  /** Codes of the commands until now. */
  commands(): readonly number[];
  /** The commands with a certain code until now. */
  sent(code: number): readonly Buffer[];
  /** Changes what the TPM answers; `undefined` lets it be. */
  change(answer: ((bytes: Buffer, command: number) => Buffer) | undefined): void;
  stop(): Promise<void>;
}

/** Answers of a TPM are short, and come in one piece over the loopback interface. */
export async function interpose(port: number): Promise<Interposer> {
  const pieces: Buffer[] = [];
  const codes: number[] = [];
  const requests: Buffer[] = [];
  const sockets = new Set<Socket>();
  let change: ((bytes: Buffer, command: number) => Buffer) | undefined;

  const server = createServer((client) => {
    const tpm = connect(port, '127.0.0.1');
    for (const socket of [client, tpm]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.on('data', (bytes: Buffer) => {
      pieces.push(bytes);
      codes.push(bytes.readUInt32BE(6));
      requests.push(bytes);
      tpm.write(bytes);
    });
    tpm.on('data', (bytes: Buffer) => {
      const given = change?.(Buffer.from(bytes), codes.at(-1) ?? 0) ?? bytes;
      pieces.push(given);
      client.write(given);
    });
    client.on('close', () => tpm.destroy());
    tpm.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    device: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    captured: () => Buffer.concat(pieces),
    commands: () => [...codes],
    sent: (code) => requests.filter((bytes) => bytes.readUInt32BE(6) === code),
    change(next) {
      change = next;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
