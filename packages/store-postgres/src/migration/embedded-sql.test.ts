import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTROL_TABLES, KEY_TABLES } from '@fieldseal/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MIGRATIONS, ROLES_SQL } from './embedded-sql.ts';

const PACKAGE = fileURLToPath(new URL('../../', import.meta.url));

const SERVES = 'Serves libraries that know migration';

function check(folder: string): string {
  try {
    execFileSync(process.execPath, ['embed-sql.mjs', '--check'], { cwd: folder, stdio: 'pipe' });
    return 'unchanged';
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

describe('the migrations in the package', () => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'fieldseal-sql-'));
    mkdirSync(join(copy, 'src', 'migration'), { recursive: true });
    for (const path of ['embed-sql.mjs', 'sql', 'src/migration/embedded-sql.ts']) {
      cpSync(join(PACKAGE, path), join(copy, path), { recursive: true });
    }
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  it('are those of the folder sql', () => {
    expect(check(PACKAGE)).toBe('unchanged');
  });

  it('are found to be stale when a released file was edited', () => {
    appendFileSync(join(copy, 'sql', '0001_key_store.sql'), '-- later\n');
    expect(check(copy)).toContain('0001_key_store.sql: was changed');
  });

  it('are found to be stale when the roles were edited', () => {
    appendFileSync(join(copy, 'sql', 'roles.sql'), '-- later\n');
    expect(check(copy)).toContain('embedded-sql.ts is stale');
  });

  it('are found to have a gap when a number is left out', () => {
    appendFileSync(join(copy, 'sql', '0003_later.sql'), 'SELECT 1;\n');
    expect(check(copy)).toContain('0003_later.sql: numbers have a gap');
  });

  it('serve no older library unless their file says so in a line of its own', () => {
    const embedded = join(copy, 'src', 'migration', 'embedded-sql.ts');
    const embed = () => execFileSync(process.execPath, ['embed-sql.mjs'], { cwd: copy });
    appendFileSync(join(copy, 'sql', '0002_add.sql'), `-- ${SERVES} 1\nSELECT 1;\n`);
    appendFileSync(join(copy, 'sql', '0003_break.sql'), `SELECT '${SERVES} 1';\n`);
    embed();
    const marks = [...readFileSync(embedded, 'utf8').matchAll(/servesFrom: (\d+)/g)];
    expect(marks.map(([, mark]) => mark)).toEqual(['1', '1', '3']);
  });

  it.each(['0', '2', '3', `1\n-- ${SERVES} 1`])(
    'are refused when the second says that it serves libraries that know %j',
    (mark) => {
      appendFileSync(join(copy, 'sql', '0002_add.sql'), `-- ${SERVES} ${mark}\nSELECT 1;\n`);
      expect(check(copy)).toContain('0002_add.sql: serves no library that there was before it');
    },
  );

  it('carry the checksum of their own text', () => {
    for (const { sql, checksum } of MIGRATIONS) {
      expect(createHash('sha256').update(sql).digest('hex')).toBe(checksum);
    }
  });

  it('make every column of every record, and the roles name every table', () => {
    const text = MIGRATIONS.map(({ sql }) => sql).join('\n');
    for (const [table, { columns }] of Object.entries({ ...CONTROL_TABLES, ...KEY_TABLES })) {
      const [, body = ''] = text.split(`CREATE TABLE :"schema".${table} (`);
      const [definition = ''] = body.split('\n);');
      for (const column of [...Object.keys(columns), 'row_mac']) {
        expect(definition, `${table}.${column}`).toMatch(new RegExp(`^  ${column} `, 'm'));
      }
      for (const role of ['fieldseal_app', 'fieldseal_admin', 'fieldseal_auditor']) {
        expect(ROLES_SQL).toContain(`('${role}', '${table}',`);
      }
    }
  });
});
