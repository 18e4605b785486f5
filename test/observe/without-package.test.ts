import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../scripts/temporary-folder.mjs';

const CORE = fileURLToPath(new URL('../../packages/core', import.meta.url));

/** Answers like a project in which the package was never installed. */
const WITHOUT = `
const Module = require('node:module');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (name, ...rest) {
  if (name.startsWith('@opentelemetry/')) {
    process.stdout.write('looked for ');
    throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
  }
  return resolve.call(this, name, ...rest);
};
`;

const PROGRAM = `
import { createDevelopmentRoot, createMemoryStore, openKeyring } from '${CORE}/dist/index.js';
const keyring = await openKeyring({
  store: createMemoryStore(),
  roots: [createDevelopmentRoot({ kind: 'memory', key: async () => new Uint8Array(32).fill(7) })],
  environment: 'test',
  development: true,
});
const { keyId } = await keyring.createKey();
process.stdout.write(keyId.length === 36 ? 'and works' : 'and does not');
await keyring.close();
`;

test('a project without the package opens its keyring like any other', async () => {
  const folder = temporaryFolder('without-telemetry');
  try {
    await writeFile(join(folder.path, 'without.cjs'), WITHOUT);
    await writeFile(join(folder.path, 'program.mjs'), PROGRAM);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [
      '--require',
      join(folder.path, 'without.cjs'),
      join(folder.path, 'program.mjs'),
    ]);
    expect(stdout).toBe('looked for and works');
    expect(stderr).toBe('');
  } finally {
    folder.remove();
  }
});

test('only files of the Node build name the package, so bundles for other platforms need none', () => {
  const files = readdirSync(join(CORE, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/\.(test|fake)\.ts$/.test(name),
  );
  const naming = files.filter((name) =>
    /from '@opentelemetry|import\('@opentelemetry|'@opentelemetry\/api'/.test(
      readFileSync(join(CORE, 'src', name), 'utf8'),
    ),
  );
  expect(naming.length).toBeGreaterThan(0);
  expect(naming.filter((name) => !name.endsWith('.node.ts'))).toEqual([]);
});

test('no file of the portable build imports one of the Node build', () => {
  const isOfNode = (name: string): boolean => name.endsWith('.node.ts');
  const files = readdirSync(join(CORE, 'src/observe'), 'utf8').filter(
    (name) => name.endsWith('.ts') && !isOfNode(name) && !name.endsWith('.test.ts'),
  );
  for (const name of files) {
    expect(readFileSync(join(CORE, 'src/observe', name), 'utf8')).not.toMatch(/\.node\.ts'/);
  }
});
