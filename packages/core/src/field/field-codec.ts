import type { Predicate, PredicateOperator } from '../index/predicate.ts';
import type { Scope } from '../keyring/key-door.ts';
import type { FieldPhase } from '../keys/field-phase.ts';
import type {
  Manifest,
  ManifestField,
  ManifestIndex,
  ManifestModel,
} from '../manifest/manifest.ts';
import type { Likeness } from './likeness.ts';

/**
 * One row to seal, in place. `target` is the adapter's own copy of the data: each sealed field
 * whose value is not `undefined` is replaced by its cell, each token column is set beside it
 * (`null` clears both). In phases `plain` and `leaving` it is plaintext instead of a cell: for a
 * field with `from` the plaintext is set under the name of the old column and the field to `null`,
 * and the other way round where cells are written.
 */
export interface SealOp {
  readonly model: string;
  readonly target: Record<string, unknown>;
  /** Values of the primary key by property name, when the row is known; needed by row-bound fields. */
  readonly row?: Readonly<Record<string, unknown>>;
  /** Tenant and subject of the row; needed by fields with `scope` or `subject`. */
  readonly scope: Scope;
}

/** One predicate on a sealed field. */
export interface LookupOp {
  readonly model: string;
  readonly field: string;
  readonly operator: PredicateOperator;
  readonly operand: unknown;
  /** Tenant named by `where`; the ambient scope is used when absent. */
  readonly tenant?: string;
}

/** What a lookup becomes, as far as it is known without any key: all of a predicate but its tokens. */
export type PredicateShape = Omit<Predicate, 'tokens'>;

/**
 * One call of the ORM: first everything that it needs is collected, then one `run` loads all keys
 * in a batch and does the work in one synchronous pass.
 */
export interface FieldCall {
  /** @throws `ERR_VALUE_TYPE`, `ERR_ROW_UNKNOWN`, `ERR_SCOPE_REQUIRED`, ... before anything is sealed. */
  seal(op: SealOp): void;
  /** @throws `ERR_OPERATOR_UNSUPPORTED` at once when no index answers the operator exactly. */
  lookup(op: LookupOp, sink: (predicate: Predicate) => void): void;
  run(): Promise<void>;
}

/**
 * Rows of one model as the ORM returned them; opened in place. Of a field with `from`, a row also has
 * the plaintext of the old column (as `plainTextOf` writes it) under that column's name.
 */
export interface OpenGroup {
  readonly model: string;
  readonly rows: readonly Record<string, unknown>[];
  /**
   * Index names whose lookup found these rows: each row's token is recomputed and compared with
   * its token column (property `name` of the index), `ERR_INDEX_MISMATCH` when they differ.
   */
  readonly verify?: readonly string[];
}

/**
 * What an adapter holds: the sealed fields of one manifest over one keyring. Adapters find fields
 * and rows; everything about cells, tokens, scopes and rows is decided here.
 */
export interface FieldCodec {
  readonly manifest: Manifest;
  /** Compiled facts of a model, or `undefined` when it has no sealed field. */
  model(name: string): SealedModel | undefined;
  call(operation: string): FieldCall;
  /**
   * Tells what a lookup will become, for adapters that have to write the statement before they may
   * wait for keys. The same lookup in a call gives the same column and match.
   * @throws `ERR_OPERATOR_UNSUPPORTED`, `ERR_VALUE_TYPE`, `ERR_FIELD_UNKNOWN`, `ERR_SCOPE_REQUIRED`
   */
  shapeOf(operation: string, op: LookupOp): PredicateShape;
  /** The phase that holds for a field now; `undefined` when it is not a sealed field. */
  phaseOf(model: string, field: string): FieldPhase | undefined;
  /** Whether every row has its token; `undefined` when there is no such index. */
  isReady(model: string, index: string): boolean | undefined;
  /**
   * Tells which values an index gives the same token, without its key and before it is there. The names
   * of two calls have nothing in common. `undefined` when there is no such index.
   */
  likeness(model: string, index: string): Likeness | undefined;
  /** Opens whole result sets: one batched load, then one synchronous loop. */
  open(operation: string, groups: readonly OpenGroup[]): Promise<void>;
  /**
   * Agrees the manifest with the registry in the key store: registers new fields and indexes,
   * refuses changed ones. Called once before first use.
   * @throws `ERR_MANIFEST_MISMATCH`
   */
  register(): Promise<void>;
  /**
   * Ids of fields and indexes that `register` would add; nothing is written.
   * @throws `ERR_MANIFEST_MISMATCH`
   */
  unregistered(): readonly string[];
  /**
   * Ids of indexes of these fields that the key store knows, and this manifest does not: their annotation was
   * removed without `index drop`, so that values are written without their tokens.
   */
  forgottenIndexes(): readonly string[];
}

export interface SealedModel {
  readonly model: ManifestModel;
  readonly fields: ReadonlyMap<string, ManifestField>;
  /** Token columns by property name. */
  readonly tokens: ReadonlyMap<
    string,
    { readonly field: ManifestField; readonly index: ManifestIndex }
  >;
  /** Fields by the property name of their old column. */
  readonly olds: ReadonlyMap<string, ManifestField>;
  /** Whether any of the named fields (all when absent) is row-bound. */
  bound(fields?: Iterable<string>): boolean;
  /** Property names that opening the named fields (all when absent) needs in the row: keys, scope, subject, old column. */
  companions(fields?: Iterable<string>): ReadonlySet<string>;
}
