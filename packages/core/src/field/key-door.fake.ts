import { defaultEngine, defaultRandom } from '#engine';
import { latin1, latin1ToBytes } from '../bytes/latin1.ts';
import { createFieldCipher } from '../cell/create-field-cipher.ts';
import type { FieldCipher } from '../cell/field-cipher.ts';
import type { Suite } from '../cipher/suite.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type {
  CipherSpec,
  KeyDoor,
  KeyLease,
  KeyRequest,
  LeasedDataKey,
  LeasedIndexKey,
  RegistryEntry,
  Scope,
} from '../keyring/key-door.ts';
import type { StoredPhase } from '../keyring/stored-phase.ts';
import { deriveKey } from '../keys/derive.ts';
import type { IndexState } from '../keys/index-state.ts';
import { silentObserver } from '../observe/silent-observer.ts';

/** Real cryptography over keys in a map: for tests of what stands in front of the door. */
export interface FakeDoor extends KeyDoor {
  /** The same keys in another environment. */
  environment: string;
  readonly requests: KeyRequest[];
  readonly entries: RegistryEntry[];
  /** Leases that were not given back. */
  open: number;
  /** The next lease fails with this. */
  failure: Error | undefined;
  readonly phases: Map<string, StoredPhase>;
  readonly indexStates: Map<string, IndexState>;
  /** By index id; the first one where there is none. */
  readonly indexGenerations: Map<string, readonly number[]>;
  /** By field id. */
  readonly requiredIndexes: Map<string, readonly string[]>;
  plaintextRead: number;
  /** Forgets all data keys, as if they had never been. */
  forget(): void;
  /** From now on the active data keys are new ones. */
  rotate(): void;
}

const engine = defaultEngine();

function newKey(): Uint8Array {
  const key = new Uint8Array(32);
  defaultRandom().fill(key);
  return key;
}

export function fakeDoor(environment = 'test', defaultSuite: Suite = 2): FakeDoor {
  const dataKeys = new Map<string, LeasedDataKey>();
  const indexKeys = new Map<string, LeasedIndexKey>();
  let active = new Map<string, LeasedDataKey>();

  function createDataKey(scope: Scope): LeasedDataKey {
    const bytes = newKey();
    const id = latin1(deriveKey(engine, 'data-key', bytes, { use: 'id' }, 16));
    const ciphers = new Map<string, FieldCipher>();
    const key: LeasedDataKey = {
      id,
      scope,
      cipher(spec: CipherSpec, suite: Suite) {
        const name = JSON.stringify([spec, suite, door.environment]);
        const info = { use: 'cell', suite: Uint8Array.of(suite), field: spec.fieldId };
        const cipher =
          ciphers.get(name) ??
          createFieldCipher({
            ...spec,
            ...scope,
            engine,
            random: defaultRandom(),
            fieldKey: deriveKey(engine, 'data-key', bytes, info),
            suite,
            dataKeyId: latin1ToBytes(id),
            environment: door.environment,
          });
        ciphers.set(name, cipher);
        return cipher;
      },
    };
    dataKeys.set(id, key);
    return key;
  }

  function createIndexKey(): LeasedIndexKey {
    const bytes = newKey();
    return {
      tokenMac({ indexId, kind, normalizer, params, tenant }) {
        const info = { use: 'token', index: indexId, kind, normalizer, params, tenant };
        const mac = engine.mac(deriveKey(engine, 'index-key', bytes, info));
        const out = new Uint8Array(32);
        return (message) => {
          mac.mac(message, out);
          return out;
        };
      },
    };
  }

  const nameOf = (alias: string, scope: Scope): string =>
    JSON.stringify([alias, scope.tenant, scope.subject]);

  function getOrMake<T>(map: Map<string, T>, name: string, make: () => T): T {
    const found = map.get(name) ?? make();
    map.set(name, found);
    return found;
  }

  const door: FakeDoor = {
    environment,
    defaultSuite,
    observer: silentObserver,
    requests: [],
    entries: [],
    open: 0,
    failure: undefined,
    forget: () => dataKeys.clear(),
    rotate() {
      active = new Map();
    },
    phases: new Map(),
    indexStates: new Map(),
    indexGenerations: new Map(),
    requiredIndexes: new Map(),
    plaintextRead: 0,
    phaseOf: (fieldId) => door.phases.get(fieldId),
    indexStateOf: (indexId) => door.indexStates.get(indexId) ?? 'ready',
    indexGenerationsOf: (indexId) => door.indexGenerations.get(indexId) ?? [1],
    requiredIndexesOf: (fieldId) => door.requiredIndexes.get(fieldId) ?? [],
    countPlaintext(_fieldId, values) {
      door.plaintextRead += values;
    },
    registered: () => door.entries,
    unregistered: () => [],
    async register(entries) {
      door.entries.push(...entries);
    },
    async lease(request) {
      door.requests.push(request);
      if (door.failure !== undefined) throw door.failure;
      door.open += 1;
      let isHeld = true;
      const asked = new Set(request.open);
      const sealing = new Map<string, LeasedDataKey>();
      for (const { alias, scope } of request.seal ?? []) {
        const name = nameOf(alias, scope);
        sealing.set(
          name,
          getOrMake(active, name, () => createDataKey(scope)),
        );
      }
      const indexing = new Map<string, LeasedIndexKey>();
      for (const { alias, tenant, generation = 1 } of request.index ?? []) {
        const name = JSON.stringify([alias, tenant, generation]);
        indexing.set(name, getOrMake(indexKeys, name, createIndexKey));
      }
      function held<T>(key: T | undefined): T {
        if (key !== undefined && isHeld) return key;
        throw new FieldsealError('ERR_INTERNAL', 'Not leased');
      }
      return {
        sealing: (alias, scope) => held(sealing.get(nameOf(alias, scope))),
        opening: (id) => (held(asked.has(id) || undefined) ? dataKeys.get(id) : undefined),
        index: (alias, tenant, generation = 1) =>
          held(indexing.get(JSON.stringify([alias, tenant, generation]))),
        release() {
          if (isHeld) door.open -= 1;
          isHeld = false;
        },
      } satisfies KeyLease;
    },
  };
  return door;
}
