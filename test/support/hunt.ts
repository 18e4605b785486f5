import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { createScanner, type Needle } from './needle-scanner.ts';
import type { TestServer } from './postgres.ts';

/** A secret that was found where none may be. */
export interface Finding {
  /** Position of the secret in the list that was given: findings are printed, secrets are not. */
  readonly secret: number;
  readonly encoding: string;
  readonly place: string;
}

/** The needles of one hunt, made ready once. */
interface Hunt {
  readonly scan: (haystack: Buffer) => readonly Needle[];
  /** Bytes of the longest needle. */
  readonly longest: number;
}

/** Shorter ones are found by accident. */
const LEAST_CHARACTERS = 6;

/** Base64 of a text depends on what stands before it: all three alignments, without their edges. */
function base64Forms(secret: string, encoding: 'base64' | 'base64url'): Buffer[] {
  return [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]).toString(encoding);
    const start = shift === 0 ? 0 : shift + 1;
    return Buffer.from(text.replaceAll('=', '').slice(start, -2));
  });
}

function needlesOf(secrets: readonly string[]): readonly Needle[] {
  return secrets.flatMap((text, secret) => {
    if (text.length < LEAST_CHARACTERS)
      throw new RangeError(`Secret ${secret} is too short to hunt`);
    const bytes = Buffer.from(text);
    const forms: [string, Buffer][] = [
      ['utf8', bytes],
      ['utf16', Buffer.from(text, 'utf16le')],
      ['hex', Buffer.from(bytes.toString('hex'))],
      ['HEX', Buffer.from(bytes.toString('hex').toUpperCase())],
      ...base64Forms(text, 'base64').map((form) => ['base64', form] as [string, Buffer]),
      ...base64Forms(text, 'base64url').map((form) => ['base64url', form] as [string, Buffer]),
    ];
    return forms.map(([encoding, form]) => ({ secret, encoding, bytes: form }));
  });
}

function huntIn(haystack: Buffer, { scan }: Hunt, place: string): Finding[] {
  return scan(haystack).map(({ secret, encoding }) => ({ secret, encoding, place }));
}

/** Reads a file in pieces that overlap by the longest needle. */
async function huntInFile(path: string, hunt: Hunt): Promise<Finding[]> {
  const overlap = hunt.longest;
  const found: Finding[] = [];
  let before = Buffer.alloc(0);
  for await (const piece of createReadStream(path, { highWaterMark: 4 * 1024 * 1024 })) {
    const bytes = Buffer.concat([before, piece as Buffer]);
    found.push(...huntIn(bytes, hunt, path));
    before = bytes.subarray(-overlap);
  }
  return found;
}

/** Reads what a running server has in a folder: its files come and go meanwhile. */
async function huntInFolder(folder: string, hunt: Hunt): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const name of await whileThere(() => readdir(folder), []))
    found.push(...(await huntInPath(join(folder, name), hunt)));
  return found;
}

/** What `read` gives, or `gone` when the file was removed before it could be read. */
async function whileThere<T>(read: () => Promise<T>, gone: T): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return gone;
    throw error;
  }
}

/**
 * The data directory with its write-ahead log; of `base`, where every database has a folder named
 * by its number, only what other databases do not own: they belong to other tests.
 */
async function huntInData(folder: string, database: string, hunt: Hunt): Promise<Finding[]> {
  const top = (await readdir(folder)).filter((name) => name !== 'base');
  const base = (await readdir(join(folder, 'base'))).filter(
    (name) => name === database || !/^\d+$/.test(name),
  );
  const found: Finding[] = [];
  for (const path of [...top, ...base.map((name) => join('base', name))])
    found.push(...(await huntInPath(join(folder, path), hunt)));
  return found;
}

async function huntInPath(path: string, hunt: Hunt): Promise<Finding[]> {
  const facts = await whileThere(() => stat(path), undefined);
  if (facts?.isDirectory()) return huntInFolder(path, hunt);
  return facts?.isFile() ? whileThere(() => huntInFile(path, hunt), []) : [];
}

/** Every column of every row, as `COPY ... TO STDOUT` writes it. */
async function huntInTables(url: string, hunt: Hunt): Promise<Finding[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: Finding[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ line: string }>(
        `SELECT t::text AS line FROM ${name} AS t`,
      );
      const text = Buffer.from(rows.map(({ line }) => line).join('\n'));
      found.push(...huntIn(text, hunt, name));
    }
    return found;
  } finally {
    await client.end();
  }
}

/** Has the server write everything to its files; gives the number of the database. */
async function checkpoint(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('CHECKPOINT');
    const { rows } = await client.query<{ oid: string }>(
      'SELECT oid::text FROM pg_database WHERE datname = current_database()',
    );
    return String(rows[0]?.oid);
  } finally {
    await client.end();
  }
}

/**
 * Looks for secrets in every form that they could have leaked in: all tables, the server's log of
 * all statements and parameters, what went over the wire, and after a checkpoint the data directory
 * with its write-ahead log.
 *
 * @param options.secrets - At least six characters each.
 * @param options.wire - Captured bytes, see `tapWire`.
 */
export async function huntPlaintext(options: {
  readonly server: TestServer;
  readonly url: string;
  readonly secrets: readonly string[];
  readonly wire?: Buffer;
}): Promise<readonly Finding[]> {
  const { server, url, wire = Buffer.alloc(0) } = options;
  const needles = needlesOf(options.secrets);
  if (needles.length === 0) throw new RangeError('Nothing to hunt for');
  const longest = Math.max(...needles.map(({ bytes }) => bytes.length));
  const hunt = { scan: createScanner(needles), longest };
  const database = await checkpoint(url);
  return [
    ...(await huntInTables(url, hunt)),
    ...huntIn(wire, hunt, 'wire'),
    ...(await huntInFile(server.logFile, hunt)),
    ...(await huntInData(server.dataDirectory, database, hunt)),
  ];
}
