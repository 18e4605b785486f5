import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { expect, test } from 'vitest';
import { startPostgres } from '../support/postgres.ts';
import { HEAD, runGenerator, writeProject } from './run-generator.ts';

const CARD = `model Card {
  id          String @id @default(uuid())
  number      String /// @encrypted(normalize: digits)
  numberToken Bytes  @unique /// @token(number)
}
`;

async function columnsOfCard(url: string): Promise<readonly string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ column_name: string; data_type: string }>(
      `SELECT column_name, data_type FROM information_schema.columns
       WHERE table_name = 'Card' ORDER BY ordinal_position`,
    );
    return rows.map((row) => `${row.column_name} ${row.data_type}`);
  } finally {
    await client.end();
  }
}

test('prisma migrate dev makes the columns of cells and tokens, and follows a change', async () => {
  const { createDatabase } = await startPostgres();
  const url = await createDatabase();
  const folder = writeProject({ 'schema.prisma': HEAD + CARD }, url);

  const first = await runGenerator(folder, ['migrate', 'dev', '--name', 'init']);
  expect(first.output).toContain('Your database is now in sync with your schema.');
  expect(await columnsOfCard(url)).toEqual(['id text', 'number text', 'numberToken bytea']);

  const schema = join(folder, 'prisma', 'schema.prisma');
  const text = readFileSync(schema, 'utf8').replace('@token(number)\n', '$&  brand String?\n');
  writeFileSync(schema, text);
  const second = await runGenerator(folder, ['migrate', 'dev', '--name', 'brand']);
  expect(second.code).toBe(0);
  expect(await columnsOfCard(url)).toContain('brand text');
  const migrations = readdirSync(join(folder, 'prisma', 'migrations'));
  expect(migrations.filter((name) => /_(?:init|brand)$/.test(name))).toHaveLength(2);
}, 60_000);
