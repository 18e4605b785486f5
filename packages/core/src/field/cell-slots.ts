import { latin1 } from '../bytes/latin1.ts';
import { type CellHeader, readBytesHeader, readTextHeader } from '../cell/cell-header.ts';
import type { FieldCipher } from '../cell/field-cipher.ts';
import { ciphertextRejected } from '../errors/ciphertext-rejected.ts';
import { FieldsealError } from '../errors/fieldseal-error.ts';
import type { KeyLease, LeasedDataKey } from '../keyring/key-door.ts';
import type { ManifestOldColumn } from '../manifest/manifest.ts';
import type { CompiledField } from './compile-model.ts';
import type { PhaseNow } from './phase-of.ts';
import { isPlaintext } from './plain-values.ts';

/**
 * Characters of a text cell that header and data key id decide: `fs1.` and 25 of 6 bits. The last
 * two bits of the id are in the next one, together with the nonce; a cell that differs in these
 * only gets a cipher whose own comparison of the whole header refuses it.
 */
const PREFIX_CHARACTERS = 4 + 25;
const HEADER_BYTES = 19;

/** All cells of one field that share header and data key, hence a cipher. */
export interface CellSlot {
  /** Start of a text cell; for binary cells the same bytes as latin1 text. */
  readonly prefix: string;
  readonly header: CellHeader;
  /** Known once the keys are there, as are the next two. */
  key: LeasedDataKey | undefined;
  tenant: string | undefined;
  subject: string | undefined;
  /** Made for the first row whose scope is that of the data key. */
  cipher: FieldCipher | undefined;
}

/** What stands in a row: a cell with its slot, plaintext where the phase lets it, or nothing. */
export type FoundCell = CellSlot | 'plaintext' | undefined;

/** The slots of one field's cells in one result set. */
export interface CellSlots {
  /**
   * Finds the slot of each row's cell; `undefined` where the field is null or was not selected.
   * Cells that follow each other mostly share a slot, so the last one is tried first: that is a
   * comparison of a short prefix, nothing is decoded.
   *
   * @param found - Gets one item for each row; when an error is thrown its length is the position
   * of the row at fault.
   * @throws `ERR_CIPHERTEXT_REJECTED` for what is no cell of this field, whatever its keys
   */
  find(rows: readonly Row[], found: FoundCell[]): void;
  all(): Iterable<CellSlot>;
}

type Row = Readonly<Record<string, unknown>>;

/** @param compiled - Decides the form of its cells and whether they are bound to rows. */
export function createCellSlots(compiled: CompiledField, phase: PhaseNow): CellSlots {
  const slots = compiled.isText ? textSlots(compiled) : bytesSlots(compiled);
  const { from } = compiled.field;
  if (from !== undefined) return besideOldColumn(compiled, from, phase, slots);
  return phase.readsPlaintext ? besidePlaintext(compiled, phase, slots) : slots;
}

/** Only while a field moves: every value is looked at by itself. */
function besidePlaintext(compiled: CompiledField, phase: PhaseNow, slots: CellSlots): CellSlots {
  return {
    find(rows, found) {
      for (const row of rows) {
        if (isPlaintext(row[compiled.name], phase)) found.push('plaintext');
        else slots.find([row], found);
      }
    },
    all: slots.all,
  };
}

/**
 * The field's own column holds cells only; where it is NULL the old one has the value. Once the field
 * is sealed a value there is refused: it would otherwise be NULL to whoever reads it.
 */
function besideOldColumn(
  { name }: CompiledField,
  from: ManifestOldColumn,
  { readsPlaintext }: PhaseNow,
  slots: CellSlots,
): CellSlots {
  return {
    find(rows, found) {
      for (const row of rows) {
        const old = row[name] === null ? row[from.name] : null;
        if (old === null) {
          slots.find([row], found);
          continue;
        }
        if (old === undefined) throw lacksOldColumn(from);
        if (!readsPlaintext || typeof old !== 'string') throw ciphertextRejected();
        found.push('plaintext');
      }
    },
    all: slots.all,
  };
}

function lacksOldColumn({ name }: ManifestOldColumn): FieldsealError {
  const message = `The cell is NULL and the row lacks ${name}, which may hold the value: select it too`;
  return new FieldsealError('ERR_NOT_WIRED', message);
}

function newSlot(compiled: CompiledField, prefix: string, header: CellHeader): CellSlot {
  // what is expected comes from the manifest: a cell cannot choose to be unbound
  if (header.bound !== compiled.isBound) throw ciphertextRejected();
  return {
    prefix,
    header,
    key: undefined,
    tenant: undefined,
    subject: undefined,
    cipher: undefined,
  };
}

function textSlots(compiled: CompiledField): CellSlots {
  const { name } = compiled;
  const slots = new Map<string, CellSlot>();

  function slotOf(cell: unknown): CellSlot {
    if (typeof cell !== 'string') throw ciphertextRejected();
    const prefix = cell.slice(0, PREFIX_CHARACTERS);
    const known = slots.get(prefix);
    if (known !== undefined) return known;
    const slot = newSlot(compiled, prefix, readTextHeader(cell));
    slots.set(prefix, slot);
    return slot;
  }

  return {
    find(rows, found) {
      let last: CellSlot | undefined;
      let prefix = '';
      for (const row of rows) {
        const cell = row[name];
        if (last !== undefined && typeof cell === 'string' && cell.startsWith(prefix)) {
          found.push(last);
        } else if (cell === undefined || cell === null) {
          found.push(undefined);
        } else {
          last = slotOf(cell);
          prefix = last.prefix;
          found.push(last);
        }
      }
    },
    all: () => slots.values(),
  };
}

function startsWithBytes(cell: Uint8Array, prefix: string): boolean {
  for (let i = 0; i < HEADER_BYTES; i++) if (cell[i] !== prefix.charCodeAt(i)) return false;
  return true;
}

function bytesSlots(compiled: CompiledField): CellSlots {
  const { name } = compiled;
  const slots = new Map<string, CellSlot>();

  function slotOf(cell: unknown): CellSlot {
    if (!(cell instanceof Uint8Array)) throw ciphertextRejected();
    const header = readBytesHeader(cell);
    const prefix = latin1(cell.subarray(0, HEADER_BYTES));
    const known = slots.get(prefix);
    if (known !== undefined) return known;
    const slot = newSlot(compiled, prefix, header);
    slots.set(prefix, slot);
    return slot;
  }

  return {
    find(rows, found) {
      let last: CellSlot | undefined;
      for (const row of rows) {
        const cell = row[name];
        if (cell === undefined || cell === null) {
          found.push(undefined);
          continue;
        }
        const isSame =
          last !== undefined && cell instanceof Uint8Array && startsWithBytes(cell, last.prefix);
        if (!isSame) last = slotOf(cell);
        found.push(last);
      }
    },
    all: () => slots.values(),
  };
}

/**
 * Gives a slot its data key.
 *
 * @throws `ERR_CIPHERTEXT_REJECTED` when a data key does not exist, or covers what this field's
 * data keys never cover: the tenant of a field without scope and the like.
 */
export function resolveSlot(slot: CellSlot, compiled: CompiledField, lease: KeyLease): void {
  const key = lease.opening(slot.header.dataKeyId);
  if (key === undefined) throw ciphertextRejected();
  const { tenant, subject } = key.scope;
  const { field } = compiled;
  const isOfTenant = (tenant !== undefined) === (field.scope !== undefined);
  const isOfSubject = (subject !== undefined) === (field.subject !== undefined);
  if (!isOfTenant || !isOfSubject) throw ciphertextRejected();
  slot.tenant = tenant;
  slot.subject = subject;
  slot.key = key;
}
