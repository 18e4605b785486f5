import type { Person } from './create-people.ts';

const BATCH = 500;
/** Every so many customers have handed in a scan. */
const DOCUMENT_EVERY = 50;

/** People in groups that one statement can write. */
export function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}

/** A scanned document of the application. */
export interface ScannedDocument {
  readonly customerId: string;
  readonly kind: 'AADHAAR_CARD';
  readonly content: Uint8Array<ArrayBuffer>;
}

/** The scans that some of the people have handed in. */
export function documentsOf(people: readonly Person[]): ScannedDocument[] {
  return people
    .filter((_, index) => index % DOCUMENT_EVERY === 0)
    .map(({ id, aadhaar, name }) => ({
      customerId: id,
      kind: 'AADHAAR_CARD',
      content: new TextEncoder().encode(`Scan of the card ${aadhaar} of ${name}`),
    }));
}
