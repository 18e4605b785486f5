import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { AuditRow } from '../keys/key-store.ts';
import { isBrokenChain } from './audit-chain.ts';
import {
  type AuditSettings,
  type AuditTrailOptions,
  auditSettings,
  checkProcessId,
} from './audit-options.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { AuditedChange, AuditedUse } from './audited-use.ts';
import { createCheckpoints } from './checkpoints.ts';
import { createDelivery } from './delivery.ts';
import { changeColumns, type EntryStyle } from './entry-columns.ts';
import { createGapCounter } from './gap-counter.ts';
import { createManagementChain } from './management-chain.ts';
import { createProcessChain } from './process-chain.ts';
import { createUseBuffer } from './use-buffer.ts';
import { auditUnavailable, withinDeadline } from './within-deadline.ts';

const RETRY_MS = 1000;
/** Of `maxPending`: written before their time, so that a busy minute does not fill the buffer. */
const EARLY = 0.1;

/** The parts of a trail, put together. */
function partsOf(options: AuditTrailOptions, settings: AuditSettings) {
  const { store, engine, secrets, environment } = options;
  const style: EntryStyle = { environment, secrets, contexts: settings.contexts };
  const management = createManagementChain({
    store,
    engine,
    secrets,
    anchor: settings.anchor,
  });
  const name = `process-${checkProcessId(options.processId)}`;
  const process = options.process ?? '';
  const chain = createProcessChain({ store, engine, secrets, management, style, name, process });
  return {
    name,
    style,
    management,
    chain,
    buffer: createUseBuffer(style, settings.detail),
    delivery: createDelivery(options, settings, chain),
    checkpoints: createCheckpoints(options, settings),
    gap: createGapCounter(style),
  };
}

/**
 * Makes the audit trail of one process (docs/audit.md). Nothing is written before there is something
 * to say.
 *
 * @throws `ERR_CONFIG_INVALID`
 */
export function createAuditTrail(options: AuditTrailOptions): AuditTrail {
  const { clock } = options;
  const settings = auditSettings(options.options);
  const { name, style, management, chain, buffer, delivery, checkpoints, gap } = partsOf(
    options,
    settings,
  );
  const { maxPending, maxPendingMs, deadlineMs, flushEveryMs, checkpointEveryMs } = settings;
  /** Monotonic time of the first of the failures that nothing has succeeded since. */
  let failingSince: number | undefined;
  let broken: FieldsealError | undefined;
  let closing: Promise<void> | undefined;
  let running: Promise<void> | undefined;
  let waiting = 0;
  let lookedAt = clock.monotonic();
  let soon = false;
  let cancel = clock.schedule(flushEveryMs, tick);

  function fullReason(): string | undefined {
    if (buffer.size() + waiting >= maxPending) return 'FULL';
    if (failingSince === undefined) return undefined;
    return clock.monotonic() - failingSince >= maxPendingMs ? 'TIMEOUT' : undefined;
  }

  function requireSound(): void {
    if (broken !== undefined) throw broken;
    if (closing !== undefined) {
      throw new FieldsealError('ERR_KEYRING_CLOSED', 'The audit trail is closed');
    }
  }

  /** Whether an entry can be kept; throws where that is to stop the operation. */
  function hasRoom(): boolean {
    requireSound();
    const reason = fullReason();
    if (reason === undefined) return true;
    if (settings.whenUnavailable === 'fail') throw auditUnavailable(reason);
    return false;
  }

  async function signEnds(always: boolean): Promise<void> {
    const limited = (work: () => Promise<void>): Promise<void> =>
      withinDeadline(clock, deadlineMs, work);
    if (chain.isOpen() && (always || checkpoints.isDue(chain.head()))) {
      await limited(() => checkpoints.make(chain.head()));
    }
    if (!always && clock.monotonic() - lookedAt < checkpointEveryMs) return;
    await limited(async () => {
      const { point } = await management.end();
      await checkpoints.make(point);
    });
    lookedAt = clock.monotonic();
  }

  function drain(): void {
    delivery.add(buffer.drain());
    const entry = failingSince === undefined ? gap.take() : undefined;
    if (entry !== undefined) delivery.add([entry]);
    waiting = delivery.pending();
  }

  function noteFailure(error: unknown): FieldsealError {
    failingSince ??= clock.monotonic();
    if (isBrokenChain(error)) broken = error;
    return error instanceof FieldsealError ? error : auditUnavailable('INTERNAL');
  }

  async function deliverAll(): Promise<void> {
    try {
      drain();
      await delivery.run();
      await signEnds(false);
      failingSince = undefined;
      if (!gap.isEmpty()) {
        drain();
        await delivery.run();
      }
    } catch (error) {
      throw noteFailure(error);
    } finally {
      waiting = delivery.pending();
    }
  }

  /** One at a time. */
  function run(): Promise<void> {
    running ??= deliverAll().finally(() => {
      running = undefined;
    });
    return running;
  }

  function tick(): void {
    soon = false;
    const next = (delayMs: number): void => {
      cancel(); // a full buffer may have set another one meanwhile
      if (closing === undefined && broken === undefined) cancel = clock.schedule(delayMs, tick);
    };
    run().then(
      () => next(flushEveryMs),
      () => next(Math.min(RETRY_MS, flushEveryMs)),
    );
  }

  /** Waits for a run under way as well, as it may have begun before the last use. */
  async function runToEnd(): Promise<void> {
    await running?.catch(() => {});
    await run();
  }

  async function conclude(): Promise<void> {
    try {
      await withinDeadline(clock, deadlineMs, runToEnd);
      if (!chain.isOpen()) return;
      await signEnds(true);
      const rows = await withinDeadline(clock, deadlineMs, () => chain.conclude(clock.now()));
      delivery.addWritten(rows);
      await delivery.run();
      await signEnds(true);
      await withinDeadline(clock, deadlineMs, () => settings.anchor?.forget(name));
    } catch (error) {
      throw noteFailure(error);
    } finally {
      for (const sink of settings.sinks)
        await withinDeadline(clock, deadlineMs, () => sink.close());
    }
  }

  /** Where the end is forged, every use that would be recorded is refused from now on. */
  async function unlessForged<T>(work: () => Promise<T>, otherwise: T): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!isBrokenChain(error)) throw error;
      broken = error;
      return otherwise;
    }
  }

  return {
    chain: name,
    async forChange(...changes: readonly AuditedChange[]) {
      requireSound();
      const reason = fullReason();
      // in either mode: a change can wait
      if (reason !== undefined) throw auditUnavailable(reason);
      const end = await management.end();
      // either somebody else was first, which the store says when it is asked, or it was put back
      if (changes.some(({ epoch }) => epoch <= end.epoch)) await management.requireNewStore();
      const nowMs = clock.now();
      return changes.map((change) => end.chain.seal(changeColumns(change, nowMs, style)));
    },
    newestEpoch: () => unlessForged(async () => (await management.end()).epoch, 0n),
    requireNewStore: () => unlessForged(management.requireNewStore, undefined),
    changed(rows: readonly AuditRow[]) {
      management.wrote(rows);
      delivery.addWritten(rows);
      waiting = delivery.pending();
    },
    record(use: AuditedUse) {
      if (!hasRoom()) return gap.count(use, clock.now());
      const isNew = buffer.add(use, clock.now());
      if (!isNew || soon || buffer.size() < maxPending * EARLY) return;
      soon = true;
      cancel();
      cancel = clock.schedule(0, tick);
    },
    check: () => void hasRoom(),
    async flush() {
      requireSound();
      await withinDeadline(clock, deadlineMs, runToEnd);
    },
    counters: () => ({ pending: buffer.size() + waiting, lost: gap.total() }),
    close() {
      if (closing === undefined) {
        cancel();
        closing = conclude();
      }
      return closing;
    },
  };
}
