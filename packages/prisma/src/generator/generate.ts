import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { FieldsealError, parseManifest } from '@fieldseal/core';
import type { GeneratorOptions } from '@prisma/generator-helper';
import type { PrismaManifest } from '../manifest/prisma-manifest.ts';
import { type ClientGenerator, generateClients } from './client/generate-client.ts';
import { emitManifest } from './emit-manifest.ts';
import { checkLock } from './lock/check-lock.ts';
import { LOCK_FILE_NAME, lockOf, parseLock, writeLock } from './lock/lock-file.ts';
import { createProblems, type Problems } from './problem.ts';
import { resolveManifest } from './resolve/resolve-manifest.ts';
import { readSchemaFiles } from './source/read-schema-files.ts';
import { scanSchema } from './source/scan-schema.ts';
import type { SchemaSource } from './source/schema-source.ts';
import { summarize } from './summarize.ts';

/**
 * Everything that `prisma generate` does for Fieldseal. Nothing is written before the whole schema
 * and the lock have been checked.
 *
 * @param say takes one line for the developer
 * @throws `ERR_ANNOTATION_INVALID` with all problems of the schema; `ERR_CONFIG_INVALID` for a
 * generator block that cannot work; `ERR_NOT_WIRED` when Prisma's own generator fails or is unknown
 */
export async function generate(
  options: GeneratorOptions,
  say: (line: string) => void,
): Promise<PrismaManifest> {
  const output = options.generator.output?.value;
  if (!output) throw configInvalid('the generator block of fieldseal-prisma needs an "output"');
  const problems = createProblems();
  const source = scanSchema(readSchemaFiles(options.schemaPath));
  checkOutput(options.schemaPath, output);
  checkProvider(options, source, problems);
  const clients = clientsOf(options, source, problems);
  const { manifest, models } = resolveManifest(source, options.dmmf.datamodel, problems);
  const folder = folderOf(options.schemaPath);
  const lock = checkedLock(folder, manifest, problems);
  problems.throwIfAny();
  // The core reads the manifest at run time by its own rules: what it refuses must not be written.
  parseManifest(manifest);

  if (manifest.models.length > 0) {
    const version = installedVersion(clients, options.version);
    const warn = (text: string): void => say(`warning: ${text}`);
    await generateClients({
      source,
      models,
      manifest,
      clients,
      output,
      from: folder,
      version,
      warn,
    });
  }
  const isTypeScript = clients.every(({ provider }) => provider === 'prisma-client');
  emitManifest(manifest, { output, format: isTypeScript ? 'typescript' : 'javascript' });
  if (lock.text !== lock.written) writeFileSync(lock.path, lock.text);
  for (const line of summarize(manifest, models)) say(line);
  return manifest;
}

function folderOf(schemaPath: string): string {
  return statSync(schemaPath).isDirectory() ? schemaPath : dirname(schemaPath);
}

function configInvalid(message: string): FieldsealError {
  return new FieldsealError('ERR_CONFIG_INVALID', `Fieldseal: ${message}`);
}

/** A schema of several files is every `.prisma` file in its folder; ours must not be among them. */
function checkOutput(schemaPath: string, output: string): void {
  if (!statSync(schemaPath).isDirectory()) return;
  const path = relative(schemaPath, output);
  if (path === '' || !(path === '..' || path.startsWith(`..${sep}`)))
    throw configInvalid('"output" must be outside of the folder with the schema files');
}

function checkProvider(
  { datasources }: GeneratorOptions,
  source: SchemaSource,
  problems: Problems,
): void {
  const block = source.blocks.find(({ kind }) => kind === 'datasource');
  for (const { activeProvider } of datasources) {
    if (activeProvider === 'postgresql' || block === undefined) continue;
    problems.add(
      block,
      `${block.name}: ${activeProvider} is not supported yet by this version, only postgresql is`,
    );
  }
}

function clientsOf(
  { otherGenerators, generator }: GeneratorOptions,
  source: SchemaSource,
  problems: Problems,
): readonly ClientGenerator[] {
  const clients: ClientGenerator[] = [];
  const blocks = source.blocks.filter(({ kind }) => kind === 'generator');
  const own = blocks.findIndex(({ name }) => name === generator.name);
  for (const { name, provider, output } of otherGenerators) {
    const { value } = provider;
    if (value !== 'prisma-client' && value !== 'prisma-client-js') continue;
    if (!output?.value) throw configInvalid(`the generator "${name}" needs an "output"`);
    clients.push({ name, provider: value, output: output.value });
    const at = blocks.findIndex((block) => block.name === name);
    const block = blocks[at];
    // Generators run in the order of the schema, and a client made later has the physical types.
    if (block && at > own)
      problems.add(
        block,
        `${name}: this client must stand before the generator "${generator.name}"`,
      );
  }
  if (clients.length === 0) throw configInvalid('the schema has no generator of a Prisma client');
  return clients;
}

interface CheckedLock {
  readonly path: string;
  /** What the file holds now; absent when there is none. */
  readonly written: string | undefined;
  readonly text: string;
}

function checkedLock(folder: string, manifest: PrismaManifest, problems: Problems): CheckedLock {
  const path = join(folder, LOCK_FILE_NAME);
  const now = lockOf(manifest);
  const text = writeLock(now);
  if (!existsSync(path)) return { path, written: undefined, text };
  const written = readFileSync(path, 'utf8');
  const locked = parseLock(written);
  if ('wrong' in locked)
    problems.add(
      { file: path, line: 1 },
      `the lock cannot be read: ${locked.wrong}; restore it from version control`,
    );
  else checkLock(locked, now, { path, text: written }, problems);
  return { path, written, text };
}

/** The client names its version; what the generator is told is a commit of the engines. */
function installedVersion(clients: readonly ClientGenerator[], engines: string): string {
  for (const { output } of clients) {
    for (const name of ['internal/class.ts', 'index.js']) {
      const path = join(output, name);
      const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
      const version = /"clientVersion": "([^"]+)"/.exec(text)?.[1];
      if (version !== undefined) return version;
    }
  }
  return engines;
}
