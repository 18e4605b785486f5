import type { AuditOptions } from '../audit/audit-options.ts';
import type { Clock } from '../cache/clock.ts';
import type { Engine, RandomSource } from '../cipher/engine.ts';
import type { Suite } from '../cipher/suite.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyStore } from '../keys/key-store.ts';
import type { EpochAnchor, Root } from '../keys/root.ts';
import type { AccessPrincipal } from '../policy/access-request.ts';
import { invalidOption } from './invalid-option.ts';
import type { CountCells } from './kms/count-cells.ts';
import type { AccessOptions } from './kms/policy-book.ts';
import { ROOT_DEADLINE_MS } from './open-any-slot.ts';
import { PRINCIPAL_RULE, readPrincipal } from './principal.ts';
import { MAX_SEAL_STALE_MS } from './reach.ts';

/** Bounds of the cache of unwrapped data keys and index keys. */
export interface CacheOptions {
  /**
   * How long a key serves without being compared with the store again: 5,000 to 3,600,000 ms.
   * @defaultValue 300_000
   */
  readonly maxAgeMs?: number;
  /**
   * Keys held at once: 1 to 100,000.
   * @defaultValue 1000
   */
  readonly maxEntries?: number;
  /**
   * Part of `maxEntries` that one tenant is sure of: 0.001 to 1. One that has as much makes room among
   * its own keys when all are taken, so it pushes out nobody else.
   * @defaultValue 0.2
   */
  readonly tenantShare?: number;
  /**
   * How long cells are opened under cached keys when the store cannot be reached, since the last look
   * at it that succeeded: 0 to 900,000 ms. The first 10 seconds count as no outage.
   * @defaultValue 900_000
   */
  readonly openStaleMs?: number;
  /**
   * The same for sealing: 0 to 180,000 ms.
   * @defaultValue 180_000
   */
  readonly sealStaleMs?: number;
}

/** What creating a store and opening it have in common. */
export interface StoreOptions {
  /** Where keys are kept. Closing the keyring closes it. */
  readonly store: KeyStore;
  /** Devices that can open the root key; any one is enough. 1 to 16. */
  readonly roots: readonly Root[];
  /** Name of the environment: 1 to 64 of `A-Z a-z 0-9 . _ -`. Part of every cell. */
  readonly environment: string;
  /**
   * Creates everything on first open, accepts development roots, needs no pin. The store is
   * stamped: it opens with this option only, and a store made without it never opens with it.
   * @defaultValue false
   */
  readonly development?: boolean;
  /** Remembers the epoch on this host, so that a rolled-back store is refused. */
  readonly anchor?: EpochAnchor;
  /** The primitives; the fastest of this platform when absent. */
  readonly engine?: Engine;
  readonly random?: RandomSource;
  readonly clock?: Clock;
}

export interface InitKeyStoreOptions extends StoreOptions {
  /**
   * Why all data may be lost with one root: 1 to 1,024 characters. Outside development, without it, one of the
   * roots has to be for recovery, and another one of another failure domain.
   */
  readonly acceptLoss?: string;
}

export interface KeyringOptions extends StoreOptions {
  /** What `initKeyStore` printed: `fsp1.` and 27 characters. Required outside development. */
  readonly pin?: string;
  /**
   * Suite of fields that name none: 1 XAES-256-GCM, 2 XChaCha20-Poly1305. When absent it is 1
   * where AES runs in constant time, else 2.
   */
  readonly suite?: Suite;
  readonly cache?: CacheOptions;
  /**
   * Creates a key for every alias that is asked for and does not exist: for tests, with
   * `development: true` only.
   * @defaultValue false
   */
  readonly createMissingAliases?: boolean;
  /**
   * How often the store is asked whether keys, aliases or states changed: 100 to 10,000 ms.
   * @defaultValue 5000
   */
  readonly pollIntervalMs?: number;
  /**
   * Who asks outside of `keyring.as`: 1 to 256 of `A-Z a-z 0-9 _ . : @ / + = , -`, or such an `id` with
   * `tags`, up to 50, for conditions on `aws:PrincipalTag/<name>`. Without one such calls are refused, except in development, where they are of `service/development`.
   */
  readonly principal?: string | AccessPrincipal;
  /** Where the audit trail goes besides the key store, and how much of it there is. */
  readonly audit?: AuditOptions;
  /** Policies beside those of keys. */
  readonly access?: AccessOptions;
  /** Counts the cells under a key or a version; asked before a key is deleted, or a version retired. */
  readonly countCells?: CountCells;
  /**
   * How long a new version of a key is visible to all processes before the first of them uses it:
   * 0 to 3,600,000 ms. Twice `pollIntervalMs` of the slowest process is enough.
   * @defaultValue 60_000
   */
  readonly stagingMs?: number;
  /**
   * `bounded`: a change of keys is seen within 10 seconds, and cached keys serve through outages of
   * the store. `strict`: the store is asked before each call that seals or opens, so a change is seen
   * by the very next one, and nothing is sealed or opened while the store cannot be reached.
   * @defaultValue 'bounded'
   */
  readonly consistency?: 'bounded' | 'strict';
  /**
   * A data key seals for so many days, 1 to 3,650; the next write of its scope makes another. What
   * is sealed under it keeps opening.
   * @defaultValue 90
   */
  readonly dataKeyMaxAgeDays?: number;
  /**
   * How long roots have to open the store, all together, before those that need nobody are given up: 100 to
   * 600,000 ms. One that hangs keeps no other from opening it.
   * @defaultValue 10_000
   */
  readonly rootDeadlineMs?: number;
  /** Lines of `keyring.exportSlots`, which open the store should it have lost all of its slots. */
  readonly slotsFrom?: readonly string[];
}

const STORE_KEYS = [
  'store',
  'roots',
  'environment',
  'development',
  'anchor',
  'engine',
  'random',
  'clock',
];
const KEYRING_KEYS = [
  ...STORE_KEYS,
  'pin',
  'suite',
  'cache',
  'createMissingAliases',
  'pollIntervalMs',
  'principal',
  'audit',
  'access',
  'countCells',
  'stagingMs',
  'consistency',
  'dataKeyMaxAgeDays',
  'rootDeadlineMs',
  'slotsFrom',
];
const ACCESS_KEYS = ['guardrails', 'identityPolicies', 'approvers'];
const CACHE_KEYS = ['maxAgeMs', 'maxEntries', 'tenantShare', 'openStaleMs', 'sealStaleMs'];
const CONSISTENCIES: readonly unknown[] = [undefined, 'bounded', 'strict'];
const DAY_MS = 86_400_000;
/** Without control characters: it is printed. */
const DOMAIN = /^\P{Cc}{1,128}$/u;
const PIN = /^fsp1\.[A-Za-z0-9_-]{27}$/;
const ENVIRONMENT = /^[A-Za-z0-9._-]{1,64}$/;

function checkKnown(given: object, known: readonly string[], prefix = ''): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) throw invalidOption(prefix + name, 'Unknown option');
  }
}

function inRange(option: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw invalidOption(option, `Must be a whole number from ${least} to ${most}`);
  }
  return value;
}

function hasMethods(value: unknown, ...names: readonly string[]): boolean {
  return names.every(
    (name) => typeof (value as Readonly<Record<string, unknown>> | null)?.[name] === 'function',
  );
}

function checkRoots(roots: readonly Root[], development: boolean): void {
  if (!Array.isArray(roots) || roots.length === 0 || roots.length > 16) {
    throw invalidOption('roots', 'Needs 1 to 16 roots');
  }
  for (const root of roots) checkRoot('roots', root, development);
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkRoot(option: string, root: Root, development: boolean): void {
  if (!hasMethods(root, 'seal', 'open')) throw invalidOption(option, 'Not a root');
  if (root.development && !development) {
    throw invalidOption(option, 'A development root is accepted with development: true only');
  }
  const { recovery = false, interactive = false, failureDomain: domain = 'none' } = root;
  if (typeof recovery !== 'boolean' || typeof interactive !== 'boolean') {
    throw invalidOption(option, 'recovery and interactive of a root must be true or false');
  }
  if (typeof domain !== 'string' || !DOMAIN.test(domain) || !domain.isWellFormed()) {
    throw invalidOption(option, 'failureDomain of a root must be 1 to 128 characters');
  }
}

const STORE_METHODS = [
  'readControl',
  'readHead',
  'readEpoch',
  'writeControl',
  'withRotationLock',
  'readKeys',
  'insertKeys',
] as const;

function checkStoreOptions(options: StoreOptions): void {
  const { store, environment, development, anchor } = options;
  if (!hasMethods(store, ...STORE_METHODS)) {
    throw invalidOption('store', 'Not a key store');
  }
  if (typeof environment !== 'string' || !ENVIRONMENT.test(environment)) {
    throw invalidOption('environment', 'Must be 1 to 64 of A-Z, a-z, 0-9, ".", "_", "-"');
  }
  if (development !== undefined && typeof development !== 'boolean') {
    throw invalidOption('development', 'Must be true or false');
  }
  if (anchor !== undefined && !hasMethods(anchor, 'read', 'write')) {
    throw invalidOption('anchor', 'Not an anchor');
  }
  checkRoots(options.roots, development === true);
}

/** @throws `ERR_CONFIG_INVALID` */
export function checkInitOptions(options: InitKeyStoreOptions): void {
  checkKnown(options, [...STORE_KEYS, 'acceptLoss']);
  checkStoreOptions(options);
  const { acceptLoss: reason = 'none' } = options;
  if (typeof reason !== 'string' || reason.trim() === '' || reason.length > 1024) {
    throw invalidOption('acceptLoss', 'Must be a reason of 1 to 1,024 characters');
  }
}

/** Numbers of a checked keyring configuration. */
export interface KeyringLimits {
  readonly maxAgeMs: number;
  readonly maxEntries: number;
  readonly pollIntervalMs: number;
  readonly stagingMs: number;
  /** Names in the cache that one tenant is sure of. */
  readonly tenantEntries: number;
  readonly openStaleMs: number;
  readonly sealStaleMs: number;
  readonly dataKeyMaxAgeMs: number;
  readonly rootDeadlineMs: number;
}

function checkShare(share: number): number {
  if (typeof share === 'number' && share >= 0.001 && share <= 1) return share;
  throw invalidOption('cache.tenantShare', 'Must be a number from 0.001 to 1');
}

function checkAccess({ principal, access, countCells }: KeyringOptions): void {
  if (principal !== undefined && readPrincipal(principal) === undefined) {
    throw invalidOption('principal', PRINCIPAL_RULE);
  }
  if (access !== undefined) checkKnown(access, ACCESS_KEYS, 'access.');
  if (countCells !== undefined && typeof countCells !== 'function') {
    throw invalidOption('countCells', 'Must be a function');
  }
}

/** Spans and sizes, with what they are when nobody says otherwise. */
function limitsOf(options: KeyringOptions): KeyringLimits {
  const { cache = {} } = options;
  const maxEntries = inRange('cache.maxEntries', cache.maxEntries ?? 1000, 1, 100_000);
  const days = inRange('dataKeyMaxAgeDays', options.dataKeyMaxAgeDays ?? 90, 1, 3650);
  return {
    maxAgeMs: inRange('cache.maxAgeMs', cache.maxAgeMs ?? 300_000, 5000, 3_600_000),
    maxEntries,
    tenantEntries: Math.max(1, Math.floor(maxEntries * checkShare(cache.tenantShare ?? 0.2))),
    openStaleMs: inRange('cache.openStaleMs', cache.openStaleMs ?? 900_000, 0, 900_000),
    sealStaleMs: inRange(
      'cache.sealStaleMs',
      cache.sealStaleMs ?? MAX_SEAL_STALE_MS,
      0,
      MAX_SEAL_STALE_MS,
    ),
    dataKeyMaxAgeMs: days * DAY_MS,
    rootDeadlineMs: inRange(
      'rootDeadlineMs',
      options.rootDeadlineMs ?? ROOT_DEADLINE_MS,
      100,
      600_000,
    ),
    pollIntervalMs: inRange('pollIntervalMs', options.pollIntervalMs ?? 5000, 100, 10_000),
    stagingMs: inRange('stagingMs', options.stagingMs ?? 60_000, 0, 3_600_000),
  };
}

/** @throws `ERR_CONFIG_INVALID`, `ERR_PIN_REQUIRED` */
export function checkKeyringOptions(options: KeyringOptions): KeyringLimits {
  checkKnown(options, KEYRING_KEYS);
  checkStoreOptions(options);
  const { cache = {}, pin, suite } = options;
  checkKnown(cache, CACHE_KEYS, 'cache.');
  if (suite !== undefined && suite !== 1 && suite !== 2) throw invalidOption('suite', 'Is 1 or 2');
  if (pin !== undefined && (typeof pin !== 'string' || !PIN.test(pin))) {
    throw invalidOption('pin', 'Must be "fsp1." and 27 characters, as initKeyStore gave it');
  }
  if (pin === undefined && options.development !== true) {
    throw new FieldsealError('ERR_PIN_REQUIRED', 'Outside development the pin is required');
  }
  checkAccess(options);
  const { slotsFrom = [''] } = options;
  const areLines = Array.isArray(slotsFrom) && slotsFrom.every((line) => typeof line === 'string');
  if (!areLines || slotsFrom.length === 0) {
    throw invalidOption('slotsFrom', 'Must be the lines that exportSlots gave');
  }
  if (options.createMissingAliases === true && options.development !== true) {
    throw invalidOption('createMissingAliases', 'Is for development: true only');
  }
  if (!CONSISTENCIES.includes(options.consistency)) {
    throw invalidOption('consistency', 'Is "bounded" or "strict"');
  }
  return limitsOf(options);
}
