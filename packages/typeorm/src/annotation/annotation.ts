import type { FieldPhase, Suite, ValueType } from '@fieldseal/core';

/** What an index of a sealed field is; made by `equality()`, `unique()`, `last4()` and the like. */
export interface IndexKindOptions {
  readonly kind: 'equality' | 'part';
  /** Of kind `part`: `last4`, `first6`, `year` or the name of a registered part function. */
  readonly part?: string;
  /** Whether the database refuses a second row with the same token. */
  readonly unique: boolean;
  /** Index id, where it is not to be the field id with the name of the kind. */
  readonly id?: string;
  /** Database name of the token column, where the naming strategy is not to choose it. */
  readonly name?: string;
  /** Why the tokens may be the same for all tenants. */
  readonly global?: string;
  /** Why what the index discloses is acceptable. */
  readonly acceptLeakage?: string;
}

/** Options that all sealed fields of a class have in common. */
export interface EncryptedDefaults {
  /** Alias of the key, such as `alias/kyc`; without it the service-managed key of the adapter. */
  readonly key?: string;
  /** Property that holds the tenant. */
  readonly scope?: string;
  /** Property that holds the subject. */
  readonly subject?: string;
  /** Whether a cell can be opened in its own row only, or in any row of its column. */
  readonly bind?: 'row' | 'field';
  /** 1: XAES-256-GCM, 2: XChaCha20-Poly1305; without it the keyring's. */
  readonly suite?: Suite;
}

/** Options of one sealed field. */
export interface EncryptedOptions extends EncryptedDefaults {
  /** Type of the value; `string` without it. */
  readonly type?: ValueType;
  /** Normaliser of the tokens, such as `digits` or `trim+upper`. */
  readonly normalize?: string;
  /** Pads the plaintext to at least this many bytes (a multiple of 16). */
  readonly pad?: number;
  /** Field id, where it is not to be table and column; never changes once there are cells. */
  readonly id?: string;
  /**
   * Least strict phase that this application accepts while the field moves to cells or back; the
   * stricter of this and the key store's holds. Without it nothing but cells.
   */
  readonly phase?: Exclude<FieldPhase, 'sealed'>;
  /**
   * Property of the old column, while the type of the storage changes: the field's own column holds
   * cells only, and its values stand in the old one until they are sealed. Needs `phase`.
   */
  readonly from?: string;
  /** Largest plaintext in bytes; 1 MiB without it. */
  readonly maxBytes?: number;
  /** Indexes, by the property name of the hidden column that holds the tokens. */
  readonly index?: Readonly<Record<string, IndexKindOptions>>;
  /** Database name of the column, where the naming strategy is not to choose it. */
  readonly name?: string;
  /** Whether the column may be NULL; `false` without it. */
  readonly nullable?: boolean;
  /** Whether the field is read unless asked for; `true` without it. */
  readonly select?: boolean;
  /** How cells are stored; `text` without it. */
  readonly storage?: 'text' | 'bytea';
  /** Makes the column a `varchar` of this many characters. */
  readonly length?: number | string;
  /** Comment of the column in the database. */
  readonly comment?: string;
}
