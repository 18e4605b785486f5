#!/usr/bin/env node
/**
 * `node scripts/generate.mjs [folder ...]` runs `prisma generate` in every workspace that has a
 * schema (or in the named ones), without downloads. Needs a built `@fieldseal/prisma`.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prismaEnvironment } from './prisma-offline/environment.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const WORKSPACES = [
  'examples/kyc-prisma',
  'examples/shared-table',
  'bench',
  'test/prisma-schema',
  'test/prisma',
  'test/conformance/orm',
  'test/phases',
  'test/expand',
];
const cli = createRequire(join(root, 'test/package.json')).resolve('prisma/build/index.js');

/** @param {string} folder holds a `prisma.config.ts` @returns {Promise<number>} exit code */
function generate(folder) {
  const bin = join(root, 'node_modules/.bin');
  const environment = prismaEnvironment();
  const child = spawn(process.execPath, [cli, 'generate'], {
    cwd: join(root, folder),
    env: { ...environment, PATH: `${bin}:${environment.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = [];
  child.stdout.on('data', (chunk) => output.push(chunk));
  child.stderr.on('data', (chunk) => output.push(chunk));
  return new Promise((resolve) => {
    child.on('close', (code) => {
      process.stdout.write(`${folder}: ${code === 0 ? 'generated' : 'failed'}\n`);
      if (code !== 0) process.stderr.write(Buffer.concat(output));
      resolve(code ?? 1);
    });
  });
}

const named = process.argv.slice(2);
const folders = named.length > 0 ? named : WORKSPACES;
let failed = 0;
for (const folder of folders.filter((each) => existsSync(join(root, each, 'prisma.config.ts'))))
  failed += (await generate(folder)) === 0 ? 0 : 1;
process.exitCode = failed === 0 ? 0 : 1;
