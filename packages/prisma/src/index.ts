export type { FieldsealExtension } from './extension/create-extension.ts';
export { type FieldsealOptions, fieldseal } from './extension/fieldseal.ts';
export type { FieldsealHelpers, RawPlace, RawSealed } from './extension/raw-helpers.ts';
export type {
  PrismaField,
  PrismaManifest,
  PrismaModel,
  PrismaUnique,
} from './manifest/prisma-manifest.ts';
