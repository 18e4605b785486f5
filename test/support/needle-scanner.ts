/** Something to look for, in one of the forms that it could have. */
export interface Needle {
  /** Position of the secret in the list that was given. */
  readonly secret: number;
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** Bits of the filter: with some thousand needles one place in a hundred is looked at closely. */
const FILTER_BITS = 20;
const GRAM = 4;

/** Up to here a native search for each needle is quicker. */
const FEW_NEEDLES = 100;

type Scan = (haystack: Buffer) => readonly Needle[];

/**
 * Looks for many needles in one pass over the bytes: one search for each would take minutes for a
 * write-ahead log and the secrets of hundreds of people.
 *
 * @param needles - Of at least four bytes each.
 */
export function createScanner(needles: readonly Needle[], few: number = FEW_NEEDLES): Scan {
  if (needles.length > few) return scanOnce(needles);
  return (haystack) => needles.filter(({ bytes }) => haystack.includes(bytes));
}

function scanOnce(needles: readonly Needle[]): Scan {
  const filter = new Uint8Array(1 << FILTER_BITS);
  const byStart = new Map<number, Needle[]>();
  for (const needle of needles) {
    if (needle.bytes.length < GRAM) throw new RangeError('A needle needs at least four bytes');
    const start = needle.bytes.readUInt32BE(0);
    filter[slotOf(start)] = 1;
    const known = byStart.get(start);
    if (known === undefined) byStart.set(start, [needle]);
    else known.push(needle);
  }
  return (haystack) => {
    const found = new Set<Needle>();
    let gram = 0;
    for (let i = 0; i < haystack.length; i++) {
      gram = ((gram << 8) | (haystack[i] as number)) >>> 0;
      if (i < GRAM - 1 || filter[slotOf(gram)] === 0) continue;
      const place = i - GRAM + 1;
      for (const needle of byStart.get(gram) ?? []) {
        const { bytes } = needle;
        if (bytes.equals(haystack.subarray(place, place + bytes.length))) found.add(needle);
      }
    }
    return [...found];
  };
}

/** Fibonacci hashing of four bytes. */
function slotOf(gram: number): number {
  return Math.imul(gram, 0x9e3779b1) >>> (32 - FILTER_BITS);
}
