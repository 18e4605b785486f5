import { expect, it } from 'vitest';
import { createProblems } from './problem.ts';

it('a schema without a problem passes', () => {
  expect(() => createProblems().throwIfAny()).not.toThrow();
});

it('all problems are one ERR_ANNOTATION_INVALID, in the order of the lines, with the first place', () => {
  const problems = createProblems();
  problems.add({ file: 'prisma/b.prisma', line: 2 }, 'third');
  problems.add({ file: 'prisma/a.prisma', line: 20 }, 'second', ['/// @token(name)']);
  problems.add({ file: 'prisma/a.prisma', line: 3 }, 'first');
  expect(() => problems.throwIfAny()).toThrow(
    expect.objectContaining({
      code: 'ERR_ANNOTATION_INVALID',
      meta: { file: 'prisma/a.prisma', line: 3 },
      message: [
        'Fieldseal found 3 problems in the schema',
        'prisma/a.prisma:3: first',
        'prisma/a.prisma:20: second\n    /// @token(name)',
        'prisma/b.prisma:2: third',
      ].join('\n\n'),
    }),
  );
});
