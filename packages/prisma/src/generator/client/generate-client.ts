import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { FieldsealError } from '@fieldseal/core';
import type { PrismaManifest } from '../../manifest/prisma-manifest.ts';
import type { ModelContext } from '../resolve/model-context.ts';
import type { SchemaSource } from '../source/schema-source.ts';
import { applicationSchema } from './application-schema.ts';
import { narrowTypes } from './narrow-types.ts';
import { restoreRuntime } from './restore-runtime.ts';
import { runPrismaGenerate } from './run-prisma-generate.ts';

export interface ClientGenerator {
  readonly name: string;
  readonly provider: 'prisma-client' | 'prisma-client-js';
  /** Absolute path of the folder with the client of the physical schema. */
  readonly output: string;
}

export interface GenerateClientOptions {
  readonly source: SchemaSource;
  readonly models: readonly ModelContext[];
  readonly manifest: PrismaManifest;
  readonly clients: readonly ClientGenerator[];
  /** Folder of this generator. */
  readonly output: string;
  /** Folder from which the application's Prisma is found. */
  readonly from: string;
  /** Version of Prisma, for the message when its files are of an unknown form. */
  readonly version: string;
  readonly warn: (text: string) => void;
}

export const APPLICATION_SCHEMA = 'application.prisma';

/** Files with the run-time configuration, by client generator. */
const RUNTIME_FILES = {
  'prisma-client': ['internal/class.ts'],
  'prisma-client-js': ['index.js', 'edge.js'],
} as const;

/** Files that stay those of the physical schema: nothing in them concerns types. */
const PHYSICAL_FILES: ReadonlySet<string> = new Set(['schema.prisma', 'package.json']);

/**
 * Gives the clients that Prisma has just generated the types of the application's schema. They are
 * made aside by Prisma's own emitter and put in place only when everything fits: a failure leaves
 * the physical clients as they were.
 */
export async function generateClients(options: GenerateClientOptions): Promise<void> {
  const { source, models, clients, output, from } = options;
  const aside = join(output, '.clients');
  const folders = new Map(clients.map(({ name }) => [name, join(aside, name)]));
  const outputs = new Map([...folders].map(([name, path]) => [name, relativePath(output, path)]));
  mkdirSync(output, { recursive: true });
  const schema = join(output, APPLICATION_SCHEMA);
  writeFileSync(schema, applicationSchema({ source, models, outputs }));
  try {
    await runPrismaGenerate(schema, from);
    for (const client of clients) assemble(client, folders.get(client.name) ?? aside, options);
    for (const client of clients)
      cpSync(folders.get(client.name) ?? aside, client.output, { recursive: true });
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function relativePath(from: string, to: string): string {
  return `./${relative(from, to).replaceAll('\\', '/')}`;
}

function assemble(client: ClientGenerator, folder: string, options: GenerateClientOptions): void {
  for (const name of RUNTIME_FILES[client.provider]) {
    if (!existsSync(join(folder, name)) && !existsSync(join(client.output, name))) continue;
    const restored = restoreRuntime(readText(folder, name), readText(client.output, name));
    if (restored === undefined) throw unknownVersion(client, name, options.version);
    writeFileSync(join(folder, name), restored);
  }
  for (const name of PHYSICAL_FILES) rmSync(join(folder, name), { force: true });
  narrowFolder(client, folder, options);
}

function readText(folder: string, name: string): string {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function unknownVersion(client: ClientGenerator, name: string, version: string): FieldsealError {
  const message = `${client.provider} of Prisma ${version} writes ${name} in a form that this version of Fieldseal does not know; use a version of Prisma that is listed in its documentation`;
  return new FieldsealError('ERR_NOT_WIRED', message, { file: join(client.output, name) });
}

function narrowFolder(
  client: ClientGenerator,
  folder: string,
  { manifest, warn }: GenerateClientOptions,
): void {
  const narrowed = new Set<string>();
  const unknown: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || dirname(name) === 'runtime') continue;
    const path = join(folder, name);
    const result = narrowTypes(readFileSync(path, 'utf8'), manifest);
    for (const field of result.narrowed) narrowed.add(field);
    unknown.push(...result.unknown);
    writeFileSync(path, result.text);
  }
  const sealed = manifest.models.flatMap((model) =>
    model.fields.map((field) => `${model.name}.${field.name}`),
  );
  const wide = sealed.filter((name) => !narrowed.has(name));
  if (wide.length > 0)
    warn(
      `${client.name}: the types still offer operators that are refused at run time: ${wide.join(', ')}`,
    );
  for (const line of unknown) warn(`${client.name}: left as it is: ${line}`);
}
