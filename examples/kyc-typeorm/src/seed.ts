import { batches, documentsOf, type Person, TENANT_IDS } from '@fieldseal-examples/kyc-story';
import type { DataSource } from 'typeorm';
import { Card, Customer, Document, Tenant } from './entities.ts';

/** Writes customers, their cards and some documents, as any TypeORM application would. */
export async function seed({ manager }: DataSource, people: readonly Person[]): Promise<void> {
  await manager.insert(
    Tenant,
    TENANT_IDS.map((id) => ({ id, name: id })),
  );
  for (const batch of batches(people)) {
    await manager.insert(
      Customer,
      batch.map(({ card: _, ...customer }) => customer),
    );
    await manager.insert(
      Card,
      batch.map(({ id, card }) => ({ customerId: id, ...card })),
    );
  }
  await manager.insert(Document, documentsOf(people));
}
