import { type Faker, faker as sharedFaker } from '@faker-js/faker';
import { withLuhnDigit, withVerhoeffDigit } from './check-digits.ts';

/** One customer of the example, as the application holds it. Invented, as is everything in it. */
export interface Person {
  readonly id: string;
  readonly tenantId: string;
  readonly name: string;
  readonly aadhaar: string;
  readonly pan: string;
  readonly dateOfBirth: Date;
  readonly address: { readonly street: string; readonly city: string; readonly pin: string };
  readonly card: { readonly number: string; readonly expiry: string };
}

const FIRST = [
  'Aarav',
  'Diya',
  'Ishaan',
  'Kavya',
  'Meera',
  'Nikhil',
  'Priya',
  'Rohan',
  'Sana',
  'Vikram',
];
const LAST = [
  'Banerjee',
  'Desai',
  'Fernandes',
  'Gill',
  'Iyer',
  'Khan',
  'Menon',
  'Nair',
  'Patel',
  'Rao',
];
const CITIES = ['Bengaluru', 'Jaipur', 'Kochi', 'Mumbai', 'Patna', 'Pune'];
const TENANTS = ['acme-bank', 'zen-insurance'];

/**
 * Aadhaar numbers never start with 1; no number of this form has been issued to anybody. The middle
 * is drawn, so that a hunt for one in the files of a database finds no round number of others.
 */
function aadhaar(faker: Faker, index: number): string {
  return withVerhoeffDigit(`1${faker.string.numeric(4)}${String(index).padStart(6, '0')}`);
}

/** Five letters, four digits, a letter; the fourth, X, stands for no kind of holder. */
function pan(faker: Faker, index: number, last: string): string {
  const letters = faker.string.alpha({ length: 3, casing: 'upper' });
  return `${letters}X${last.charAt(0)}${String(index % 10_000).padStart(4, '0')}Z`;
}

function person(faker: Faker, index: number): Person {
  const last = faker.helpers.arrayElement(LAST);
  return {
    id: faker.string.uuid(),
    tenantId: TENANTS[index % TENANTS.length] as string,
    name: `${faker.helpers.arrayElement(FIRST)} ${last}`,
    aadhaar: aadhaar(faker, index),
    pan: pan(faker, index, last),
    dateOfBirth: new Date(Date.UTC(1950 + (index % 55), index % 12, 1 + (index % 28))),
    address: {
      street: `${faker.number.int({ min: 1, max: 400 })} ${faker.location.street()}`,
      city: faker.helpers.arrayElement(CITIES),
      pin: faker.string.numeric({ length: 6, allowLeadingZeros: false }),
    },
    card: {
      // 999999 is no issuer's prefix
      number: withLuhnDigit(`999999${faker.string.numeric(3)}${String(index).padStart(6, '0')}`),
      expiry: `${String(1 + (index % 12)).padStart(2, '0')}/${29 + (index % 5)}`,
    },
  };
}

/** The same people for the same seed. */
export function createPeople(count: number, seed: number): readonly Person[] {
  sharedFaker.seed(seed);
  return Array.from({ length: count }, (_, index) => person(sharedFaker, index));
}

export const TENANT_IDS: readonly string[] = TENANTS;
