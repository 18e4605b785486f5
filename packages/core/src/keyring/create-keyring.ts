import { createAuthoriseJob } from './authorise-job.ts';
import { createKeyringDoor } from './create-keyring-door.ts';
import { createKeyringLife } from './create-keyring-life.ts';
import type { KeyringParts } from './create-keyring-parts.ts';
import { createDescribeDataKeys } from './describe-data-keys.ts';
import { giveDoor } from './door-of.ts';
import { createExportTombstones } from './export-tombstones.ts';
import { createFieldPhases } from './field-phases.ts';
import { createIndexStates } from './index-states.ts';
import type { Keyring, SlotDescription } from './keyring.ts';
import { createKeyringAudit } from './keyring-audit.ts';
import { createKms } from './kms/create-kms.ts';
import { createImportTokens } from './kms/import-token.ts';
import { rotateNow } from './kms/rotate-now.ts';
import { describeKeys } from './manage-keys.ts';
import { createPlaintextCounter } from './plaintext-counter.ts';
import { redacted } from './redacted.ts';
import { createRewrapDataKeys } from './rewrap-data-keys.ts';
import { createRewrapRootKey } from './rewrap-root-key.ts';
import { createRotateRootKey } from './rotate-root-key.ts';

function describeSlots({ control }: KeyringParts): readonly SlotDescription[] {
  const { slots } = control.snapshot();
  return slots.map(({ id, kind, mechanism, label, rootGeneration }) => ({
    id,
    kind,
    mechanism,
    label,
    rootGeneration,
  }));
}

/** What an application holds, and the door to its keys for the layers above. */
export function createKeyring(parts: KeyringParts): Keyring {
  const { primitives, options, unlocked, defaultSuite, control, trail, principals } = parts;
  const { hierarchy, kmsParts, observer } = parts;
  const { store, environment } = options;
  const { engine, random, clock } = primitives;
  const { rootKey, secrets } = unlocked;
  const phases = createFieldPhases({ control, secrets, clock, principals });
  const indexes = createIndexStates({ control, secrets, clock, principals });
  const plaintext = createPlaintextCounter();
  const { maintenance, upkeep, check, gate, isDegraded, health, close } = createKeyringLife(parts);
  const tokens = createImportTokens({ primitives, environment, rootKey });
  const kms = createKms({ parts: kmsParts, tokens, trail, check, gate, observer });

  const describeDataKeys = createDescribeDataKeys({
    book: kmsParts.dataKeys,
    parts: kmsParts,
    trail,
  });

  const rewrapDataKeys = createRewrapDataKeys({
    store,
    secrets,
    wraps: hierarchy.wraps,
    parts: kmsParts,
    trail,
  });

  const authoriseJob = createAuthoriseJob({ parts: kmsParts, trail });
  const exportTombstones = createExportTombstones({ parts: kmsParts, trail });
  const rotateRootKey = createRotateRootKey({ parts: kmsParts });
  const rewrapRootKey = createRewrapRootKey({
    parts: kmsParts,
    secrets,
    ring: rootKey,
    roots: options.roots,
  });

  /** What is managed without the key service, told as if by it. */
  const managed = <T>(operation: string, work: () => Promise<T>): Promise<T> =>
    observer.run('kms', () => ({ operation, keyId: undefined }), work);

  const keyring: Keyring = redacted('Keyring', {
    environment,
    pin: secrets.pin,
    kms,
    audit: createKeyringAudit({
      store,
      secrets,
      engine,
      environment,
      trail,
      control,
      access: kmsParts.access,
      check,
    }),
    as: principals.as,
    async createKey({ description } = {}) {
      const request = description === undefined ? {} : { Description: description };
      const { KeyMetadata } = await kms.createKey(request);
      return { keyId: KeyMetadata.KeyId };
    },
    async createAlias(alias, keyId) {
      await kms.createAlias({ AliasName: alias, TargetKeyId: keyId });
    },
    async rotateKey(aliasOrKeyId) {
      check();
      return managed('RotateKeyOnDemand', () => rotateNow(kmsParts, aliasOrKeyId));
    },
    listKeys() {
      check();
      kmsParts.access.service(control.snapshot(), { operation: 'ListKeys' });
      return describeKeys(control.snapshot());
    },
    authoriseJob(right, keys) {
      check();
      authoriseJob(right, keys);
    },
    async describeDataKeys(ids) {
      check();
      return managed('DescribeKey', () => describeDataKeys(ids));
    },
    async rewrapDataKeys(request) {
      check();
      return managed('RewrapDataKeys', () => rewrapDataKeys(request));
    },
    async rotateRootKey(request) {
      check();
      return managed('RotateRootKey', () => rotateRootKey(request));
    },
    async rewrapRootKey(request) {
      check();
      return managed('RewrapRootKey', () => rewrapRootKey(request));
    },
    async runDue() {
      check();
      return managed('RunDue', maintenance.runDue);
    },
    startMaintenance(given) {
      check();
      return upkeep.start(given);
    },
    exportTombstones() {
      check();
      return exportTombstones();
    },
    listSlots() {
      check();
      return describeSlots(parts);
    },
    phaseOf: (fieldId) => phases.phaseOf(fieldId)?.phase,
    async setPhase(fieldId, phase) {
      check();
      await managed('SetPhase', () => phases.setPhase(fieldId, phase));
    },
    indexStateOf: indexes.stateOf,
    async setIndexState(indexId, state) {
      check();
      await managed('SetIndexState', () => indexes.setState(indexId, state));
    },
    counters: () => ({
      engine: engine.name,
      defaultSuite,
      cache: hierarchy.cache.counters(),
      audit: trail.counters(),
      plaintextRead: plaintext.all(),
    }),
    health,
    onRestore: () => random.reset(),
    close,
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  });
  observer.watch(() => ({
    cache: hierarchy.cache.counters(),
    audit: trail.counters(),
    degraded: isDegraded(),
  }));
  giveDoor(keyring, createKeyringDoor(parts, { phases, indexes, plaintext, check, gate }));
  return keyring;
}
