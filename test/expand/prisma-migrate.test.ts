import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createFieldCodec } from '@fieldseal/core';
import { migrationFiles, planMigration } from '@fieldseal/jobs';
import { testKeyring } from '@fieldseal/testing';
import { expect, test } from 'vitest';
import { HEAD, runGenerator, writeProject } from '../generator/run-generator.ts';
import { startPostgres } from '../support/postgres.ts';
import { NAMES, recordManifest } from './records.ts';

/** The models of a schema of this folder, behind the head of a project. */
function schemaOf(name: 'before' | 'schema' | 'after'): string {
  const text = readFileSync(new URL(`${name}.prisma`, import.meta.url), 'utf8');
  return HEAD + text.slice(text.indexOf('/// '));
}

test('Prisma Migrate applies what was generated, and finds nothing to add to it', async () => {
  const url = await (await startPostgres()).createDatabase();
  const folder = writeProject({ 'schema.prisma': schemaOf('before') }, url);
  const migrations = join(folder, 'prisma', 'migrations');
  const keyring = await testKeyring();
  const write = (name: 'schema' | 'after') =>
    writeFileSync(join(folder, 'prisma', 'schema.prisma'), schemaOf(name));
  const generate = async (step: 'expand' | 'contract', year: number) => {
    for (const [i, field] of NAMES.entries()) {
      const options = { database: url, keyring, manifest: recordManifest, step };
      const parts = await planMigration({ ...options, field: `Record.${field}` });
      // in the future: after the first one, which Prisma has made now
      const now = new Date(Date.UTC(year, 0, 1, i));
      for (const { path, text } of migrationFiles(parts, { for: 'prisma', now })) {
        mkdirSync(dirname(join(migrations, path)), { recursive: true });
        writeFileSync(join(migrations, path), text);
      }
    }
  };
  const run = async (...command: string[]) => {
    const { code, output } = await runGenerator(folder, ['migrate', ...command]);
    if (code !== 0) throw new Error(output);
    return output;
  };
  /** What Prisma finds missing becomes a migration. */
  const missing = async () => {
    expect(await run('dev', '--name', 'missing')).toContain('in sync');
    return readdirSync(migrations).filter((name) => name.endsWith('_missing'));
  };
  try {
    const made = await missing();
    await generate('expand', 2100);
    write('schema');
    await run('deploy');
    expect(await missing()).toEqual(made);
    await createFieldCodec({ keyring, manifest: recordManifest }).register();
    for (const phase of ['migrating', 'sealed'] as const) {
      for (const { id } of recordManifest.models[0]!.fields) await keyring.setPhase(id, phase);
    }
    await generate('contract', 2101);
    write('after');
    await run('deploy');
    expect(await missing()).toEqual(made);
  } finally {
    await keyring.close();
  }
}, 120_000);
