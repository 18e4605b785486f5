/** The client that is being extended, as far as the extension uses it. */
export interface ExtendedClient {
  $extends(extension: unknown): unknown;
  $queryRawUnsafe(sql: string, ...values: readonly unknown[]): Promise<unknown>;
  /** The schema that the client was generated from; not in Prisma's types. */
  readonly _runtimeDataModel?: {
    readonly models: Readonly<
      Record<string, { readonly fields: readonly { readonly name: string }[] }>
    >;
  };
  /** `new PrismaClient({ omit })`, by model with a small first letter. */
  readonly _globalOmit?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Preview features that the client was generated with. */
  readonly _previewFeatures?: readonly string[];
  /** The same client inside a running interactive transaction. */
  _createItxClient?(transaction: unknown): ExtendedClient;
}
