import { encodeValue } from '../cell/encode-value.ts';
import { type ErrorMeta, FieldsealError } from '../errors/fieldseal-error.ts';
import { plainPredicate } from '../index/plain-predicate.ts';
import { askSeveral, type LookupPlan, planLookup } from '../index/plan-lookup.ts';
import type { Predicate } from '../index/predicate.ts';
import type { KeyDoor, KeyLease, KeyRequest, Scope } from '../keyring/key-door.ts';
import { atPlace } from './at-place.ts';
import type { CompiledField, CompiledModel } from './compile-model.ts';
import { expectedScope } from './expected-scope.ts';
import type { FieldCall, LookupOp, PredicateShape, SealOp } from './field-codec.ts';
import { clearField, createFieldSealer, type FieldSealer } from './field-sealer.ts';
import { generationsOfCall, type IndexGenerations } from './index-generations.ts';
import { requireKnownIndexes, requireReady } from './index-readiness.ts';
import { createKeyNeeds } from './key-needs.ts';
import { leaseKeys } from './lease-keys.ts';
import { phaseNow } from './phase-of.ts';
import { writePlaintext } from './plain-values.ts';
import { rowIdentity, rowKeyText } from './row-identity.ts';
import { scopeText } from './scope-text.ts';
import { createTokenMaker } from './token-maker.ts';

export interface FieldCallOptions {
  readonly door: KeyDoor;
  readonly models: ReadonlyMap<string, CompiledModel>;
  readonly operation: string;
  /** The scope around the call at its start. */
  readonly ambient: Scope;
}

/** One value to seal. */
interface PendingSeal {
  readonly compiled: CompiledField;
  readonly op: SealOp;
  readonly row: Uint8Array | undefined;
  readonly scope: Scope;
  readonly writesCells: boolean;
}

/** One field that becomes NULL: it takes no key, and still has to know what every other write has to know. */
interface PendingClear {
  readonly compiled: CompiledField;
  readonly op: SealOp;
}

interface PendingLookup {
  readonly op: LookupOp;
  readonly compiled: CompiledField;
  readonly plan: LookupPlan;
  readonly tenant: string | undefined;
  readonly sink: (predicate: Predicate) => void;
}

const NOBODY: Scope = Object.freeze({});

/** Collects the seals and lookups of one ORM call; see {@link FieldCall}. */
export function createFieldCall(options: FieldCallOptions): FieldCall {
  const { door, operation } = options;
  let seals: PendingSeal[] = [];
  let clears: PendingClear[] = [];
  let lookups: PendingLookup[] = [];
  let generations = generationsOfCall(door);

  return {
    seal(op) {
      // all of a row is checked before any of it is taken
      const prepared = prepareRow(options, op);
      seals.push(...prepared.seals);
      for (const compiled of prepared.cleared) {
        clears.push({ compiled, op });
        clearField(compiled, op.target);
      }
    },
    lookup(op, sink) {
      const prepared = prepareLookup(options, op, generations);
      lookups.push({ ...prepared, op, sink });
    },
    run() {
      const work = { seals, clears, lookups, generations };
      seals = [];
      clears = [];
      lookups = [];
      generations = generationsOfCall(door);
      if (isNothing(work)) return Promise.resolve();
      return door.observer.run(
        'seal',
        () => ({
          operation,
          cells: work.seals.filter(({ writesCells }) => writesCells).length,
          lookups: work.lookups.length,
        }),
        () => runCall(options, work),
      );
    },
  };
}

/** What is to be done at once. */
interface CallWork {
  readonly seals: readonly PendingSeal[];
  readonly clears: readonly PendingClear[];
  readonly lookups: readonly PendingLookup[];
  readonly generations: IndexGenerations;
}

function isNothing({ seals, clears, lookups }: CallWork): boolean {
  return seals.length === 0 && clears.length === 0 && lookups.length === 0;
}

async function runCall(options: FieldCallOptions, work: CallWork): Promise<void> {
  const lease = await leaseKeys(options.door, requestFor(options, work));
  let moved: CallWork | undefined;
  try {
    moved = movedOn(options, work);
    if (moved === undefined) {
      sealAll(options, lease, work);
      checkClears(options, work);
      for (const lookup of work.lookups) answer(lease, lookup, work.generations);
    }
  } finally {
    lease.release();
  }
  if (moved !== undefined) await runCall(options, moved);
}

function requestFor(
  { operation }: FieldCallOptions,
  { seals, clears, lookups, generations }: CallWork,
): KeyRequest | undefined {
  const needs = createKeyNeeds();
  if (clears.length > 0) needs.write();
  for (const { compiled, scope, writesCells } of seals) {
    if (writesCells) needs.seal(compiled.alias, scope);
    else needs.write();
    for (const { index, perTenant } of compiled.indexes) {
      const tenant = perTenant ? scope.tenant : undefined;
      needs.index(compiled.alias, tenant, generations(index.id));
    }
  }
  for (const { compiled, plan, tenant } of lookups)
    needs.index(compiled.alias, tenant, generations(plan.tokens.index.id));
  return needs.request(operation);
}

/**
 * The same work by what the door has learnt from the store: in cells, where a field takes no plaintext any more, and
 * by other generations of index keys. This process may have slept since the call was made.
 */
function movedOn(options: FieldCallOptions, work: CallWork): CallWork | undefined {
  const { door } = options;
  const { seals, lookups } = work;
  const plain = new Set(
    seals.filter(({ writesCells }) => !writesCells).map((seal) => seal.compiled),
  );
  const moved = new Set([...plain].filter(({ field }) => phaseNow(door, field).writesCells));
  const generations = generationsOfCall(door);
  const isRotated = indexIdsOf(work).some((id) => {
    const before = work.generations(id);
    return String(generations(id)) !== String(before);
  });
  if (moved.size === 0 && !isRotated) return undefined;
  const inCells = (seal: PendingSeal) =>
    moved.has(seal.compiled) ? { ...seal, writesCells: true } : seal;
  const plannedAnew = ({ op, sink }: PendingLookup): PendingLookup => ({
    ...prepareLookup(options, op, generations),
    op,
    sink,
  });
  return {
    ...work,
    seals: seals.map(inCells),
    lookups: isRotated ? lookups.map(plannedAnew) : lookups,
    generations,
  };
}

function indexIdsOf({ seals, lookups }: CallWork): readonly string[] {
  const written = new Set(seals.map(({ compiled }) => compiled));
  const ofFields = [...written].flatMap(({ indexes }) => indexes.map(({ index }) => index.id));
  return [...ofFields, ...lookups.map(({ plan }) => plan.tokens.index.id)];
}

function prepareRow(
  options: FieldCallOptions,
  op: SealOp,
): { readonly seals: readonly PendingSeal[]; readonly cleared: readonly CompiledField[] } {
  const compiledModel = modelOf(options, op.model);
  const { primaryKey, view } = compiledModel.model;
  if (view === true) {
    const place = { model: op.model, operation: options.operation };
    throw new FieldsealError(
      'ERR_OPERATOR_UNSUPPORTED',
      `${op.model} is a view, which is only read`,
      place,
    );
  }
  const seals: PendingSeal[] = [];
  const cleared: CompiledField[] = [];
  let identity: Uint8Array | undefined;
  for (const compiled of compiledModel.fields) {
    const value = op.target[compiled.name];
    if (value === undefined) continue;
    try {
      requireKnownIndexes(options.door, compiled);
      if (value === null) {
        checkClearing(compiled);
        cleared.push(compiled);
        continue;
      }
      const { writesCells } = phaseNow(options.door, compiled.field);
      if (writesCells) checkValue(compiled, value);
      else writePlaintext(compiled, value);
      const scope = scopeToSeal(options, op, compiled);
      if (compiled.isBound) identity ??= rowIdentity(primaryKey, op.row);
      const row = compiled.isBound ? identity : undefined;
      seals.push({ compiled, op, row, scope, writesCells });
    } catch (error) {
      throw atPlace(error, placeOf(options, compiled, op));
    }
  }
  return { seals, cleared };
}

/** Both of its columns take NULL while a field moves, so the database does not refuse it. */
function checkClearing({ field: { from, nullable } }: CompiledField): void {
  if (from === undefined || nullable) return;
  throw new FieldsealError('ERR_VALUE_TYPE', 'The field is required and cannot be null');
}

function placeOf(
  { models, operation }: FieldCallOptions,
  compiled: CompiledField,
  op: SealOp,
): ErrorMeta {
  const row = rowKeyText(models.get(op.model)?.model.primaryKey ?? [], op.row);
  return {
    model: op.model,
    field: compiled.name,
    operation,
    ...(row === undefined ? {} : { row }),
  };
}

/** Size is left to the cipher: it is known when the value is encoded, which is before any write. */
function checkValue({ type }: CompiledField, value: unknown): void {
  if (type === 'string' && typeof value === 'string' && value.isWellFormed()) return;
  encodeValue(type, value);
}

function scopeToSeal(options: FieldCallOptions, op: SealOp, compiled: CompiledField): Scope {
  const { scope, subject } = compiled.field;
  if (scope === undefined && subject === undefined) return NOBODY;
  return {
    ...(scope === undefined ? {} : { tenant: partToSeal(options, op, 'tenant', scope) }),
    ...(subject === undefined ? {} : { subject: partToSeal(options, op, 'subject', subject) }),
  };
}

function partToSeal(
  { ambient }: FieldCallOptions,
  op: SealOp,
  part: keyof Scope,
  column: string,
): string {
  const expected = expectedScope(part, op.scope[part], ambient);
  const written = scopeText(op.target[column]);
  if (written === undefined || written === expected) return expected;
  const message = `The ${part} that is written is another one than the row's`;
  throw new FieldsealError('ERR_SCOPE_CHANGE', message);
}

function prepareLookup(
  options: FieldCallOptions,
  op: LookupOp,
  generations: IndexGenerations,
): Omit<PendingLookup, 'op' | 'sink'> {
  const { model, field, operator, operand } = op;
  const place = { model, field, operator, operation: options.operation };
  const compiled = modelOf(options, model).byName.get(field);
  if (compiled === undefined) {
    throw new FieldsealError('ERR_FIELD_UNKNOWN', `${model}.${field} is not a sealed field`, place);
  }
  try {
    const searched = { model, field: compiled.field, indexes: compiled.indexes };
    const planned = planLookup(searched, operator, operand);
    requireReady(options.door, compiled, planned.tokens, operator);
    const isRotating = generations(planned.tokens.index.id).length > 1;
    const asked = isRotating ? askSeveral(planned) : planned;
    const plan = withPlaintext(options, compiled, asked, op);
    const { perTenant } = plan.tokens;
    const tenant = perTenant ? expectedScope('tenant', op.tenant, options.ambient) : undefined;
    return { compiled, plan, tenant };
  } catch (error) {
    throw atPlace(error, place);
  }
}

/**
 * While rows may lack their tokens, a lookup also asks for the plaintext of those.
 * @throws `ERR_OPERATOR_UNSUPPORTED` where plaintext cannot be asked for it
 */
function withPlaintext(
  { door }: FieldCallOptions,
  compiled: CompiledField,
  plan: LookupPlan,
  { model, field, operator, operand }: LookupOp,
): LookupPlan {
  const { phase, mayLackTokens } = phaseNow(door, compiled.field);
  if (!mayLackTokens) return plan;
  const plain =
    compiled.legacy.length > 0
      ? undefined
      : plainPredicate(compiled.field, plan.tokens, operator, operand);
  if (plain !== undefined) {
    return {
      ...plan,
      shape: { ...plan.shape, plain },
      predicate: (tokens) => ({ ...plan.predicate(tokens), plain }),
    };
  }
  const message = `${model}.${field} does not answer ${operator} while it is ${phase}`;
  throw new FieldsealError('ERR_OPERATOR_UNSUPPORTED', `${message}: rows may lack their tokens`);
}

/** @throws as {@link FieldCall.lookup} */
export function lookupShape(options: FieldCallOptions, op: LookupOp): PredicateShape {
  return prepareLookup(options, op, generationsOfCall(options.door)).plan.shape;
}

function modelOf({ models, operation }: FieldCallOptions, name: string): CompiledModel {
  const found = models.get(name);
  if (found !== undefined) return found;
  const place = { model: name, operation };
  throw new FieldsealError('ERR_FIELD_UNKNOWN', `${name} has no sealed field`, place);
}

function sealAll(
  options: FieldCallOptions,
  lease: KeyLease,
  { seals, generations }: CallWork,
): void {
  const sealers = new Map<CompiledField, FieldSealer>();
  for (const { compiled, op, row, scope, writesCells } of seals) {
    try {
      let sealer = sealers.get(compiled);
      if (sealer === undefined) {
        // asked again: the store may have said something new since the call was made
        requireKnownIndexes(options.door, compiled);
        sealer = createFieldSealer(compiled, lease, generations);
        sealers.set(compiled, sealer);
      }
      if (writesCells) sealer.seal(op.target, row, scope);
      else sealer.keepPlain(op.target, scope);
    } catch (error) {
      throw atPlace(error, placeOf(options, compiled, op));
    }
  }
}

/** Asked again, as for what is sealed: the store may have said something new since the call was made. */
function checkClears(options: FieldCallOptions, { clears }: CallWork): void {
  const checked = new Set<CompiledField>();
  for (const { compiled, op } of clears) {
    if (checked.has(compiled)) continue;
    checked.add(compiled);
    try {
      requireKnownIndexes(options.door, compiled);
    } catch (error) {
      throw atPlace(error, placeOf(options, compiled, op));
    }
  }
}

function answer(
  lease: KeyLease,
  { compiled, plan, tenant, sink }: PendingLookup,
  generationsOf: IndexGenerations,
): void {
  const { alias } = compiled;
  const { tokens, messages } = plan;
  const generations = generationsOf(tokens.index.id);
  const maker = createTokenMaker({ lease, alias, tokens, generations });
  sink(plan.predicate(messages.flatMap((message) => maker.possible(message, tenant))));
}
