import type { Suite } from '../cipher/suite.ts';
import type { Observer } from '../observe/observer.ts';
import { type Control, createControl } from './create-control.ts';
import { createHierarchy, type Hierarchy } from './create-hierarchy.ts';
import { createDataKeyAge, type IsDataKeyAged } from './data-key-age.ts';
import { createDataKeyBook } from './data-key-book.ts';
import { createFieldKeys } from './field-keys.ts';
import type { KeyringLimits, KeyringOptions } from './keyring-options.ts';
import { createAccess } from './kms/access.ts';
import { createAgreedTime } from './kms/agreed-time.ts';
import type { KmsParts } from './kms/kms-parts.ts';
import { createCreationOf } from './kms/policy-at-creation.ts';
import { createPolicyBook } from './kms/policy-book.ts';
import { createRowMaker } from './kms/row-maker.ts';
import { createScopeEraser } from './kms/scope-eraser.ts';
import { createVersionsInUse } from './kms/versions-in-use.ts';
import { createLastUse } from './last-use.ts';
import type { Primitives } from './primitives.ts';
import { createPrincipals, type Principals } from './principal.ts';
import { createRootRotationSteps } from './root-rotation-steps.ts';
import type { UnlockedStore } from './unlock-store.ts';

/** What there is before anything of a keyring is made. */
interface KeyringBasis {
  readonly primitives: Primitives;
  readonly options: KeyringOptions;
  readonly limits: KeyringLimits;
  readonly unlocked: UnlockedStore;
  readonly observer: Observer;
}

/** Everything that a keyring is put together of, once its store is unlocked. */
export interface KeyringParts extends Control, KeyringBasis {
  /** Suite of fields that name none. */
  readonly defaultSuite: Suite;
  readonly hierarchy: Hierarchy;
  readonly isAged: IsDataKeyAged;
  readonly principals: Principals;
  readonly kmsParts: KmsParts;
}

/** In development everybody is one and the same, unless the application says otherwise. */
function developmentPrincipal({ development }: KeyringOptions): string | undefined {
  return development === true ? 'service/development' : undefined;
}

export async function createKeyringParts(basis: KeyringBasis): Promise<KeyringParts> {
  const { primitives, options, limits, unlocked, observer } = basis;
  const { store, environment, countCells } = options;
  const { engine, clock } = primitives;
  const { rootKey, secrets } = unlocked;
  const made = await createControl(primitives, options, limits, unlocked);
  const { trail, approvals, control, reach, keeper } = made;
  const isAged = createDataKeyAge(clock, limits.dataKeyMaxAgeMs);
  const hierarchy = createHierarchy({
    primitives,
    environment,
    store,
    limits,
    unlocked,
    control,
    observer,
    reach,
    isAged,
  });
  const principals = createPrincipals(options.principal ?? developmentPrincipal(options));
  const policies = createPolicyBook(options.access ?? {}, approvals);
  const counter = countCells === undefined ? {} : { countCells };
  const dataKeys = createDataKeyBook({ store, secrets, control });
  const access = createAccess({ principals, decide: policies.decide, now: () => clock.now() });
  const shared = {
    environment,
    primitives,
    control,
    rows: createRowMaker({ primitives, environment, rootKey, secrets }),
    policies,
    approvals,
    creationOf: createCreationOf(primitives, { pin: secrets.pin, environment }, principals),
    pin: secrets.pin,
    access,
    material: hierarchy.material,
    eraser: createScopeEraser({ store, secrets, engine }),
    dataKeys,
    versionsInUse: createVersionsInUse({
      store,
      secrets,
      parts: { control, dataKeys, ...counter },
    }),
    lastUse: createLastUse({ store, secrets, engine, trail }),
    time: createAgreedTime(clock, store),
    fieldKeys: createFieldKeys(),
    stagingMs: limits.stagingMs,
    ...counter,
  };
  return {
    ...basis,
    defaultSuite: options.suite ?? (engine.constantTimeSuites.has(1) ? 1 : 2),
    trail,
    approvals,
    control,
    reach,
    keeper,
    hierarchy,
    isAged,
    principals,
    kmsParts: {
      ...shared,
      rootRotation: createRootRotationSteps({ parts: shared, secrets, roots: options.roots }),
    },
  };
}
