import type { KycApplication } from '@fieldseal-examples/kyc-story';
import { Between, type DataSource, In, Like } from 'typeorm';
import { Card, Customer } from './entities.ts';

type Queries = Omit<KycApplication, 'keyring' | 'pool' | 'seed' | 'close'>;

/** The questions of the application, as any TypeORM application asks them. */
export function queries(dataSource: DataSource): Queries {
  const customers = dataSource.getRepository(Customer);
  const cards = dataSource.getRepository(Card);
  return {
    customer: (id) => customers.findOneByOrFail({ id }),

    customerByAadhaar: (tenantId, aadhaar) => customers.findOneBy({ tenantId, aadhaar }),

    cardsByLast4: (last4) =>
      cards.find({ where: { number: Like(`%${last4}`) }, relations: { customer: true } }),

    countBornIn: (tenantId, year) =>
      customers.countBy({
        tenantId,
        dateOfBirth: Between(new Date(`${year}-01-01`), new Date(`${year}-12-31`)),
      }),

    pageOfCustomers: (tenantId, size) => customers.find({ where: { tenantId }, take: size }),

    customersByIds: (ids) => customers.findBy({ id: In([...ids]) }),

    async rename(id, name) {
      await customers.update({ id }, { name });
    },
  };
}
