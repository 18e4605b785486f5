/** Processes that were deployed before the others, with the manifest of then or with none. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openKeyring } from '@fieldseal/core';
import { devFileRoot } from '@fieldseal/core/node';
import { checkConstraintSql, encryptExisting, verifyField } from '@fieldseal/jobs';
import { postgresStore } from '@fieldseal/store-postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type OtherProcess, otherProcess } from '../store-postgres/other-process.ts';
import { Customer } from './entities.ts';
import { openShop, PEOPLE, type Shop } from './shop.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const VERSIONS = [
  { name: 'prisma, plain', orm: 'prisma', isAnnotated: true },
  { name: 'typeorm, plain', orm: 'typeorm', isAnnotated: true },
  { name: 'prisma, before Fieldseal', orm: 'prisma', isAnnotated: false },
  { name: 'typeorm, before Fieldseal', orm: 'typeorm', isAnnotated: false },
] as const;
const ANNOTATED = VERSIONS.filter(({ isAnnotated }) => isAnnotated).map(({ name }) => name);
const BEFORE = VERSIONS.filter(({ isAnnotated }) => !isAnnotated).map(({ name }) => name);

let shop: Shop;
let folder: string;
const processes = new Map<string, OtherProcess>();
/** What every row has to hold, by label. */
const expected: Record<string, string> = {};
for (const { label, card } of PEOPLE) expected[label] = card;

beforeAll(async () => {
  // The processes run what is published, so it has to be what the sources say.
  const build = ['packages/prisma', 'packages/typeorm', 'packages/store-postgres'];
  execFileSync('npx', ['--no-install', 'tsc', '-b', ...build], { cwd: ROOT, stdio: 'pipe' });
  folder = await mkdtemp(join(tmpdir(), 'fieldseal-old-'));
  const rootPath = join(folder, 'root');
  shop = await openShop((url) =>
    openKeyring({
      store: postgresStore(url),
      roots: [devFileRoot({ path: rootPath })],
      environment: 'dev',
      development: true,
      createMissingAliases: true,
      pollIntervalMs: 100,
    }),
  );
  for (const { name, orm, isAnnotated } of VERSIONS) {
    const options = JSON.stringify({ url: shop.url, rootPath, orm, isAnnotated });
    processes.set(name, await otherProcess('../phases/old-version.mjs', [options]));
  }
}, 120_000);

afterAll(async () => {
  for (const { child } of processes.values()) child.stdin?.end();
  await shop.close();
  await rm(folder, { recursive: true, force: true });
});

const ask = (name: string, ...command: readonly string[]): Promise<unknown> =>
  (processes.get(name) as OtherProcess).act(JSON.stringify(command));

let number = 0;
const newCard = (): string => {
  number += 1;
  return `5${String(number).padStart(15, '0')}`;
};

async function stored(label: string): Promise<{ card: string; hasToken: boolean }> {
  const { rows } = await shop.sql.query(
    `SELECT card, card_token IS NOT NULL AS "hasToken" FROM customers WHERE label = $1`,
    [label],
  );
  return rows[0];
}

const customers = () => shop.typeorm.getRepository(Customer);

/** What the up-to-date processes see, by both ORMs. */
async function expectValues(): Promise<void> {
  const values = (rows: readonly { label: string; card: string }[]) =>
    Object.fromEntries(rows.map(({ label, card }) => [label, card]));
  expect(values(await shop.prisma.customer.findMany())).toEqual(expected);
  expect(values(await customers().find())).toEqual(expected);
}

async function expectFound(card: string, label: string): Promise<void> {
  expect(await shop.prisma.customer.findMany({ where: { card } })).toMatchObject([{ label }]);
  expect(await customers().findBy({ card })).toMatchObject([{ label }]);
}

async function everybodyKnows(phase: string): Promise<void> {
  for (const name of ANNOTATED) {
    while ((await ask(name, 'phase')) !== phase) await wait(20);
  }
}

const verify = () => verifyField(shop.job('Customer.card'));

/** The job that verifies names just these rows. */
async function expectPlaintextFound(labels: readonly string[]): Promise<void> {
  const { rows } = await shop.sql.query('SELECT id FROM customers WHERE label = ANY ($1)', [
    labels,
  ]);
  const report = await verify();
  expect(report.state).toBe('refused');
  const found = report.problems.map(({ row }) => row);
  expect(rows).toHaveLength(labels.length);
  expect([...new Set(found)].sort()).toEqual(rows.map(({ id }) => id).sort());
}

/** Each old process writes a row and changes one; returns the labels. */
async function write(names: readonly string[], when: string): Promise<readonly string[]> {
  const labels: string[] = [];
  for (const name of names) {
    const label = `${name}, ${when}`;
    expect(await ask(name, 'create', label, newCard())).toBe('written');
    expected[label] = newCard();
    expect(await ask(name, 'update', label, expected[label])).toBe('written');
    labels.push(label);
  }
  return labels;
}

/** One that knows the field writes what its phase asks for, and reads and finds all. */
async function expectRight(when: string, card: RegExp): Promise<void> {
  for (const label of await write(ANNOTATED, when)) {
    expect(await stored(label)).toEqual({ card: expect.stringMatching(card), hasToken: true });
    await expectFound(expected[label] as string, label);
  }
  await expectValues();
  for (const name of ANNOTATED) {
    expect(await ask(name, 'read')).toEqual(expected);
    for (const [label, value] of Object.entries(expected)) {
      expect(await ask(name, 'find', value)).toEqual([label]);
    }
  }
}

describe('versions of before, while the field goes its way', {
  timeout: 120_000,
  shuffle: false,
}, () => {
  test('plain: all of them read, write and find the same', async () => {
    for (const label of await write(BEFORE, 'plain')) {
      expect(await stored(label)).toEqual({ card: expected[label], hasToken: false });
      await expectFound(expected[label] as string, label);
    }
    await expectRight('plain', /^5/);
    for (const name of BEFORE) expect(await ask(name, 'read')).toEqual(expected);
  });

  test('migrating: the manifest of then is overruled by the key store', async () => {
    await shop.keyring.setPhase('customers.card', 'migrating');
    await everybodyKnows('migrating');
    await expectRight('migrating', /^fs1\./);
  });

  test('migrating: plaintext of before Fieldseal is read and found', async () => {
    const labels = await write(BEFORE, 'migrating');
    for (const label of labels) await expectFound(expected[label] as string, label);
    await expectValues();
  });

  test('migrating: a row with a token that they change is refused until the job mends it, and found by verify', async () => {
    const report = await encryptExisting(shop.job('Customer.card'));
    expect(report).toMatchObject({ state: 'done', problemCount: 0 });
    expect(await verify()).toMatchObject({ state: 'done' });
    for (const name of BEFORE) {
      const label = `${name}, migrating`;
      const old = expected[label] as string;
      const seen = (await ask(name, 'read')) as Record<string, string>;
      expect(seen[label]).toMatch(/^fs1\./);
      expected[label] = newCard();
      expect(await ask(name, 'update', label, expected[label])).toBe('written');
      await expectValues();
      const mismatch = { code: 'ERR_INDEX_MISMATCH' };
      for (const card of [old, expected[label]]) {
        const found = shop.prisma.customer.findMany({ where: { card } });
        await expect(found).rejects.toMatchObject(mismatch);
        await expect(customers().findBy({ card })).rejects.toMatchObject(mismatch);
      }
    }
    await expectPlaintextFound(BEFORE.map((name) => `${name}, migrating`));
  });

  test('the job mends what verify found', async () => {
    expect(await encryptExisting(shop.job('Customer.card'))).toMatchObject({ state: 'done' });
    expect(await verify()).toMatchObject({ state: 'done', problemCount: 0 });
    for (const [label, card] of Object.entries(expected)) await expectFound(card, label);
  });

  test('sealed: the manifest of then is overruled again, and plaintext is refused and found', async () => {
    await shop.keyring.setPhase('customers.card', 'sealed');
    await everybodyKnows('sealed');
    await expectRight('sealed', /^fs1\./);
    const labels = await write(BEFORE, 'sealed');
    const rejected = { code: 'ERR_CIPHERTEXT_REJECTED' };
    for (const label of labels) {
      await expect(shop.prisma.customer.findMany({ where: { label } })).rejects.toMatchObject(
        rejected,
      );
      await expect(customers().findBy({ label })).rejects.toMatchObject(rejected);
    }
    for (const name of ANNOTATED) expect(await ask(name, 'read')).toMatchObject(rejected);
    await expectPlaintextFound(labels);
    await shop.sql.query('DELETE FROM customers WHERE label = ANY ($1)', [labels]);
    for (const label of labels) delete expected[label];
    expect(await verify()).toMatchObject({ state: 'done', problemCount: 0 });
  });

  test('sealed: with the constraint the database refuses what they write', async () => {
    const { models } = shop.job('Customer.card').manifest;
    const model = models.find(({ name }) => name === 'Customer')!;
    const field = model.fields.find(({ name }) => name === 'card')!;
    await shop.sql.query(checkConstraintSql(model, field));
    for (const name of BEFORE) {
      const refused = { message: expect.stringContaining('fieldseal_customers_card') };
      expect(await ask(name, 'create', 'late', newCard())).toMatchObject(refused);
      expect(await ask(name, 'update', 'a', newCard())).toMatchObject(refused);
    }
    await expectRight('constrained', /^fs1\./);
    expect(await verify()).toMatchObject({ state: 'done', problemCount: 0 });
  });
});
