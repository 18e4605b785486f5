import type { CheckpointRow } from '../keys/key-store.ts';
import type { AuditPoint } from './audit-chain.ts';
import type { AuditSettings, AuditTrailOptions } from './audit-options.ts';
import { checkpointMessage } from './entry-hash.ts';

/** Signs the ends of chains from time to time. */
export interface Checkpoints {
  /** Whether this end is to be signed by now. */
  isDue(point: AuditPoint): boolean;
  /** Signs an end that was not signed yet; writes it to the store, the sinks and the anchor. */
  make(point: AuditPoint): Promise<void>;
}

interface Last {
  readonly sequence: bigint;
  readonly monotonicMs: number;
}

export function createCheckpoints(
  options: AuditTrailOptions,
  settings: Pick<AuditSettings, 'sinks' | 'anchor' | 'checkpointEvery' | 'checkpointEveryMs'>,
): Checkpoints {
  const { store, secrets, clock, environment } = options;
  const { sinks, anchor } = settings;
  const started: Last = { sequence: 0n, monotonicMs: clock.monotonic() };
  const last = new Map<string, Last>();

  async function signed({ chain, sequence, hash }: AuditPoint): Promise<CheckpointRow> {
    const columns = {
      chain,
      sequence,
      entry_hash: hash,
      environment,
      pin: secrets.pin,
      signer: await secrets.audit.publicKey(),
      created_at: BigInt(Math.trunc(clock.now())) * 1000n,
      signature: null,
    };
    const signature = await secrets.audit.sign(checkpointMessage(columns));
    return secrets.sealRow('audit_checkpoint', { ...columns, signature });
  }

  function lastOf(chain: string): Last {
    return last.get(chain) ?? started;
  }

  return {
    isDue({ chain, sequence }) {
      const before = lastOf(chain);
      if (sequence <= before.sequence) return false;
      const grown = sequence - before.sequence >= BigInt(settings.checkpointEvery);
      return grown || clock.monotonic() - before.monotonicMs >= settings.checkpointEveryMs;
    },
    async make(point) {
      if (point.sequence <= lastOf(point.chain).sequence) return;
      const row = await signed(point);
      // another process may have signed the same end of the management chain
      await store.writeCheckpoint(row);
      for (const sink of sinks) await sink.checkpoint(row);
      await anchor?.write(point);
      last.set(point.chain, { sequence: point.sequence, monotonicMs: clock.monotonic() });
    },
  };
}
