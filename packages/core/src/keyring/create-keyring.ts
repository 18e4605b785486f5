import type { Root } from '../keys/root.ts';
import { createAddSlot } from './add-slot.ts';
import { createAuthoriseJob } from './authorise-job.ts';
import { createKeyringDoor } from './create-keyring-door.ts';
import { createKeyringLife } from './create-keyring-life.ts';
import type { KeyringParts } from './create-keyring-parts.ts';
import { createDescribeDataKeys } from './describe-data-keys.ts';
import { describeSlot } from './describe-slot.ts';
import { giveDoor } from './door-of.ts';
import { createExportSlots, slotBackup } from './export-slots.ts';
import { createExportTombstones } from './export-tombstones.ts';
import { createFieldPhases } from './field-phases.ts';
import { createIndexStates } from './index-states.ts';
import type { Keyring } from './keyring.ts';
import { createKeyringAudit } from './keyring-audit.ts';
import { createKms } from './kms/create-kms.ts';
import { createImportTokens } from './kms/import-token.ts';
import { rotateNow } from './kms/rotate-now.ts';
import { describeKeys } from './manage-keys.ts';
import { observedRoot } from './observed-root.ts';
import { createPlaintextCounter } from './plaintext-counter.ts';
import { microseconds } from './primitives.ts';
import { recordFailure } from './record-failure.ts';
import { redacted } from './redacted.ts';
import { createRemoveSlot } from './remove-slot.ts';
import { createRewrapDataKeys } from './rewrap-data-keys.ts';
import { createRewrapRootKey } from './rewrap-root-key.ts';
import { createRotateRootKey } from './rotate-root-key.ts';
import { createSetPhase } from './set-phase.ts';
import { createTestSlot } from './test-slot.ts';

/** What an application holds, and the door to its keys for the layers above. */
export function createKeyring(parts: KeyringParts): Keyring {
  const { primitives, options, unlocked, defaultSuite, control, trail, principals } = parts;
  const { hierarchy, kmsParts, observer } = parts;
  const { store, environment } = options;
  const { engine, random, clock } = primitives;
  const { rootKey, secrets } = unlocked;
  const phases = createFieldPhases({ control, clock, approvals: kmsParts.approvals });
  const setPhase = createSetPhase(kmsParts);
  const indexes = createIndexStates(kmsParts);
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
  const exportSlots = createExportSlots({ parts: kmsParts, trail });
  const rotateRootKey = createRotateRootKey({ parts: kmsParts });
  const rewrapRootKey = createRewrapRootKey({
    parts: kmsParts,
    secrets,
    ring: rootKey,
    roots: options.roots,
  });

  const slotOptions = {
    parts: kmsParts,
    secrets,
    roots: options.roots,
    development: options.development === true,
    deadlineMs: parts.limits.rootDeadlineMs,
    observed: (root: Root) => observedRoot(root, observer),
  };
  const addSlot = createAddSlot(slotOptions);
  const testSlot = createTestSlot(slotOptions);
  const removeSlot = createRemoveSlot(kmsParts);

  /** What is managed without the key service, told as if by it. */
  const managed = <T>(operation: string, work: () => Promise<T>): Promise<T> =>
    observer.run('kms', () => ({ operation, keyId: undefined }), work);

  /** The same for what says in the trail by itself that it was done, but not that it failed. */
  const changed = <T>(operation: string, work: () => Promise<T>): Promise<T> =>
    managed(operation, () => recordFailure({ trail, principals }, operation, work));

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
    exportSlots() {
      check();
      return exportSlots();
    },
    slotBackup() {
      check();
      return slotBackup(kmsParts, options.slotsFrom);
    },
    listSlots() {
      check();
      const now = microseconds(clock);
      return control.snapshot().slots.map((slot) => describeSlot(slot, now));
    },
    async addSlot(request) {
      check();
      return changed('AddSlot', () => addSlot(request));
    },
    async removeSlot(request) {
      check();
      return changed('RemoveSlot', () => removeSlot(request));
    },
    async testSlot(request) {
      check();
      return changed('TestSlot', () => testSlot(request));
    },
    phaseOf: (fieldId) => phases.phaseOf(fieldId)?.phase,
    async setPhase(fieldId, phase) {
      check();
      await changed('SetPhase', () => setPhase(fieldId, phase));
      phases.notice(fieldId);
    },
    indexStateOf: indexes.stateOf,
    indexesOf: indexes.inUse,
    async setIndexState(indexId, state) {
      check();
      await changed('SetIndexState', () => indexes.setState(indexId, state));
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
