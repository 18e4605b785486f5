import { concatBytes } from '../../bytes/concat.ts';
import { hexOf } from '../../bytes/hex.ts';
import type { Engine } from '../../cipher/engine.ts';
import { FieldsealError } from '../../errors/fieldseal-error.ts';
import { checkColumns, columnsOf, integrityError } from '../../keys/columns.ts';
import { dataKeyVerdict } from '../../keys/key-states.ts';
import type { KeyReplacement, KeyRow, KeyStore } from '../../keys/key-store.ts';
import type { KeyTable } from '../../keys/record-schema.ts';
import type { ShreddedScope } from '../../keys/shredded-scopes.ts';
import type { StoreSecrets } from '../../keys/store-secrets.ts';
import { WRAP_BYTES } from '../../keys/wrap.ts';

/** The keys of a scope: all there are, the erased ones included. */
export interface ScopeKeys {
  readonly dataKeys: number;
  readonly indexKeys: number;
  /** How many of them still have their wraps, or had them until now. */
  readonly whole: number;
  /** SHA-256 of the ids of all of them, in order: 64 hexadecimal digits. */
  readonly digest: string;
}

/** Takes the wrapped bytes out of key rows. */
export interface ScopeEraser {
  /** Changes nothing. @throws `ERR_STORE_INTEGRITY` */
  count(scope: ShreddedScope): Promise<ScopeKeys>;
  /**
   * Erases what can be erased, then throws for rows that somebody else wrote: their columns are not
   * to be made authentic by us.
   * @throws `ERR_STORE_INTEGRITY`, `ERR_STORE_CONFLICT`
   */
  erase(scope: ShreddedScope): Promise<ScopeKeys>;
}

const PAGE = 500;
/** A pass that changed nothing ends it; others may demote a row meanwhile. */
const MAX_PASSES = 5;

/** Index keys are of tenants, never of subjects. */
function tablesOf({ subject }: ShreddedScope): readonly KeyTable[] {
  return subject === undefined ? ['data_key', 'index_key'] : ['data_key'];
}

export function createScopeEraser(options: {
  readonly store: Pick<KeyStore, 'listKeys' | 'replaceKeys'>;
  readonly secrets: Pick<StoreSecrets, 'sealRow' | 'verifyRow'>;
  readonly engine: Pick<Engine, 'sha256'>;
}): ScopeEraser {
  const { store, secrets, engine } = options;

  /** A row without its key; the MAC holds what is left of it. */
  function erased(row: KeyRow): KeyReplacement {
    const wrapped = new Uint8Array(WRAP_BYTES);
    const columns = { ...row.columns, state: 'SHREDDED', wrapped };
    return { row: secrets.sealRow(row.table, columns), expectedMac: row.rowMac };
  }

  async function* pagesOfTable(
    table: KeyTable,
    { tenant, subject }: ShreddedScope,
  ): AsyncGenerator<readonly KeyRow[]> {
    const which = { table, tenant: tenant ?? null, ...(subject === undefined ? {} : { subject }) };
    let after: Uint8Array | null = null;
    for (;;) {
      const rows: readonly KeyRow[] = await store.listKeys({ ...which, after, limit: PAGE });
      const last = rows.at(-1);
      if (last === undefined) return;
      for (const row of rows) checkColumns(row);
      yield rows;
      after = columnsOf(last).bytes('id', 16);
    }
  }

  async function* pagesOf(scope: ShreddedScope): AsyncGenerator<readonly KeyRow[]> {
    for (const table of tablesOf(scope)) yield* pagesOfTable(table, scope);
  }

  async function pass(scope: ShreddedScope, erasing: boolean): Promise<ScopeKeys> {
    const counts = { data_key: 0, index_key: 0 };
    const ids: Uint8Array[] = [];
    let whole = 0;
    let forged: KeyTable | undefined;
    for await (const rows of pagesOf(scope)) {
      const authentic = rows.filter((row) => secrets.verifyRow(row));
      forged ??= rows.find((row) => !authentic.includes(row))?.table;
      const left = authentic.filter(
        (row) => dataKeyVerdict('shred', columnsOf(row).text('state')) !== 'ERR_KEY_DESTROYED',
      );
      if (erasing && left.length > 0) await store.replaceKeys(left.map(erased));
      whole += left.length;
      for (const row of authentic) {
        counts[row.table] += 1;
        ids.push(columnsOf(row).bytes('id', 16));
      }
    }
    if (forged !== undefined) throw integrityError('A stored key was altered', forged);
    const digest = hexOf(engine.sha256(concatBytes(...ids)));
    return { dataKeys: counts.data_key, indexKeys: counts.index_key, whole, digest };
  }

  return {
    count: (scope) => pass(scope, false),
    async erase(scope) {
      let whole = 0;
      for (let passes = 0; passes < MAX_PASSES; passes++) {
        const keys = await pass(scope, true);
        if (keys.whole === 0) return { ...keys, whole };
        whole += keys.whole;
      }
      throw new FieldsealError('ERR_STORE_CONFLICT', 'Keys changed while they were erased');
    },
  };
}
