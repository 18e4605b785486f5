/**
 * `npm test [-- vitest arguments]`: builds, then runs all tests. `npm run test:long` (or `--long`)
 * runs the properties and the kill tests, much longer, with a seed that it prints.
 */
import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPackages, generate } from './steps/build.mjs';
import { install } from './steps/install.mjs';
import { longTests } from './steps/long-tests.mjs';
import { npmBin, run } from './steps/run.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const given = process.argv.slice(2).filter((argument) => argument !== '--long');
const long = process.argv.includes('--long');
const isNamed = given.some((argument) => !argument.startsWith('-'));
const args = long && !isNamed ? [...longTests(), ...given] : given;

await install();
await buildPackages();
await generate();

const seed = process.env.FIELDSEAL_SEED ?? String(randomInt(2 ** 31));
process.stdout.write(`Seed of the property tests: ${seed} (repeat with FIELDSEAL_SEED=${seed})\n`);

const folder = temporaryFolder('report');
const report = join(folder.path, 'report.json');
const code = await run(
  npmBin('vitest'),
  ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
  { env: { FIELDSEAL_SEED: seed, ...(long ? { FIELDSEAL_LONG: '1' } : {}) } },
);

let passed = 0;
let failed = 0;
let skipped = 0;
try {
  const result = JSON.parse(readFileSync(report, 'utf8'));
  passed = result.numPassedTests;
  // a file that does not load has no failed test
  const broken = result.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  failed = result.numFailedTests + broken.length;
  skipped = result.numPendingTests + result.numTodoTests;
} catch {
  process.stderr.write('The tests left no report\n');
}
folder.remove();
process.exitCode = code === 0 && failed === 0 && passed > 0 ? 0 : 1;
if (process.exitCode !== 0 && failed === 0) failed = 1;
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
