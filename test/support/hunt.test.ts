import { Client } from 'pg';
import { expect, it } from 'vitest';
import { huntPlaintext } from './hunt.ts';
import { startPostgres } from './postgres.ts';
import { tapWire } from './wire-tap.ts';

async function plant(statement: string, values: readonly unknown[]) {
  const server = await startPostgres();
  const url = await server.createDatabase();
  const tap = await tapWire(url);
  const client = new Client({ connectionString: tap.url });
  await client.connect();
  await client.query('CREATE TABLE leak (note text, raw bytea)');
  await client.query(statement, [...values]);
  await client.end();
  const wire = tap.captured();
  await tap.stop();
  return { server, url, wire };
}

const INSERT = 'INSERT INTO leak (note, raw) VALUES ($1, $2)';

it('finds a secret that was written in the clear, wherever it came by', async () => {
  const secret = `planted ${Math.random()}`;
  const place = await plant(INSERT, [secret, Buffer.from('nothing')]);
  const found = await huntPlaintext({ ...place, secrets: ['not there at all', secret] });
  expect(new Set(found.map((finding) => finding.secret))).toEqual(new Set([1]));
  const places = found.map((finding) => finding.place);
  expect(places).toContain('public.leak');
  expect(places).toContain('wire');
  expect(places).toContain(place.server.logFile);
  expect(places.some((name) => name.includes('pg_wal'))).toBe(true);
  expect(places.some((name) => name.includes('/base/'))).toBe(true);
});

it.each(['base64', 'base64url', 'hex'] as const)('finds a secret inside %s', async (encoding) => {
  const secret = `hidden ${Math.random()}`;
  const text = Buffer.from(`{"x":"${secret}"}`).toString(encoding);
  const place = await plant(INSERT, [text, Buffer.from('nothing')]);
  const found = await huntPlaintext({ ...place, secrets: [secret] });
  expect(found.map((finding) => finding.place)).toContain('public.leak');
});

it('finds a secret in a bytea column', async () => {
  const secret = `binary ${Math.random()}`;
  const place = await plant(INSERT, ['nothing', Buffer.from(secret)]);
  const found = await huntPlaintext({ ...place, secrets: [secret] });
  expect(found.map((finding) => finding.place)).toContain('public.leak');
});
