import type { Person } from './create-people.ts';
import { TENANT_IDS } from './create-people.ts';
import type { Application } from './open-application.ts';

const BATCH = 500;
/** Every so many customers have handed in a scan. */
const DOCUMENT_EVERY = 50;

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}

/** Writes customers, their cards and some documents, as any Prisma application would. */
export async function seed({ prisma }: Application, people: readonly Person[]): Promise<void> {
  await prisma.tenant.createMany({ data: TENANT_IDS.map((id) => ({ id, name: id })) });
  for (const batch of batches(people)) {
    await prisma.customer.createMany({ data: batch.map(({ card: _, ...customer }) => customer) });
    await prisma.card.createMany({
      data: batch.map(({ id, card }) => ({ customerId: id, ...card })),
    });
  }
  await prisma.document.createMany({
    data: people
      .filter((_, index) => index % DOCUMENT_EVERY === 0)
      .map(({ id, aadhaar, name }) => ({
        customerId: id,
        kind: 'AADHAAR_CARD' as const,
        content: new TextEncoder().encode(`Scan of the card ${aadhaar} of ${name}`),
      })),
  });
}
