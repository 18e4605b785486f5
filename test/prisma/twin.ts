/** The same model on two clients, one sealed and one plain, as far as the differential test calls it. */
export interface Delegate {
  create(args: object): Promise<unknown>;
  createMany(args: object): Promise<unknown>;
  createManyAndReturn(args: object): Promise<unknown>;
  update(args: object): Promise<unknown>;
  updateMany(args: object): Promise<unknown>;
  upsert(args: object): Promise<unknown>;
  delete(args: object): Promise<unknown>;
  deleteMany(args: object): Promise<unknown>;
  findUnique(args: object): Promise<unknown>;
  findFirst(args: object): Promise<unknown>;
  findMany(args: object): Promise<unknown>;
  count(args: object): Promise<unknown>;
}

export type ModelName = 'customer' | 'card' | 'profile';

export type Models = Readonly<Record<ModelName, Delegate>>;

/** One operation that is run on both twins. */
export interface Operation {
  readonly model: ModelName;
  readonly name: keyof Delegate;
  readonly args: object;
}

/** What the application sees of an operation: its result, or the code of its error. */
export async function outcome(models: Models, operation: Operation): Promise<unknown> {
  try {
    return { result: comparable(await models[operation.model][operation.name](operation.args)) };
  } catch (error) {
    return { error: errorCode(error) };
  }
}

/** Prisma has several codes for a row that is not there; which one depends on its plan. */
const NOT_FOUND: ReadonlySet<unknown> = new Set(['P2015', 'P2017', 'P2018', 'P2025']);

function errorCode(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) throw error;
  if ('code' in error && String(error.code).startsWith('P')) {
    return NOT_FOUND.has(error.code) ? 'P2025' : error.code;
  }
  // A refusal of ours, or a mistake in the test: the twins would part anyway, but say why.
  throw error;
}

/** Times of creation differ between the twins, and rows come in no order without `orderBy`. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable).sort(byText);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  const entries = Object.entries(value).filter(([key]) => key !== 'createdAt');
  return Object.fromEntries(entries.map(([key, inner]) => [key, comparable(inner)]).sort(byText));
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a) ?? '', JSON.stringify(b) ?? ''];
  return left < right ? -1 : Number(left > right);
}
