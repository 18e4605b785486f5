import { sideBySide } from './side-by-side.mjs';
import { SUITES } from './suites.mjs';

/** The compiler of V8 needs about two thousand calls until a path of this length is fast. */
const WARM_UP = 2000;

/** One row by a unique field: sealed, in the clear, by its token through a no-op extension, by pg. */
export async function benchFindUnique({ add, rounds, database, sealed, people }) {
  const { plain, unopened, pool } = database;
  let next = 0;
  const turn = (list) => list[next++ % list.length];
  const aadhaar = () => turn(people).aadhaar;
  const candidates = {
    plain: () => plain.plain.findUnique({ where: { aadhaar: aadhaar() } }),
    driver: () => pool.query('SELECT * FROM "Plain" WHERE aadhaar = $1', [aadhaar()]),
  };
  for (const { suite, model, table } of SUITES) {
    const { rows } = await pool.query(`SELECT "aadhaarToken" AS token FROM "${table}"`);
    const tokens = rows.map(({ token }) => new Uint8Array(token));
    candidates[`sealed${suite}`] = () =>
      sealed[model].findUnique({ where: { aadhaar: aadhaar() } });
    candidates[`unopened${suite}`] = () =>
      unopened[model].findUnique({ where: { aadhaarToken: turn(tokens) } });
  }
  const measured = await sideBySide(candidates, { rounds: rounds * 20, warmUp: WARM_UP });
  for (const { suite } of SUITES) {
    const own = measured[`sealed${suite}`].medianMs;
    const bench = `prisma-find-unique-suite${suite}`;
    const common = { measured: `by a sealed unique field, suite ${suite}`, us: own * 1000 };
    const ratio = (name) => own / measured[name].medianMs;
    add({ ...common, bench, ratio: ratio('plain'), target: 1.15, against: 'plain' });
    add({
      ...common,
      bench: `${bench}-vs-unopened`,
      ratio: ratio(`unopened${suite}`),
      against: 'no-op extension, by the token, cells unopened',
    });
    add({ ...common, bench: `${bench}-vs-driver`, ratio: ratio('driver'), against: 'pg' });
  }
}
