import { concatBytes } from '../bytes/concat.ts';
import { u32 } from '../bytes/integer.ts';
import { latin1 } from '../bytes/latin1.ts';
import type { Engine } from '../cipher/engine.ts';
import { integrityError } from './columns.ts';

/**
 * Which index keys a key has, as one short column of a control row (docs/format.md, "The register of
 * index keys"): ranges of places, each with a digest of all index keys in it. A range that is read
 * whole proves what is there and, as much, what is not, so that a key that somebody took away is
 * not made anew.
 */

/** What of an index key is registered: all that never changes. */
export interface IndexKeyIdentity {
  /** 16 bytes. */
  readonly id: Uint8Array;
  readonly generation: number;
  readonly place: number;
  /** Canonical scope bytes. */
  readonly scope: Uint8Array;
}

/** A range of places, both ends included. */
export interface PlaceRange {
  readonly from: number;
  readonly to: number;
  /** 16 bytes. */
  readonly digest: Uint8Array;
}

type Sha256 = Pick<Engine, 'sha256'>;

/** Places are 31 bits: what an `integer` of SQL holds. */
const LAST_PLACE = 2 ** 31 - 1;
const DIGEST_BYTES = 16;
const ENTRY_BYTES = 4 + DIGEST_BYTES;
/** A range with more index keys is halved: what is read with each of them stays this small. */
const MOST_IN_RANGE = 32;

/** Where the index keys of a scope are, whatever their generation. */
export function placeOf({ sha256 }: Sha256, scope: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = sha256(scope);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 1;
}

function identityBytes({ id, generation, place, scope }: IndexKeyIdentity): Uint8Array {
  return concatBytes(id, u32(generation), u32(place), u32(scope.length), scope);
}

/** The same for the same index keys, in whatever order they are. */
export function digestOf({ sha256 }: Sha256, members: readonly IndexKeyIdentity[]): Uint8Array {
  const byId = members.map((member) => ({ member, id: latin1(member.id) }));
  byId.sort((a, b) => (a.id < b.id ? -1 : 1));
  const bytes = concatBytes(...byId.map(({ member }) => identityBytes(member)));
  return new Uint8Array(sha256(bytes).subarray(0, DIGEST_BYTES));
}

function entry(from: number, digest: Uint8Array): Uint8Array {
  return concatBytes(u32(from), digest);
}

/** The register of a key that has no index key: one range, with nothing in it. */
function emptyRegister(engine: Sha256): Uint8Array {
  return entry(0, digestOf(engine, []));
}

function startOf(register: Uint8Array, at: number): number {
  return new DataView(register.buffer, register.byteOffset).getUint32(at * ENTRY_BYTES);
}

/** The number of the range that a place is in. */
function findEntry(register: Uint8Array, place: number): number {
  let low = 0;
  let high = register.length / ENTRY_BYTES - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (startOf(register, middle) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The range that a place is in.
 * @param given - `undefined` for a key without a register.
 * @throws `ERR_STORE_INTEGRITY`
 */
export function rangeOf(engine: Sha256, given: Uint8Array | undefined, place: number): PlaceRange {
  const register = given ?? emptyRegister(engine);
  if (register.length === 0 || register.length % ENTRY_BYTES !== 0 || startOf(register, 0) !== 0) {
    throw integrityError('A register of index keys is malformed', 'index_register', 'ranges');
  }
  const at = findEntry(register, place);
  const end = (at + 1) * ENTRY_BYTES;
  return {
    from: startOf(register, at),
    to: end < register.length ? startOf(register, at + 1) - 1 : LAST_PLACE,
    digest: register.subarray(end - DIGEST_BYTES, end),
  };
}

/** Entries for a range and what is in it; more than one where it grew too full. */
function entriesOf(
  engine: Sha256,
  { from, to }: Omit<PlaceRange, 'digest'>,
  members: readonly IndexKeyIdentity[],
): readonly Uint8Array[] {
  if (members.length <= MOST_IN_RANGE || from === to) {
    return [entry(from, digestOf(engine, members))];
  }
  const middle = Math.floor((from + to) / 2);
  const lower = members.filter(({ place }) => place <= middle);
  const upper = members.filter(({ place }) => place > middle);
  return [
    ...entriesOf(engine, { from, to: middle }, lower),
    ...entriesOf(engine, { from: middle + 1, to }, upper),
  ];
}

/**
 * A register with other members in one of its ranges.
 * @param range - Of this register, as {@link rangeOf} gives it.
 */
export function registerMembers(
  engine: Sha256,
  given: Uint8Array | undefined,
  range: PlaceRange,
  members: readonly IndexKeyIdentity[],
): Uint8Array {
  const register = given ?? emptyRegister(engine);
  const start = findEntry(register, range.from) * ENTRY_BYTES;
  return concatBytes(
    register.subarray(0, start),
    ...entriesOf(engine, range, members),
    register.subarray(start + ENTRY_BYTES),
  );
}
