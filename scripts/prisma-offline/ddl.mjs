#!/usr/bin/env node
/** `node scripts/prisma-offline/ddl.mjs <schema file or folder>` prints its CREATE statements. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { argv } from 'node:process';
import { pathToFileURL } from 'node:url';
import { openSchemaEngine } from './load-schema-engine.mjs';
import { offlineAdapter } from './offline-adapter.mjs';

/** @param {string} path a schema file, or a folder of them @returns {{ path: string, content: string }[]} */
export function readSchema(path) {
  const paths = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true })
        .filter((name) => name.endsWith('.prisma'))
        .sort()
        .map((name) => join(path, name))
    : [path];
  return paths.map((each) => ({ path: each, content: readFileSync(each, 'utf8') }));
}

/**
 * The SQL that creates the tables of a Prisma schema on Postgres, as Prisma Migrate writes it.
 *
 * @param {string} path a schema file, or a folder of them
 * @returns {Promise<string>} `CREATE ...` statements
 */
export async function createTablesSql(path) {
  const files = readSchema(path);
  const engine = await openSchemaEngine(offlineAdapter, files);
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files },
    script: true,
    exitCode: null,
    filters: { externalTables: [], externalEnums: [] },
  });
  return stdout;
}

if (argv[1] && import.meta.url === pathToFileURL(argv[1]).href) {
  process.stdout.write(await createTablesSql(argv[2] ?? 'prisma/schema.prisma'));
}
