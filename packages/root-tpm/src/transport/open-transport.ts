import { openDeviceTransport } from './device-transport.ts';
import { openSocketTransport } from './socket-transport.ts';
import type { TpmDevice, TpmTimeouts, TpmTransport } from './tpm-transport.ts';

/** @throws `ERR_ROOT_UNAVAILABLE` */
export function openTransport(device: TpmDevice, timeouts: TpmTimeouts): Promise<TpmTransport> {
  if (typeof device === 'string') return openDeviceTransport(device, timeouts);
  if ('socket' in device) return openSocketTransport({ path: device.socket }, timeouts);
  return openSocketTransport({ host: device.host, port: device.port }, timeouts);
}
