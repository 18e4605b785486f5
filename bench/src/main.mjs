/**
 * `node src/main.mjs [--json]`, with DATABASE_URL of an empty database on this machine.
 * `npm run bench` in the root of the repository does all of its set-up.
 */
import { benchCells } from './cells.mjs';
import { benchColdStart } from './cold-start.mjs';
import { benchCreateMany } from './create-many.mjs';
import { fill, openDatabase } from './database.mjs';
import { benchFindUnique } from './find-unique.mjs';
import { benchEncryptExisting } from './jobs/encrypt-existing.mjs';
import { benchReEncrypt } from './jobs/re-encrypt.mjs';
import { benchRewrap } from './jobs/rewrap.mjs';
import { benchKms } from './kms.mjs';
import { benchKmsGrowing } from './kms-growing.mjs';
import { benchOverhead } from './overhead.mjs';
import { benchPolicy } from './policy.mjs';
import { benchReads } from './reads.mjs';
import { createReport } from './report.mjs';
import { benchRoundTrips } from './round-trips.mjs';
import { benchTypeorm } from './typeorm-calls.mjs';

const url = process.env.DATABASE_URL;
if (url === undefined) throw new Error('DATABASE_URL is not set');

const report = createReport({ json: process.argv.includes('--json') });
await benchCells({ add: report.add, rounds: 60 });
await benchPolicy({ add: report.add, rounds: 60 });
await benchOverhead({ add: report.add, rounds: 60 });

const database = await openDatabase(url);
try {
  const { keyring, sealed } = await database.openSealed();
  const people = await fill(database, sealed);
  const common = { add: report.add, rounds: 60, database, sealed, keyring, people };
  await benchKms({ add: report.add, rounds: 30, keyring });
  await benchKmsGrowing({ add: report.add, rounds: 30, keyring });
  await benchReads(common);
  await benchFindUnique(common);
  await benchCreateMany(common);
  await benchRoundTrips(common);
  await benchTypeorm({ ...common, url });
  await benchEncryptExisting({ ...common, url });
  await benchReEncrypt({ add: report.add, url });
  await benchRewrap({ add: report.add, keyring, keys: 100_000 });
  await benchColdStart({ ...common, rounds: 5 });
} finally {
  await database.close();
}
report.print();
