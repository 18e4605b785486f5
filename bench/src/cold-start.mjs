import { createPeople } from './people.mjs';
import { quantile } from './side-by-side.mjs';

const ROWS = 1000;

async function timed(work) {
  const started = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - started) / 1e6;
}

/**
 * Reads by a keyring with an empty cache, each time a new one, beside the same read once more. The
 * compiled code is warm in both, so that only the keys are cold.
 */
async function coldAndWarm(database, rounds, read) {
  const samples = { cold: [], warm: [] };
  for (let round = 0; round < rounds; round++) {
    const { keyring, sealed } = await database.openSealed();
    // wiring and registry are checked by the first call of a client, whatever it reads
    await sealed.suiteTwo.findFirst();
    samples.cold.push(await timed(() => read(sealed)));
    samples.warm.push(await timed(() => read(sealed)));
    await keyring.close();
  }
  return { coldMs: quantile(samples.cold, 0.5), warmMs: quantile(samples.warm, 0.5) };
}

/** First read of 1,000 rows with a data key each, and of 1,000 rows by 1,000 processes. */
export async function benchColdStart({ add, rounds, database, sealed, keyring }) {
  const notes = Array.from({ length: ROWS }, (_, i) => ({ person: `p-${i}`, note: `Note ${i}` }));
  const subjects = await timed(() => sealed.cold.createMany({ data: notes }));
  const keys = await coldAndWarm(database, rounds, (client) => client.cold.findMany());
  add({
    bench: 'cold-read-1000-data-keys',
    ratio: keys.coldMs / keys.warmMs,
    measured: 'first read',
    against: 'the same read, warm',
    us: keys.coldMs * 1000,
    note: `creating the keys: ${subjects.toFixed(0)} ms`,
  });

  await sealed.suiteOne.deleteMany();
  const people = createPeople(ROWS);
  for (const person of people) {
    // a process draws its half of the nonces once, and again after a restore
    keyring.onRestore();
    await sealed.suiteOne.create({ data: person });
  }
  const many = await coldAndWarm(database, rounds, (client) => client.suiteOne.findMany());
  await sealed.suiteOne.deleteMany();
  await sealed.suiteOne.createMany({ data: people });
  const one = await coldAndWarm(database, rounds, (client) => client.suiteOne.findMany());
  add({
    bench: 'cold-read-1000-rows-by-1000-processes-suite1',
    ratio: many.coldMs / one.coldMs,
    measured: 'first read',
    against: 'rows by one process',
    us: many.coldMs * 1000,
  });
  add({
    bench: 'warm-read-1000-rows-by-1000-processes-suite1',
    ratio: many.warmMs / one.warmMs,
    measured: 'second read',
    against: 'rows by one process',
    us: many.warmMs * 1000,
  });
}
