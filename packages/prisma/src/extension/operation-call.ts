/** What Prisma hands to a query extension on all models and operations. */
export interface OperationCall {
  readonly model: string;
  readonly operation: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly query: (args: unknown, internals?: RequestInternals) => Promise<unknown>;
  /** Not in Prisma's types. Without it results of the fluent API could not be told apart. */
  readonly __internalParams?: RequestInternals;
}

/** The parts of Prisma's internal request that the extension reads. */
export interface RequestInternals {
  readonly dataPath?: readonly string[];
  readonly transaction?: { readonly kind: 'itx' | 'batch' };
}
