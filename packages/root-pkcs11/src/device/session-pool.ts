import { FieldsealError } from '@fieldseal/core';
import type { Handle } from './cryptoki.ts';
import type { CryptokiModule } from './cryptoki-module.ts';

/** Sessions of a token. A session does one thing at a time. */
export interface SessionPool {
  /** Lends a session; one in which something failed is closed, as an operation may be left in it. */
  use<T>(work: (session: Handle) => Promise<T>): Promise<T>;
  close(): void;
}

export function createSessionPool(options: {
  readonly module: CryptokiModule;
  readonly open: () => Handle;
  readonly size: number;
}): SessionPool {
  const { module, open, size } = options;
  const { generation } = module;
  const idle: Handle[] = [];
  const waiting: (() => void)[] = [];
  let count = 0;
  let isClosed = false;

  function drop(session: Handle): void {
    count -= 1;
    // after a restart of the module the same number is somebody else's
    if (module.generation !== generation) return;
    try {
      module.calls.C_CloseSession(session);
    } catch {
      // it was gone already
    }
  }

  async function take(): Promise<Handle> {
    while (idle.length === 0 && count >= size) {
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
    if (isClosed || module.generation !== generation) {
      const message = 'The connection to the token is over';
      throw new FieldsealError('ERR_ROOT_UNAVAILABLE', message, { reason: 'DISCONNECTED' });
    }
    const known = idle.pop();
    if (known !== undefined) return known;
    const opened = open();
    count += 1;
    return opened;
  }

  return {
    async use(work) {
      const session = await take().finally(() => {
        // when this one got none, the next is not to wait for it
        if (count < size) waiting.shift()?.();
      });
      let isSound = false;
      try {
        const result = await module.running(() => work(session));
        isSound = true;
        return result;
      } finally {
        if (isSound && !isClosed) idle.push(session);
        else drop(session);
        waiting.shift()?.();
      }
    },
    close() {
      isClosed = true;
      for (const session of idle.splice(0)) drop(session);
    },
  };
}
