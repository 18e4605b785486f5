// What examples may use without saying where it comes from: what their reader has by then.

/** A client with the extension; its models are those of the example's own schema. */
interface ExtendedClient {
  // biome-ignore lint/suspicious/noExplicitAny: every example has another schema
  readonly [model: string]: any;
  $queryRaw<T = unknown>(query: TemplateStringsArray, ...values: unknown[]): Promise<T>;
  $executeRaw(query: TemplateStringsArray, ...values: unknown[]): Promise<number>;
  readonly $fieldseal: import('@fieldseal/prisma').FieldsealHelpers;
}

type ClientConstructor = new (options: {
  adapter: import('@prisma/adapter-pg').PrismaPg;
}) => { $extends(extension: import('@fieldseal/prisma').FieldsealExtension): ExtendedClient };

declare const prisma: ExtendedClient;
declare const PrismaClient: ClientConstructor;
declare const adapter: import('@prisma/adapter-pg').PrismaPg;
declare const manifest: import('@fieldseal/prisma').PrismaManifest;
declare const dataSource: import('typeorm').DataSource;
declare class Card {
  id: string;
  number: string;
}
declare class Customer {
  id: string;
  tenantId: string;
  name: string;
  aadhaar: string | null;
  dateOfBirth: Date;
}
declare const card: Card;
declare const keyring: import('@fieldseal/core').Keyring;
declare const store: import('@fieldseal/core').KeyStore;
declare const pin: string;
declare const roots: readonly import('@fieldseal/core').Root[];
declare function encodeValue(type: import('@fieldseal/core').ValueType, value: unknown): Uint8Array;
declare const url: string;
declare const Signature: Uint8Array;
declare const ownerUrl: string;
declare const aadhaar: string;
declare const id: string;
declare const customerId: string;
declare const keyId: string;
/** A root, and ids of slots. */
declare const hsm: import('@fieldseal/core').Root;
declare const paper: string;
declare const old: string;

declare module '*/generated/client/client.js' {
  export const PrismaClient: ClientConstructor;
}
declare module '*/generated/fieldseal/index.js' {
  export const manifest: import('@fieldseal/prisma').PrismaManifest;
}
