import type { KeyRequest, Scope, WantedIndexKey } from '../keyring/key-door.ts';

interface SealNeed {
  readonly alias: string;
  readonly scope: Scope;
}

/** Collects what one call needs of the key hierarchy, each key once. */
export interface KeyNeeds {
  seal(alias: string, scope: Scope): void;
  open(dataKeyId: string): void;
  index(alias: string, tenant: string | undefined, generations: readonly number[]): void;
  /** That values are written, whatever keys that takes. */
  write(): void;
  /** `undefined` when nothing is needed. */
  request(operation: string): KeyRequest | undefined;
}

export function isSameScope(a: Scope, b: Scope): boolean {
  return a.tenant === b.tenant && a.subject === b.subject;
}

export function createKeyNeeds(): KeyNeeds {
  const seals = new Map<string, SealNeed>();
  const indexes = new Map<string, WantedIndexKey>();
  const opens = new Set<string>();
  let writes = false;
  // rows of one scope follow each other
  let lastSeal: SealNeed | undefined;
  let lastIndex: WantedIndexKey | undefined;

  function addIndex(alias: string, tenant: string | undefined, generation: number): void {
    const { alias: before, tenant: of, generation: last } = lastIndex ?? {};
    if (before === alias && of === tenant && last === generation) return;
    lastIndex = { alias, generation, ...(tenant === undefined ? {} : { tenant }) };
    const key = JSON.stringify([alias, tenant, generation]);
    if (!indexes.has(key)) indexes.set(key, lastIndex);
  }

  return {
    seal(alias, scope) {
      if (lastSeal?.alias === alias && isSameScope(lastSeal.scope, scope)) return;
      lastSeal = { alias, scope };
      const key = JSON.stringify([alias, scope.tenant, scope.subject]);
      if (!seals.has(key)) seals.set(key, lastSeal);
    },
    open: (dataKeyId) => opens.add(dataKeyId),
    index(alias, tenant, generations) {
      for (const generation of generations) addIndex(alias, tenant, generation);
    },
    write() {
      writes = true;
    },
    request(operation) {
      const isNothing = seals.size === 0 && indexes.size === 0 && opens.size === 0 && !writes;
      if (isNothing) return undefined;
      return {
        operation,
        ...(seals.size === 0 ? {} : { seal: [...seals.values()] }),
        ...(opens.size === 0 ? {} : { open: opens }),
        ...(indexes.size === 0 ? {} : { index: [...indexes.values()] }),
        ...(writes ? { writes } : {}),
      };
    },
  };
}
