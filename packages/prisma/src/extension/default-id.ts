import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { PrismaField } from '../manifest/prisma-manifest.ts';

const NANOID = 'useandom-26T198340PX75pxJACKVERYMINDBUSHWOLF_GQZbfghjklqvwyzrict';
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

/**
 * An id as the field's `@default(uuid() | uuid(7) | cuid() | cuid(2) | nanoid(n) | ulid())` would
 * make it. A cell that is bound to its row needs the id before the insert, so it is made here;
 * all randomness is from `node:crypto`.
 * @returns `undefined` for a default that only the database knows.
 */
export function createDefaultId(field: PrismaField): string | undefined {
  const { name, argument } = field.default ?? { name: '' };
  switch (name) {
    case 'uuid':
      return argument === 7 ? uuid7() : randomUUID();
    case 'cuid':
      return argument === 2 ? cuid2() : cuid();
    case 'nanoid':
      return pick(NANOID, argument ?? 21);
    case 'ulid':
      return ulid();
    default:
      return undefined;
  }
}

/** RFC 9562 section 5.7: 48 bits of Unix milliseconds, version and variant, 74 random bits. */
function uuid7(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = 0x70 | (bytes.readUInt8(6) & 0x0f);
  bytes[8] = 0x80 | (bytes.readUInt8(8) & 0x3f);
  const hex = bytes.toString('hex');
  const parts = [
    [0, 8],
    [8, 12],
    [12, 16],
    [16, 20],
    [20, 32],
  ] as const;
  return parts.map(([from, to]) => hex.slice(from, to)).join('-');
}

/** The ULID specification: 10 characters of milliseconds, 16 random ones, Crockford's base 32. */
function ulid(): string {
  let time = Date.now();
  let head = '';
  for (let place = 0; place < 10; place++) {
    head = CROCKFORD.charAt(time % 32) + head;
    time = Math.floor(time / 32);
  }
  return head + pick(CROCKFORD, 16);
}

/**
 * The layout of cuid: `c`, 8 characters of milliseconds, 16 of counter, host and randomness.
 * Counter and host only stood in for a good generator; here all 16 are random.
 */
function cuid(): string {
  return `c${Date.now().toString(36).padStart(8, '0').slice(-8)}${pick(BASE36, 16)}`;
}

/** The layout of cuid2: a letter and 23 characters without order; 2^123 values. */
function cuid2(): string {
  return pick(LETTERS, 1) + pick(BASE36, 23);
}

function pick(alphabet: string, length: number): string {
  let text = '';
  for (let place = 0; place < length; place++) text += alphabet.charAt(randomInt(alphabet.length));
  return text;
}
