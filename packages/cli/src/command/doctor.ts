import { examine } from '@fieldseal/jobs';
import type { Command } from 'commander';
import { EXIT } from '../output/exit-code.ts';
import { type CommandContext, codecOptions, withKeyring } from './context.ts';
import { withExamples } from './with-examples.ts';

/** `fieldseal doctor` looks at everything around, and explains what is not right. */
export function addDoctor(program: Command, context: CommandContext): void {
  const doctor = program
    .command('doctor')
    .description('look at keys, host, database and columns, and say what is not right');
  withExamples(doctor, 'doctor', 'doctor --json');
  doctor.action(() =>
    withKeyring(context, async (opened) => {
      const { development, pin, anchor } = opened.config.keyring;
      const findings = await examine({
        ...codecOptions(opened),
        development: development === true,
        hasPin: pin !== undefined,
        hasAnchor: anchor !== undefined,
      });
      if (opened.output.isJson)
        opened.output.rows(
          [],
          findings.map((each) => ({ ...each })),
        );
      for (const { check, level, found, advice } of findings) {
        opened.output.line(`${level.padEnd(8)} ${check}: ${found}`);
        if (advice !== undefined)
          opened.output.line(`         ${advice.replaceAll('\n', '\n         ')}`);
      }
      if (findings.some(({ level }) => level === 'failed')) context.exit(EXIT.found);
    }),
  );
}
