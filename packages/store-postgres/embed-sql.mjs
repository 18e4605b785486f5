/**
 * Writes src/migration/embedded-sql.ts from sql/*.sql, so that the built package and a bundle of it
 * carry the migrations, and pins each numbered file in sql/checksums.txt (`sha256sum --check`).
 * A numbered file that changed after it was pinned is an error: add the next number instead.
 *
 * A file may say in a line of its own that libraries which do not know it go on with its tables:
 * `-- Serves libraries that know migration N`, N below its own number. Without it they are refused.
 *
 * `node embed-sql.mjs` writes, `node embed-sql.mjs --check` only compares.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

const folder = new URL('sql/', import.meta.url);
const target = new URL('src/migration/embedded-sql.ts', import.meta.url);
const pins = new URL('checksums.txt', folder);
const check = process.argv.includes('--check');

const read = (url) => {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return '';
    throw error;
  }
};
const literal = (sql) => `\`${sql.replaceAll(/[\\`]|\$\{/g, '\\$&')}\``;

const pinned = new Map(
  read(pins)
    .split('\n')
    .filter(Boolean)
    .map((line) => [line.slice(66), line.slice(0, 64)]),
);
const problems = [];

/** The oldest library that a file lets go on, by the number of migrations that it knows. */
const servesFrom = (sql, name, version) => {
  const marks = [...sql.matchAll(/^-- Serves libraries that know migration (\d+)$/gm)].map(
    ([, number]) => Number(number),
  );
  if (marks.length === 0) return version;
  const [mark] = marks;
  if (marks.length === 1 && mark >= 1 && mark < version) return mark;
  problems.push(`${name}: serves no library that there was before it`);
  return version;
};
const names = readdirSync(folder)
  .filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
  .sort();
const migrations = names.map((name, i) => {
  const sql = readFileSync(new URL(name, folder), 'utf8');
  const checksum = createHash('sha256').update(sql).digest('hex');
  if (Number(name.slice(0, 4)) !== i + 1) problems.push(`${name}: numbers have a gap`);
  if (pinned.has(name) && pinned.get(name) !== checksum) problems.push(`${name}: was changed`);
  pinned.delete(name);
  return { name, sql, checksum, servesFrom: servesFrom(sql, name, i + 1) };
});
for (const name of pinned.keys()) problems.push(`${name}: was removed`);

const module = `// Written by embed-sql.mjs from sql/*.sql: edit those, then run it again.

/** One numbered migration as it was released; \`:"schema"\` stands for the schema's name. */
export interface EmbeddedMigration {
  readonly version: number;
  readonly name: string;
  /** SHA-256 of \`sql\`, hex. */
  readonly checksum: string;
  readonly sql: string;
  /** Libraries that know at least this many migrations may go on with the tables that it leaves. */
  readonly servesFrom: number;
}

export const MIGRATIONS: readonly EmbeddedMigration[] = [
${migrations
  .map(
    ({ name, sql, checksum, servesFrom }, i) => `  {
    version: ${i + 1},
    name: '${name}',
    checksum: '${checksum}',
    sql: ${literal(sql)},
    servesFrom: ${servesFrom},
  },`,
  )
  .join('\n')}
];

/** Roles and rights, run again after every migration. */
export const ROLES_SQL: string = ${literal(readFileSync(new URL('roles.sql', folder), 'utf8'))};
`;
const pinsText = migrations.map(({ name, checksum }) => `${checksum}  ${name}\n`).join('');

if (check && read(target) !== module) problems.push('src/migration/embedded-sql.ts is stale');
if (check && read(pins) !== pinsText) problems.push('sql/checksums.txt is stale');
if (problems.length > 0) {
  process.stderr.write(`${problems.join('\n')}\n`);
  process.exitCode = 1;
} else if (!check) {
  writeFileSync(target, module);
  writeFileSync(pins, pinsText);
}
