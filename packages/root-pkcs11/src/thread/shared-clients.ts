import { createDeviceClient, type DeviceClient } from './device-client.ts';

/** A client that several roots may hold. */
export interface HeldClient extends Pick<DeviceClient, 'send'> {
  /** Ends the thread when nobody holds it any more. */
  release(): Promise<void>;
}

const clients = new Map<string, { readonly client: DeviceClient; holders: number }>();

/**
 * The thread of a module: one for all roots of this thread of the application. A module has one state for
 * the process, and a root that initialises it anew while another is in a call would end both.
 */
export function holdClient(path: string, libraryParameters: string | undefined): HeldClient {
  const name = JSON.stringify([path, libraryParameters]);
  const known = clients.get(name);
  const entry = known ?? { client: createDeviceClient({ path, libraryParameters }), holders: 0 };
  clients.set(name, entry);
  entry.holders += 1;
  return {
    send: entry.client.send,
    async release() {
      entry.holders -= 1;
      if (entry.holders > 0) return;
      clients.delete(name);
      await entry.client.end();
    },
  };
}
