import type { KycApplication } from '@fieldseal-examples/kyc-story';
import type { Client } from './open-application.ts';

type Queries = Omit<KycApplication, 'keyring' | 'pool' | 'seed' | 'close'>;

/** The questions of the application, as any Prisma application asks them. */
export function queries(prisma: Client): Queries {
  return {
    customer: (id) => prisma.customer.findUniqueOrThrow({ where: { id } }),

    customerByAadhaar: (tenantId, aadhaar) =>
      prisma.customer.findUnique({ where: { tenantId_aadhaar: { tenantId, aadhaar } } }),

    cardsByLast4: (last4) =>
      prisma.card.findMany({
        where: { number: { endsWith: last4 } },
        include: { customer: true },
      }),

    countBornIn: (tenantId, year) =>
      prisma.customer.count({
        where: {
          tenantId,
          dateOfBirth: { gte: new Date(`${year}-01-01`), lt: new Date(`${year + 1}-01-01`) },
        },
      }),

    pageOfCustomers: (tenantId, size) =>
      prisma.customer.findMany({ where: { tenantId }, take: size }),

    customersByIds: (ids) => prisma.customer.findMany({ where: { id: { in: [...ids] } } }),

    async rename(id, name) {
      await prisma.customer.update({ where: { id }, data: { name } });
    },
  };
}
