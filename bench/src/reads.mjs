import { openCells } from './cells.mjs';
import { sideBySide } from './side-by-side.mjs';
import { SUITES } from './suites.mjs';

const ROWS = 1000;
/** Two sealed fields a row. */
const CELLS = 2 * ROWS;
const ORDER = { orderBy: { id: 'asc' } };

/** Targets against the same call on the same model unencrypted. */
const READS = [
  { name: 'page-50x2', take: 50, targets: { 1: 1.75, 2: 1.4 } },
  { name: 'find-many-1000x2', take: ROWS, targets: { 1: 3, 2: 2 } },
];

/** A page and a long list, and what one cell of the list costs beside an open without the ORM. */
export async function benchReads({ add, rounds, database, sealed }) {
  const { plain, unopened, pool } = database;
  for (const { name, take, targets } of READS) {
    const candidates = {
      plain: () => plain.plain.findMany({ ...ORDER, take }),
      driver: () => pool.query(`SELECT * FROM "Plain" ORDER BY id LIMIT ${take}`),
    };
    for (const { suite, model } of SUITES) {
      candidates[`sealed${suite}`] = () => sealed[model].findMany({ ...ORDER, take });
      candidates[`unopened${suite}`] = () => unopened[model].findMany({ ...ORDER, take });
    }
    if (take === ROWS) Object.assign(candidates, warmOpens());
    const measured = await sideBySide(candidates, { rounds, warmUp: 20 });
    const ms = (key) => measured[key].medianMs;
    for (const { suite } of SUITES) {
      const bench = `prisma-${name}-suite${suite}`;
      const own = ms(`sealed${suite}`);
      const common = { measured: `sealed, suite ${suite}`, us: own * 1000 };
      add({ ...common, bench, ratio: own / ms('plain'), target: targets[suite], against: 'plain' });
      add({
        ...common,
        bench: `${bench}-vs-unopened`,
        ratio: own / ms(`unopened${suite}`),
        against: 'no-op extension, cells unopened',
      });
      add({ ...common, bench: `${bench}-vs-driver`, ratio: own / ms('driver'), against: 'pg' });
      if (take === ROWS) addCellInOrm({ add, suite, ms });
    }
  }
}

/** Opening without the ORM runs in the same rounds, so that a busy machine slows down both. */
function addCellInOrm({ add, suite, ms }) {
  const perCellUs = ((ms(`sealed${suite}`) - ms(`unopened${suite}`)) * 1000) / CELLS;
  const common = { measured: 'sealed minus unopened, per cell', us: perCellUs };
  const bench = `prisma-cell-in-orm-suite${suite}`;
  const openUs = (name) => (ms(name) * 1000) / CELLS;
  add({
    ...common,
    bench,
    ratio: perCellUs / openUs(`open${suite}`),
    target: 1.25,
    against: 'one warm open, bound to its field',
  });
  add({
    ...common,
    bench: `${bench}-vs-row-bound-open`,
    ratio: perCellUs / openUs(`openRow${suite}`),
    against: 'one warm open, bound to its row',
  });
}

/** As many opens as the long list has cells, by the engines that the keyring picks here. */
function warmOpens() {
  return Object.fromEntries(
    SUITES.flatMap(({ suite }) => [
      [`open${suite}`, openCells({ suite, bound: false, count: CELLS })],
      [`openRow${suite}`, openCells({ suite, bound: true, count: CELLS })],
    ]),
  );
}
