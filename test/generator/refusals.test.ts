import { beforeAll, describe, expect, test } from 'vitest';
import { REFUSED_ANNOTATIONS } from './refused-annotations.ts';
import { REFUSED_FIELDS } from './refused-fields.ts';
import { REFUSED_OLD_COLUMNS } from './refused-old-columns.ts';
import { REFUSED_TOKENS } from './refused-tokens.ts';
import { type GeneratorRun, HEAD, runGenerator, writeProject } from './run-generator.ts';

const REFUSALS = [
  ...REFUSED_ANNOTATIONS,
  ...REFUSED_FIELDS,
  ...REFUSED_OLD_COLUMNS,
  ...REFUSED_TOKENS,
];

describe('prisma generate with one schema of many mistakes', () => {
  const lines = HEAD.split('\n').slice(0, -1);
  const lineOf = new Map<string, number>();
  for (const { name, schema } of REFUSALS) {
    for (const line of schema.trim().split('\n')) {
      const isMarked = /^\s*# /.test(line);
      lines.push(line.replace(/# /, isMarked ? '' : '# '));
      if (isMarked) lineOf.set(name, lines.length);
    }
  }

  let run: GeneratorRun;
  beforeAll(async () => {
    run = await runGenerator(writeProject({ 'schema.prisma': `${lines.join('\n')}\n` }));
  }, 60_000);

  test.each(REFUSALS)('refuses $name', ({ name, says }) => {
    const [message, ...paste] = says;
    const expected = [
      `prisma/schema.prisma:${lineOf.get(name)}: ${message}`,
      ...paste.map((text) => `    ${text}`),
    ];
    expect(run.output).toContain(`${expected.join('\n')}\n`);
  });

  test('gives every problem once and fails', () => {
    const places = run.output.match(/^prisma\/schema\.prisma:\d+: /gm) ?? [];
    expect(places).toHaveLength(REFUSALS.length);
    expect(run.output).toContain(`Fieldseal found ${REFUSALS.length} problems in the schema`);
    expect(run.code).toBe(1);
  });
});
