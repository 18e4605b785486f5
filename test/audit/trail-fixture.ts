import { randomUUID } from 'node:crypto';
import {
  type AuditOptions,
  type AuditRow,
  type AuditSource,
  auditSource,
  type CheckpointRow,
  createMemoryStore,
  type KeyStore,
  verifyAudit,
} from '@fieldseal/core';
import { type FixedClock, fixedClock } from '@fieldseal/testing';
import type { AuditTrail } from '../../packages/core/src/audit/audit-trail.ts';
import type { AuditedChange, AuditedUse } from '../../packages/core/src/audit/audited-use.ts';
import { createAuditTrail } from '../../packages/core/src/audit/create-audit-trail.ts';
import { defaultEngine } from '../../packages/core/src/cipher/default-engine.node.ts';
import { createStoreSecrets } from '../../packages/core/src/keys/create-store-secrets.ts';
import type { StoreSecrets } from '../../packages/core/src/keys/store-secrets.ts';
import { bytes, head } from '../conformance/sample-rows.ts';

export const ENVIRONMENT = 'test';

export function secretsOf(seed = 11): StoreSecrets {
  return createStoreSecrets(defaultEngine(), bytes(32, seed));
}

export function use(overrides: Partial<AuditedUse> = {}): AuditedUse {
  return { principal: 'api', action: 'Decrypt', keyId: 'key-1', readOnly: true, ...overrides };
}

export function change(epoch: bigint, overrides: Partial<AuditedChange> = {}): AuditedChange {
  return {
    principal: 'admin',
    action: 'DisableKey',
    keyId: 'key-1',
    readOnly: false,
    epoch,
    ...overrides,
  };
}

/** One process: its trail, and a clock that it shares with nobody. */
export interface TrailFixture {
  readonly trail: AuditTrail;
  readonly clock: FixedClock;
  readonly store: KeyStore;
  readonly secrets: StoreSecrets;
}

export async function openTrail(
  options: AuditOptions & {
    readonly store?: KeyStore;
    readonly processId?: string;
    readonly secrets?: StoreSecrets;
  } = {},
): Promise<TrailFixture> {
  const {
    store = createMemoryStore(),
    processId = randomUUID(),
    secrets = secretsOf(),
    ...own
  } = options;
  const clock = fixedClock(new Date('2026-11-26T10:00:00Z'));
  await store.writeControl({ expectedEpoch: null, put: [], remove: [], head: head(1n) });
  const engine = defaultEngine();
  const base = { store, engine, secrets, clock, environment: ENVIRONMENT, processId };
  return { trail: createAuditTrail({ ...base, options: own }), clock, store, secrets };
}

/** A management change as a keyring makes it. */
export async function manage(
  { trail, store }: Pick<TrailFixture, 'trail' | 'store'>,
  overrides: Partial<AuditedChange> = {},
): Promise<readonly AuditRow[]> {
  const expectedEpoch = (await store.readEpoch()) ?? 0n;
  const epoch = expectedEpoch + 1n;
  const audit = await trail.forChange(change(epoch, overrides));
  await store.writeControl({ expectedEpoch, put: [], remove: [], head: head(epoch), audit });
  trail.changed(audit);
  return audit;
}

export async function entriesOf(store: KeyStore, chain: string): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for await (const row of auditSource(store).entries(chain)) rows.push(row);
  return rows;
}

export async function checkpointsOf(store: KeyStore, chain: string): Promise<CheckpointRow[]> {
  const rows: CheckpointRow[] = [];
  for await (const row of auditSource(store).checkpoints(chain)) rows.push(row);
  return rows;
}

/** A copy of a trail in which anything can be changed. */
export interface OpenSource {
  readonly chains: Map<string, AuditRow[]>;
  readonly checkpoints: Map<string, CheckpointRow[]>;
  readonly source: AuditSource;
}

export async function copyOf(store: KeyStore): Promise<OpenSource> {
  const chains = new Map<string, AuditRow[]>();
  const checkpoints = new Map<string, CheckpointRow[]>();
  for await (const chain of auditSource(store).chains()) {
    chains.set(chain, await entriesOf(store, chain));
    checkpoints.set(chain, await checkpointsOf(store, chain));
  }
  const source: AuditSource = {
    chains: () => chains.keys(),
    entries: (chain) => chains.get(chain) ?? [],
    checkpoints: (chain) => checkpoints.get(chain) ?? [],
  };
  return { chains, checkpoints, source };
}

/** Lets promises go on; the clock of the trail stands still meanwhile. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}

export async function pass({ clock }: TrailFixture, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    clock.advance(Math.min(500, milliseconds - passed));
    await settle();
  }
}

/** An outcome that is waited for while time passes. */
export async function outcome(fixture: TrailFixture, call: Promise<unknown>): Promise<unknown> {
  const caught = call.then(
    () => 'done',
    (error: unknown) => error,
  );
  await pass(fixture, 10_000);
  return caught;
}

export async function isSound({ store, secrets }: TrailFixture): Promise<boolean> {
  const source = auditSource(store);
  const signers = [await secrets.audit.publicKey()];
  const { verifyRow } = secrets;
  return (await verifyAudit({ source, signers, environment: ENVIRONMENT, verifyRow })).sound;
}
