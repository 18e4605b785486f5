import { parentPort, workerData } from 'node:worker_threads';
import { loadCryptokiModule } from '../device/cryptoki-module.ts';
import { decodeRecord, encodeRecord, mechanismOf } from '../slot/slot-record.ts';
import { createConnectedRoots, fromModule } from './connected-roots.ts';
import type { AnswerMessage, DeviceAnswer, DeviceRequest } from './device-message.ts';

/** The thread of a module. Logging in and finding keys stop it; nobody else notices. */
const { path, libraryParameters } = workerData as {
  readonly path: string;
  readonly libraryParameters: string | undefined;
};

const roots = createConnectedRoots(() => loadCryptokiModule(path, libraryParameters));

async function connect(request: DeviceRequest & { readonly call: 'connect' }): Promise<void> {
  const { root, settings, pin } = request;
  const text = pin === undefined ? undefined : new TextDecoder().decode(pin);
  pin?.fill(0);
  await roots.connect(root, settings, text);
}

async function seal(request: DeviceRequest & { readonly call: 'seal' }): Promise<DeviceAnswer> {
  const { root, secret, context } = request;
  try {
    const bytes = Buffer.from(secret.buffer, secret.byteOffset, secret.length);
    const record = await roots.sealOf(root).seal(bytes, context);
    return { outcome: 'sealed', mechanism: mechanismOf(record.head), sealed: encodeRecord(record) };
  } finally {
    secret.fill(0);
  }
}

async function open(request: DeviceRequest & { readonly call: 'open' }): Promise<DeviceAnswer> {
  const { root, mechanism, sealed, context } = request;
  const record = decodeRecord(mechanism, sealed);
  const opened = record === null ? null : await roots.sealOf(root).open(record, context);
  if (opened === null) return { outcome: 'foreign' };
  const secret = new Uint8Array(opened);
  opened.fill(0);
  return { outcome: 'opened', secret };
}

async function answer(request: DeviceRequest): Promise<DeviceAnswer> {
  try {
    if (request.call === 'seal') return await seal(request);
    if (request.call === 'open') return await open(request);
    if (request.call === 'connect') await connect(request);
    else roots.disconnect(request.root);
    return { outcome: 'done' };
  } catch (error) {
    const { code, message, meta } = fromModule(error);
    const isLost = code === 'ERR_ROOT_UNAVAILABLE' && request.call !== 'connect';
    if (isLost) return { outcome: 'lost', reason: meta.reason ?? 'UNKNOWN' };
    return { outcome: 'failed', code, message, meta };
  }
}

parentPort?.on('message', async (request: DeviceRequest) => {
  const given = await answer(request);
  const moved = given.outcome === 'opened' ? [given.secret.buffer as ArrayBuffer] : [];
  const message: AnswerMessage = { ...given, id: request.id };
  parentPort?.postMessage(message, moved);
});
