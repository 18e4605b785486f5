import { batches, documentsOf, type Person, TENANT_IDS } from '@fieldseal-examples/kyc-story';
import type { Client } from './open-application.ts';

/** Writes customers, their cards and some documents, as any Prisma application would. */
export async function seed(prisma: Client, people: readonly Person[]): Promise<void> {
  await prisma.tenant.createMany({ data: TENANT_IDS.map((id) => ({ id, name: id })) });
  for (const batch of batches(people)) {
    await prisma.customer.createMany({ data: batch.map(({ card: _, ...customer }) => customer) });
    await prisma.card.createMany({
      data: batch.map(({ id, card }) => ({ customerId: id, ...card })),
    });
  }
  await prisma.document.createMany({ data: documentsOf(people) });
}
