import { describe, expect, it } from 'vitest';
import { restoreRuntime } from './restore-runtime.ts';

function client(schema: string, columns: readonly string[], rest = 'export class X {}'): string {
  return [
    `  "inlineSchema": ${JSON.stringify(schema)},`,
    'exports.Prisma.CustomerScalarFieldEnum = {',
    ...columns.map((name) => `  ${name}: '${name}',`),
    '};',
    '',
    `config.runtimeDataModel = JSON.parse("${schema}")`,
    'config.parameterizationSchema = {',
    `  strings: JSON.parse("[${schema}]"),`,
    `  graph: "${schema}"`,
    '}',
    rest,
  ].join('\n');
}

describe('restoreRuntime', () => {
  it('takes the configuration of the physical client and the rest of the other', () => {
    const restored = restoreRuntime(client('app', ['pan']), client('phys', ['pan', 'panToken']));
    expect(restored).toBe(client('phys', ['pan']));
  });

  it('does not read a dollar sign in a schema as a pattern', () => {
    expect(restoreRuntime(client('a', []), client("$& $1 $'", []))).toBe(client("$& $1 $'", []));
  });

  it.each([
    ['another line', client('phys', ['pan'], 'export class Y {}')],
    ['a line more', `${client('phys', ['pan'])}\nconfig.tokens = []`],
    ['no configuration', 'export class X {}'],
  ])('knows nothing about a client with %s', (_, physical) => {
    expect(restoreRuntime(client('app', ['pan']), physical)).toBeUndefined();
  });
});
