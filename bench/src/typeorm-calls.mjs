import { sideBySide } from './side-by-side.mjs';
import { openTypeorm } from './typeorm-tables.mjs';

const ORDER = { order: { id: 'ASC' } };

const READS = [
  { name: 'page-50', take: 50, counts: [1], targets: { 1: 1.85, 2: 1.35 } },
  { name: 'find-1000', take: 1000, counts: [1, 3], targets: { 1: 3.5, 2: 2.1 } },
];

function createCards(count, from = 0) {
  return Array.from({ length: count }, (_, i) => ({
    tenantId: 'acme',
    email: `person${from + i}@example.com`,
    note: null,
    number: String(4_000_000_000_000_000 + from + i),
    holder: `Person Number ${from + i}`,
    street: `${i} Some Street in Some Town`,
  }));
}

/** Compares what each suite took with the plain table and with the peer. */
function addRatios({ add, measured, bench, count, targets, what }) {
  const peer = measured[`peer${count}`].medianMs;
  for (const suite of [1, 2]) {
    const own = measured[`suite${suite}x${count}`].medianMs;
    const common = { measured: `${what}, suite ${suite}`, us: own * 1000 };
    const name = `typeorm-${bench}x${count}-suite${suite}`;
    // the targets are for one secret column
    const target = count === 1 ? targets?.[suite] : undefined;
    add({
      ...common,
      bench: name,
      ratio: own / measured[`plain${count}`].medianMs,
      ...(target === undefined ? {} : { target }),
      against: 'plain TypeORM',
    });
    add({
      ...common,
      bench: `${name}-vs-peer`,
      ratio: own / peer,
      target: 1,
      against: 'typeorm-encrypted',
    });
  }
}

async function benchReads({ add, rounds, repositories }) {
  for (const { name, take, counts, targets } of READS) {
    for (const count of counts) {
      const keys = [`plain${count}`, `peer${count}`, `suite1x${count}`, `suite2x${count}`];
      const candidates = Object.fromEntries(
        keys.map((key) => [key, () => repositories[key].find({ ...ORDER, take })]),
      );
      const measured = await sideBySide(candidates, { rounds, warmUp: 20 });
      addRatios({ add, measured, bench: name, count, targets, what: `${take} rows` });
    }
  }
}

/** The peer has no lookup, so only the plain table is there to compare with. */
async function benchFindOne({ add, rounds, repositories, cards }) {
  let next = 0;
  const number = () => cards[next++ % cards.length].number;
  const keys = ['plain1', 'suite1x1', 'suite2x1'];
  const candidates = Object.fromEntries(
    keys.map((key) => [key, () => repositories[key].findOneBy({ number: number() })]),
  );
  const measured = await sideBySide(candidates, { rounds: rounds * 10, warmUp: 50 });
  for (const suite of [1, 2]) {
    const own = measured[`suite${suite}x1`].medianMs;
    add({
      bench: `typeorm-find-one-by-suite${suite}`,
      ratio: own / measured.plain1.medianMs,
      measured: `by a sealed unique field, suite ${suite}`,
      against: 'plain TypeORM',
      us: own * 1000,
    });
  }
}

async function benchInserts({ add, rounds, repositories, dataSource }) {
  let from = 1_000_000;
  const keys = ['plain1', 'peer1', 'suite1x1', 'suite2x1'];
  const insert = (key) => () => {
    from += 1000;
    return repositories[key].insert(createCards(1000, from));
  };
  const measured = await sideBySide(Object.fromEntries(keys.map((key) => [key, insert(key)])), {
    rounds: Math.ceil(rounds / 2),
    warmUp: 3,
    between: (key) =>
      dataSource.query(
        `DELETE FROM "${repositories[key].metadata.tableName}" WHERE email >= 'person1000'`,
      ),
  });
  const targets = { 1: 1.6, 2: 1.6 };
  addRatios({ add, measured, bench: 'insert-1000', count: 1, targets, what: '1,000 rows' });
}

/** Warm TypeORM calls on one and three sealed fields. */
export async function benchTypeorm({ add, rounds, url, keyring }) {
  const { dataSource, repositories } = await openTypeorm(url, keyring);
  const cards = createCards(1000);
  for (const repository of Object.values(repositories))
    await repository.insert(cards.map((card) => ({ ...card })));
  const common = { add, rounds, repositories, dataSource, cards };
  await benchReads(common);
  await benchFindOne(common);
  await benchInserts(common);
  await dataSource.destroy();
}
