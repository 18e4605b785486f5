/** The tables that both ORMs have, by the name of their model. */
export type ModelName = 'customer' | 'card' | 'legacy' | 'ticket' | 'person' | 'sample';

export type Row = Readonly<Record<string, unknown>>;

/** What is asked of a field besides plain equality. */
export type Ask =
  | { readonly ask: 'in'; readonly of: readonly unknown[] }
  | { readonly ask: 'notIn'; readonly of: readonly unknown[] }
  | { readonly ask: 'not'; readonly of: unknown }
  | { readonly ask: 'isNull' }
  | { readonly ask: 'notNull' }
  | { readonly ask: 'endsWith'; readonly of: string }
  | { readonly ask: 'startsWith'; readonly of: string }
  | { readonly ask: 'year'; readonly of: number };

export const isIn = (...of: readonly unknown[]): Ask => ({ ask: 'in', of });
export const notIn = (...of: readonly unknown[]): Ask => ({ ask: 'notIn', of });
export const not = (of: unknown): Ask => ({ ask: 'not', of });
export const isNull: Ask = { ask: 'isNull' };
export const notNull: Ask = { ask: 'notNull' };
export const endsWith = (of: string): Ask => ({ ask: 'endsWith', of });
export const startsWith = (of: string): Ask => ({ ask: 'startsWith', of });
export const inYear = (of: number): Ask => ({ ask: 'year', of });

export function asAsk(value: unknown): Ask | undefined {
  return typeof value === 'object' && value !== null && 'ask' in value ? (value as Ask) : undefined;
}

/** All of a row's fields have to match: by equality or by what is asked. A list: any of them. */
export type Where = Row | readonly Row[];

/** What the cases need of an ORM; each method is what an application of that ORM would write. */
export interface OrmDriver {
  readonly name: 'Prisma' | 'TypeORM';
  /** @returns the row as the ORM gives it back */
  create(model: ModelName, data: Row): Promise<Row>;
  createMany(model: ModelName, rows: readonly Row[]): Promise<void>;
  /** Changes a row that the same driver has created or read, by its key. */
  change(model: ModelName, row: Row, data: Row): Promise<void>;
  /** @returns how many rows were updated */
  update(model: ModelName, unique: Row, data: Row): Promise<number>;
  /** Of everything that matches. */
  updateMany(model: ModelName, where: Where, data: Row): Promise<number>;
  /** By the primary key. */
  upsert(model: ModelName, row: Row): Promise<void>;
  find(model: ModelName, where: Where): Promise<readonly Row[]>;
  findUnique(model: ModelName, unique: Row): Promise<Row | null>;
  count(model: ModelName, where: Where): Promise<number>;
  /** @returns how many rows were deleted */
  delete(model: ModelName, where: Where): Promise<number>;
  /** Customers with their cards. */
  findWithCards(where: Where): Promise<readonly Row[]>;
  /** Customers that have a card of this number. */
  findByCard(number: string): Promise<readonly Row[]>;
  /** In one transaction; what throws is rolled back. */
  transaction(work: (driver: OrmDriver) => Promise<void>): Promise<void>;
  /** The token of a value, as the helpers of the ORM make it for SQL of the application. */
  token(model: ModelName, field: string, value: unknown, options?: TokenOptions): Promise<Buffer>;
  /** Opens rows that the application read by SQL of its own. */
  openRows(model: ModelName, rows: readonly Row[]): Promise<readonly Row[]>;
}

export interface TokenOptions {
  readonly part?: string;
  readonly tenant?: string;
}
