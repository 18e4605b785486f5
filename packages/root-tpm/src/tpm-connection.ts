import { createTpmClient, type TpmClient } from './command/create-tpm-client.ts';
import { invalidOption } from './invalid-option.ts';
import { openTransport } from './transport/open-transport.ts';
import type { TpmDevice, TpmTimeouts } from './transport/tpm-transport.ts';

/** Which TPM, and how long to wait for it. */
export interface TpmConnectionOptions {
  /** @defaultValue `/dev/tpmrm0`, the resource manager of the kernel */
  readonly device?: TpmDevice;
  /** @defaultValue 5,000 */
  readonly connectTimeoutMs?: number;
  /** For each command; chips take up to a second for some. @defaultValue 20,000 */
  readonly commandTimeoutMs?: number;
}

/** Names of {@link TpmConnectionOptions}. */
export const CONNECTION_OPTIONS = ['device', 'connectTimeoutMs', 'commandTimeoutMs'] as const;

/** Lends a client for one call at a time; the connection ends with the call. */
export type TpmConnection = <T>(use: (client: TpmClient) => Promise<T>) => Promise<T>;

const MAX_TIMEOUT_MS = 600_000;

function timeout(option: keyof TpmTimeouts, value: number): number {
  const isUsable = Number.isInteger(value) && value > 0 && value <= MAX_TIMEOUT_MS;
  if (!isUsable) throw invalidOption(option, 'A timeout is from 1 ms to 10 minutes');
  return value;
}

function isDevice(device: TpmDevice): boolean {
  if (typeof device === 'string') return device.startsWith('/');
  if (typeof device !== 'object' || device === null) return false;
  if ('socket' in device) return typeof device.socket === 'string' && device.socket !== '';
  return typeof device.host === 'string' && Number.isInteger(device.port);
}

/** @throws `ERR_CONFIG_INVALID` for an option that is not one of these */
export function checkOptionNames(options: object, names: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) throw invalidOption(unknown, 'There is no such option');
}

/**
 * A connection for each call: the resource manager of the kernel takes back what a call leaves in the
 * TPM when the file is closed, also when the process is killed.
 *
 * @throws `ERR_CONFIG_INVALID`
 */
export function tpmConnection(options: TpmConnectionOptions): TpmConnection {
  const { device = '/dev/tpmrm0', connectTimeoutMs = 5000, commandTimeoutMs = 20_000 } = options;
  if (!isDevice(device)) {
    const message = 'A device is an absolute path, { host, port } or { socket }';
    throw invalidOption('device', message);
  }
  const timeouts = {
    connectTimeoutMs: timeout('connectTimeoutMs', connectTimeoutMs),
    commandTimeoutMs: timeout('commandTimeoutMs', commandTimeoutMs),
  };
  // simulators serve one client, and a TPM does one thing at a time anyhow
  let last: Promise<unknown> = Promise.resolve();

  async function run<T>(use: (client: TpmClient) => Promise<T>): Promise<T> {
    const transport = await openTransport(device, timeouts);
    try {
      return await use(createTpmClient(transport));
    } finally {
      await transport.close();
    }
  }

  return (use) => {
    const result = last.then(() => run(use));
    last = result.catch(() => {});
    return result;
  };
}
