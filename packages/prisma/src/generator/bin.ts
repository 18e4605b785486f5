import process from 'node:process';
import generatorHelper from '@prisma/generator-helper';
import { generate } from './generate.ts';

/** Prisma talks to a generator over stdin and stderr; stdout is the developer's terminal. */
generatorHelper.generatorHandler({
  onManifest: () => ({
    prettyName: 'Fieldseal manifest and sealed types',
    defaultOutput: '../generated/fieldseal',
  }),
  onGenerate: async (options) => {
    await generate(options, (line) => {
      process.stdout.write(`fieldseal: ${line}\n`);
    });
  },
});
