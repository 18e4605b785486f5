import type { Client } from 'pg';
import { hintChannel } from './hint-channel.ts';

export interface HintListener {
  /** @returns what ends it; idempotent. */
  watch(hint: () => void): () => void;
  close(): void;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/** `unref` is there since pg 8, but missing from its types. */
type QuietClient = Client & { unref(): void };

/** Says goodbye without waiting for an answer: closing the database cuts what is left. */
function end(client: Client): void {
  client.end().catch(() => {});
}

/**
 * Keeps one connection that LISTENs while somebody watches, and neither it nor its retries keep the
 * process alive. Hints may be lost (a pooler, a lost connection): watchers poll as well.
 */
export function createHintListener(options: {
  readonly schema: string;
  /** A new client, not yet connected. */
  readonly client: () => Client;
}): HintListener {
  const hints = new Set<() => void>();
  let current: Client | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let closed = false;

  function tell(): void {
    for (const hint of [...hints]) queueMicrotask(hint);
  }

  function lost(client: Client): void {
    if (current !== client) return;
    current = undefined;
    end(client);
    if (closed || hints.size === 0) return;
    const longestMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    failures += 1;
    // Spread, so that a fleet does not come back to a restarted server in one moment.
    retry = setTimeout(connect, longestMs * (0.5 + Math.random() / 2));
    retry.unref();
  }

  async function listen(client: Client): Promise<void> {
    await client.connect();
    (client as QuietClient).unref();
    await client.query(`LISTEN "${hintChannel(options.schema)}"`);
    if (current !== client) return;
    failures = 0;
    // What happened before, or while the connection was lost, was not heard.
    tell();
  }

  function connect(): void {
    retry = undefined;
    const client = options.client();
    current = client;
    client.on('notification', tell);
    client.on('error', () => lost(client));
    client.on('end', () => lost(client));
    listen(client).catch(() => lost(client));
  }

  function stop(): void {
    clearTimeout(retry);
    retry = undefined;
    const client = current;
    current = undefined;
    if (client !== undefined) end(client);
  }

  return {
    watch(hint) {
      // An own function for each call: one hint may watch twice.
      const mine = (): void => hint();
      if (closed) return () => {};
      hints.add(mine);
      if (current === undefined && retry === undefined) connect();
      return () => {
        if (hints.delete(mine) && hints.size === 0) stop();
      };
    },
    close() {
      closed = true;
      hints.clear();
      stop();
    },
  };
}
