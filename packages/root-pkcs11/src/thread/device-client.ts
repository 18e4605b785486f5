import { Worker } from 'node:worker_threads';
import { FieldsealError } from '@fieldseal/core';
import type { AnswerMessage, DeviceAnswer, DeviceCall } from './device-message.ts';

/** The other end of the thread of a module. */
export interface DeviceClient {
  /**
   * Bytes of the call are moved into the thread.
   * @throws `ERR_ROOT_UNAVAILABLE` when the thread has ended
   */
  send(root: number, call: DeviceCall): Promise<DeviceAnswer>;
  end(): Promise<void>;
}

interface Pending {
  resolve(answer: DeviceAnswer): void;
  reject(error: FieldsealError): void;
}

function threadModule(): URL {
  // Node 20 runs no TypeScript: with the sources, as tests have them, the thread is the built one
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(
    isSource ? '../../dist/thread/device-thread.js' : './device-thread.js',
    import.meta.url,
  );
}

function bytesOf(call: DeviceCall): ArrayBuffer[] {
  const bytes = [
    call.call === 'seal' ? call.secret : undefined,
    call.call === 'connect' ? call.pin : undefined,
  ];
  return bytes.flatMap((each) => (each === undefined ? [] : [each.buffer as ArrayBuffer]));
}

/** Starts the thread when it is first needed, and again when it has ended. It keeps no process alive. */
export function createDeviceClient(workerData: {
  readonly path: string;
  readonly libraryParameters: string | undefined;
}): DeviceClient {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let lastId = 0;

  function failAll(of: Worker): void {
    if (worker !== of) return;
    worker = undefined;
    const message = 'The thread of the PKCS#11 module has ended';
    const all = [...pending.values()];
    pending.clear();
    for (const { reject } of all) {
      reject(new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'THREAD_ENDED' }));
    }
  }

  function start(): Worker {
    const started = new Worker(threadModule(), { workerData, execArgv: [] });
    started.on('message', ({ id, ...answer }: AnswerMessage) => {
      pending.get(id)?.resolve(answer);
      pending.delete(id);
    });
    // what it threw may quote what must not be told
    started.on('error', () => failAll(started));
    started.on('exit', () => failAll(started));
    started.unref();
    return started;
  }

  return {
    async send(root, call) {
      worker ??= start();
      const to = worker;
      lastId += 1;
      const id = lastId;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        to.postMessage({ ...call, id, root }, bytesOf(call));
      });
    },
    async end() {
      const ending = worker;
      if (ending === undefined) return;
      failAll(ending);
      await ending.terminate();
    },
  };
}
