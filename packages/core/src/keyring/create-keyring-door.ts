import { createAuthorise } from './authorise.ts';
import { createDoor } from './create-door.ts';
import type { KeyringParts } from './create-keyring-parts.ts';
import type { FieldPhases } from './field-phases.ts';
import type { IndexStates } from './index-states.ts';
import type { KeyDoor } from './key-door.ts';
import { createEnsureAlias } from './manage-keys.ts';
import type { PlaintextCounter } from './plaintext-counter.ts';
import { newEntries, registerEntries, registeredEntries } from './registry.ts';
import type { StoreGate } from './store-gate.ts';

/** The door of a keyring: how sealed fields reach its keys. */
export function createKeyringDoor(
  parts: KeyringParts,
  given: {
    readonly phases: FieldPhases;
    readonly indexes: IndexStates;
    readonly plaintext: PlaintextCounter;
    /** Throws when no key may be used any more. */
    readonly check: () => void;
    readonly gate: StoreGate;
  },
): KeyDoor {
  const { primitives, options, defaultSuite, control, trail, hierarchy, principals } = parts;
  const { observer } = parts;
  const { policies, rows, fieldKeys } = parts.kmsParts;
  const { secrets } = parts.unlocked;
  const { phases, indexes, plaintext, check, gate } = given;
  const { clock } = primitives;
  const { cache, dataKeys, indexKeys } = hierarchy;
  return createDoor({
    environment: options.environment,
    observer,
    defaultSuite,
    control,
    cache,
    dataKeys,
    indexKeys,
    ensureAlias: createEnsureAlias({ primitives, control, rows, principals }),
    authorise: createAuthorise({
      principals,
      decide: policies.decide,
      trail,
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
    }),
    createMissingAliases: options.createMissingAliases === true,
    checkUsable() {
      check();
      // before a key of the service is made for an alias
      principals.current();
    },
    gate,
    isAged: parts.isAged,
    phaseOf: phases.phaseOf,
    indexStateOf: indexes.stateOf,
    indexGenerationsOf: indexes.generationsOf,
    requiredIndexesOf: indexes.requiredOf,
    countPlaintext: plaintext.count,
    registered: () => registeredEntries(control.snapshot()),
    unregistered(entries) {
      fieldKeys.learn(entries);
      return newEntries(control.snapshot(), entries);
    },
    async register(entries) {
      check();
      fieldKeys.learn(entries);
      await registerEntries({ control, secrets, clock, principals }, entries);
    },
  });
}
