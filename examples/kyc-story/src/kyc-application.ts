import type { Keyring } from '@fieldseal/core';
import type pg from 'pg';
import type { Person } from './create-people.ts';

/** A customer as the application reads it, whichever ORM it uses. */
export interface Customer {
  readonly id: string;
  readonly name: string;
  readonly aadhaar: string;
  readonly dateOfBirth: Date;
  readonly address: unknown;
}

/** What the story asks of an application. Each is one call of its ORM, and knows nothing of encryption. */
export interface KycApplication {
  readonly keyring: Keyring;
  /** Plain SQL, past Fieldseal: what a database administrator or a thief sees. */
  readonly pool: pg.Pool;
  /** Writes tenants, customers, their cards and some documents. */
  seed(people: readonly Person[]): Promise<void>;
  /** @throws Error when there is no such customer */
  customer(id: string): Promise<Customer>;
  customerByAadhaar(tenantId: string, aadhaar: string): Promise<Customer | null>;
  /** Cards by the last four digits of their number, with their customers. */
  cardsByLast4(last4: string): Promise<readonly { readonly customer: Customer }[]>;
  countBornIn(tenantId: string, year: number): Promise<number>;
  pageOfCustomers(tenantId: string, size: number): Promise<readonly Customer[]>;
  customersByIds(ids: readonly string[]): Promise<readonly Customer[]>;
  rename(id: string, name: string): Promise<void>;
  close(): Promise<void>;
}
