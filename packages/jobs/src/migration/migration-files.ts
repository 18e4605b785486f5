import type { MigrationPart } from './migration-part.ts';

export interface MigrationFilesOptions {
  /** `prisma`: folders for `prisma/migrations`. `typeorm`: classes with `up` and `down`. */
  readonly for: 'prisma' | 'typeorm';
  /** Time of the first part, by which both order migrations; the others follow a second apart. */
  readonly now: Date;
}

/** A file of a migration. */
export interface MigrationFile {
  /** Relative to the folder of migrations. */
  readonly path: string;
  readonly text: string;
}

/**
 * Writes the parts of a migration as files of an ORM: one migration for each part, since parts
 * differ in the transaction that may be around them.
 *
 * @example
 * ```ts
 * import { migrationFiles } from '@fieldseal/jobs';
 *
 * const about = 'Adds a column.';
 * const up = ['ALTER TABLE "people" ADD COLUMN "pan_token" BYTEA;'];
 * const part = { name: 'expand_people_pan', about, up, down: [], inTransaction: true };
 * const now = new Date('2026-01-31T12:00:00Z');
 * const [file] = migrationFiles([part], { for: 'prisma', now });
 * file?.path; // '20260131120000_expand_people_pan/migration.sql'
 * ```
 */
export function migrationFiles(
  parts: readonly MigrationPart[],
  options: MigrationFilesOptions,
): readonly MigrationFile[] {
  const write = options.for === 'prisma' ? prismaFile : typeormFile;
  return parts.map((part, i) => write(part, new Date(options.now.getTime() + i * 1000)));
}

/** Prisma names a migration by the second. It has no way back, and ends statements within comments. */
function prismaFile({ name, about, up }: MigrationPart, at: Date): MigrationFile {
  const second = at.toISOString().slice(0, 19).replace(/\D/g, '');
  return {
    path: `${second}_${name}/migration.sql`,
    text: `-- ${about.replaceAll(';', ',')}\n${up.join('\n')}\n`,
  };
}

/** TypeORM finds the time of a migration at the end of its name, in milliseconds. */
function typeormFile(part: MigrationPart, at: Date): MigrationFile {
  const { name, about, up, down, inTransaction } = part;
  const pascal = name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const alone = inTransaction ? '' : '  public readonly transaction = false;\n\n';
  const text = `import type { MigrationInterface, QueryRunner } from 'typeorm';

/** ${about} */
export class ${pascal}${at.getTime()} implements MigrationInterface {
${alone}  public async up(${runner(up)}: QueryRunner): Promise<void> {
${queries(up)}  }

  public async down(${runner(down)}: QueryRunner): Promise<void> {
${queries(down)}  }
}
`;
  return { path: `${at.getTime()}-${pascal}.ts`, text };
}

function runner(statements: readonly string[]): string {
  return statements.length === 0 ? '_queryRunner' : 'queryRunner';
}

function queries(statements: readonly string[]): string {
  return statements
    .map(
      (statement) => `    await queryRunner.query(\`${statement.replace(/[\\`$]/g, '\\$&')}\`);\n`,
    )
    .join('');
}
