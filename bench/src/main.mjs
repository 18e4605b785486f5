/**
 * `node src/main.mjs [--json]`, with DATABASE_URL of an empty database on this machine.
 * `npm run bench` in the root of the repository does all of its set-up.
 */
import { benchCells } from './cells.mjs';
import { benchColdStart } from './cold-start.mjs';
import { fill, openDatabase } from './database.mjs';
import { benchPrisma } from './prisma-calls.mjs';
import { createReport } from './report.mjs';
import { benchTypeorm } from './typeorm-calls.mjs';

const url = process.env.DATABASE_URL;
if (url === undefined) throw new Error('DATABASE_URL is not set');

const report = createReport({ json: process.argv.includes('--json') });
const openUs = {};

await benchCells({
  rounds: 60,
  add(finding) {
    report.add(finding);
    // what this platform picks: node:crypto for suite 1, sodium-native for suite 2
    if (finding.bench === 'cell-open-suite1-node-us') openUs[1] = finding.us;
    if (finding.bench === 'cell-open-suite2-sodium-us') openUs[2] = finding.us;
  },
});

const database = await openDatabase(url);
try {
  const { keyring, sealed } = await database.openSealed();
  const people = await fill(database, sealed);
  const common = { add: report.add, rounds: 60, database, sealed, keyring, people, openUs };
  await benchPrisma(common);
  await benchTypeorm({ ...common, url });
  await benchColdStart({ ...common, rounds: 5 });
} finally {
  await database.close();
}
report.print();
