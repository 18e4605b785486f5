/**
 * `npm run check [-- --fix]`: everything that is checked besides the tests. `--fix` formats, and
 * writes the API reports and the embedded SQL anew.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackages, generate } from './steps/build.mjs';
import { brokenLinks, errorDocs } from './steps/check-docs.mjs';
import { untestedErrors } from './steps/check-error-tests.mjs';
import { unreviewedInstallScripts } from './steps/check-install-scripts.mjs';
import { install } from './steps/install.mjs';
import { npmBin, root, run } from './steps/run.mjs';

const fix = process.argv.includes('--fix');
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
const quiet = { quiet: true, env: { NO_COLOR: '1', npm_config_loglevel: 'error' } };

const program =
  (name, ...args) =>
  () =>
    run(npmBin(name), args, quiet);
const script =
  (...args) =>
  () =>
    run(process.execPath, args, quiet);

const inPackages = (name, ...args) =>
  async function everywhere() {
    let failed = 0;
    for (const cwd of packages) failed += await run(npmBin(name), args, { ...quiet, cwd });
    return failed;
  };

const listed = (find) => async () => {
  const problems = find();
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return problems.length;
};

/** @type {[string, () => Promise<number>][]} */
const STEPS = [
  [
    'format and lint',
    fix ? program('biome', 'check', '--write', '.') : program('biome', 'ci', '.'),
  ],
  ['layers between packages', program('turbo', 'boundaries', '--filter=./packages/*')],
  ['types', program('tsc', '-b')],
  ['types of tests', program('tsc', '-p', 'tsconfig.test.json')],
  ['embedded SQL', script('packages/store-postgres/embed-sql.mjs', ...(fix ? [] : ['--check']))],
  ['API reports', inPackages('api-extractor', 'run', ...(fix ? ['--local'] : []))],
  ['exports', inPackages('publint', '--strict')],
  ['types of exports', inPackages('attw', '--pack', '.', '--profile', 'esm-only')],
  ['dead code', program('knip')],
  ['documented API', program('typedoc', '--emit', 'none')],
  ['install scripts', listed(unreviewedInstallScripts)],
  ['error codes in the docs', listed(errorDocs)],
  ['error codes in the tests', listed(untestedErrors)],
  ['links in the docs', listed(brokenLinks)],
];

await install();
await buildPackages();
await generate();

const failed = [];
for (const [name, step] of STEPS) {
  const started = Date.now();
  const code = await step();
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'}  ${seconds.padStart(5)} s  ${name}\n`);
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) {
  process.stderr.write(`\nFailed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}
