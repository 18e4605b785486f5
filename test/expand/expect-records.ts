import { expect } from 'vitest';
import { MovingRecord } from './entities.ts';
import { QUESTIONS } from './questions.ts';
import { FIELDS, type FieldName, NAMES, type Records, ROWS, type Values } from './records.ts';

export const labelsOf = (rows: readonly { label: string }[]) =>
  rows.map(({ label }) => label).sort();

async function expectAnswers(records: Records): Promise<void> {
  for (const { prisma, typeorm, twin } of QUESTIONS) {
    const { rows } = await records.sql.query(`SELECT label FROM twin WHERE ${twin}`);
    const asked = labelsOf(rows);
    expect([twin, 'prisma', labelsOf(await prisma(records.prisma))]).toEqual([
      twin,
      'prisma',
      asked,
    ]);
    expect([twin, 'typeorm', labelsOf(await typeorm(records.typeorm))]).toEqual([
      twin,
      'typeorm',
      asked,
    ]);
  }
}

/** Both give every value in the type that the field has once it is sealed. */
async function expectValues(records: Records): Promise<void> {
  const ofPrisma = await records.prisma.record.findMany({ orderBy: { label: 'asc' } });
  const ofTypeorm = await records.typeorm
    .getRepository(MovingRecord)
    .find({ order: { label: 'ASC' } });
  for (const [i, expected] of ROWS.entries()) {
    const { amount, photo, ...row } = ofPrisma[i]!;
    const entity = ofTypeorm[i]!;
    for (const name of NAMES.filter((each) => each !== 'photo' && each !== 'amount')) {
      expect([name, row[name as keyof typeof row]]).toEqual([name, expected[name]]);
      expect([name, entity[name]]).toEqual([name, expected[name]]);
    }
    expect(amount === null ? null : amount.toFixed(2)).toBe(expected.amount);
    expect(entity.amount).toBe(expected.amount);
    for (const bytes of [photo, entity.photo])
      expect(bytes && [...bytes]).toEqual(expected.photo && [...expected.photo]);
    expect(Object.keys(ofPrisma[i]!).filter((key) => /Plain|Token|Year|Last4/.test(key))).toEqual(
      [],
    );
    const given = Object.entries(entity).filter(([, value]) => value !== undefined);
    expect(given.filter(([key]) => /Plain|Token|Year|Last4/.test(key))).toEqual([]);
  }
}

const CELLS: Record<FieldName, string> = {
  ...(Object.fromEntries(NAMES.map((name) => [name, `${FIELDS[name]}_cell`])) as Record<
    FieldName,
    string
  >),
  seenAt: 'seen_cell',
};

async function storedOf(records: Records, label: string): Promise<Record<string, unknown>> {
  const { rows } = await records.sql.query('SELECT * FROM records WHERE label = $1', [label]);
  return rows[0];
}

/** A value is in one place: where, is the phase's matter. */
export async function expectPlace(
  records: Records,
  label: string,
  place: 'cell' | 'old',
): Promise<void> {
  const row = await storedOf(records, label);
  for (const name of NAMES) {
    const filled = [row[CELLS[name]] !== null && 'cell', row[FIELDS[name]] !== null && 'old'];
    expect([name, ...filled.filter(Boolean)]).toEqual([name, place]);
    if (place === 'cell') expect(row[CELLS[name]]).toMatch(/^fs1\./);
  }
}

export const NEW: Values = {
  dob: new Date('2000-02-29'),
  visits: 3,
  balance: -(2n ** 62n),
  amount: '12.30',
  active: true,
  meta: { a: [1, 'two'] },
  seenAt: new Date('2024-02-29T12:00:00.001Z'),
  photo: Uint8Array.of(9, 8, 0),
  ratio: 2.5,
  code: '4555 5555',
  ref: '0190f1c2-0000-7000-8000-0000000000ff',
};

/** What an application does in one phase, undone at the end. */
async function expectWrites(records: Records, place: 'cell' | 'old'): Promise<void> {
  const { prisma, typeorm } = records;
  const repository = typeorm.getRepository(MovingRecord);
  const data = { ...NEW, tenantId: 't1' } as never as Parameters<
    typeof prisma.record.create
  >[0]['data'];
  await prisma.record.create({ data: { ...data, label: 'new-p' } });
  await repository.save({
    ...NEW,
    tenantId: 't1',
    label: 'new-t',
    code: '4666 6666',
    ref: '0190f1c2-0000-7000-8000-0000000000fe',
  });
  for (const label of ['new-p', 'new-t']) await expectPlace(records, label, place);
  const made = await repository.findOneByOrFail({ label: 'new-p' });
  expect(made).toMatchObject({
    dob: NEW.dob,
    balance: NEW.balance,
    amount: '12.30',
    meta: NEW.meta,
  });
  const twice = prisma.record.create({
    data: { ...data, ref: null, label: 'x', code: '45555555' },
  });
  await expect(twice).rejects.toMatchObject({ code: 'P2002' });
  const updated = await prisma.record.update({
    where: { code: '4555 5555' },
    data: { visits: 4, meta: { b: 2 }, photo: Uint8Array.of(1, 2) },
  });
  expect(updated).toMatchObject({ visits: 4, meta: { b: 2 } });
  await expectPlace(records, 'new-p', place);
  await repository.save({ ...made, amount: '99.99', seenAt: new Date('2024-03-01T00:00:00Z') });
  await expectPlace(records, 'new-p', place);
  await repository.update({ label: 'new-t' }, { active: false, visits: 5, balance: 1n });
  await expectPlace(records, 'new-t', place);
  const changed = await prisma.record.findFirstOrThrow({ where: { label: 'new-p' } });
  expect(changed.amount?.toString()).toBe('99.99');
  const upserted = await prisma.record.upsert({
    where: { code: '4555 5555' },
    create: { ...data, label: 'never' },
    update: { dob: new Date('1999-09-09') },
  });
  expect(upserted).toMatchObject({
    label: 'new-p',
    dob: new Date('1999-09-09'),
    amount: changed.amount,
  });
  const note = await prisma.note.create({
    data: { text: 'n', record: { connect: { code: '4555 5555' } } },
    include: { record: { select: { dob: true } } },
  });
  expect(note.record).toEqual({ dob: new Date('1999-09-09') });
  await prisma.note.delete({ where: { id: note.id } });
  await prisma.record.update({
    where: { code: '4555 5555' },
    data: { dob: null, meta: null as never },
  });
  await repository.update({ label: 'new-t' }, { dob: null, meta: null as never, photo: null });
  for (const label of ['new-p', 'new-t']) {
    const cleared = {
      dob: null,
      dob_cell: null,
      dob_token: null,
      dob_year: null,
      meta: null,
      meta_cell: null,
    };
    expect(await storedOf(records, label)).toMatchObject(cleared);
  }
  await prisma.record.deleteMany({ where: { label: 'new-p', code: '4555 5555' } });
  await repository.delete({ code: '4666 6666' });
  expect(await storedOf(records, 'new-p')).toBeUndefined();
  expect(await storedOf(records, 'new-t')).toBeUndefined();
}

/** Answers, values and writes of both ORMs in one phase. */
export async function expectAll(records: Records, place: 'cell' | 'old'): Promise<void> {
  await expectAnswers(records);
  await expectValues(records);
  await expectWrites(records, place);
}
