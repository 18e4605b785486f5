import { decryptBack, encryptExisting, reEncrypt, verifyField } from '@fieldseal/jobs';
import type { Command } from 'commander';
import type { CommandContext } from './context.ts';
import { addJobCommand, type JobCommand } from './job-command.ts';

const COMMANDS: readonly JobCommand[] = [
  {
    name: 'encrypt-existing',
    description: 'turn the plaintext of a column into cells, with the application running',
    examples: [
      'encrypt-existing Customer.aadhaar --dry-run',
      'encrypt-existing Customer.aadhaar --load 0.3 --workers 2',
    ],
    run: encryptExisting,
    next: (field) => `Next: fieldseal phase ${field} sealed`,
  },
  {
    name: 'decrypt-back',
    description: 'turn the cells of a column back into plaintext, with the application running',
    examples: [
      'decrypt-back Customer.aadhaar --dry-run',
      'decrypt-back Customer.aadhaar --load 0.3',
    ],
    run: decryptBack,
    next: (field) => `Next: fieldseal phase ${field} plain`,
  },
  {
    name: 'reencrypt',
    description:
      'move the cells of a column to the key that seals now, with the application running',
    examples: ['reencrypt Customer.aadhaar --load 0.3', 'reencrypt Customer.aadhaar --workers 2'],
    run: reEncrypt,
    next: () => 'Every cell is under the key that seals now.',
  },
  {
    name: 'verify',
    description: 'open every cell of a column and compare every token',
    examples: ['verify Customer.aadhaar', 'verify Customer.aadhaar --load 0.3 --json'],
    run: verifyField,
    next: () => 'Every row is what it has to be.',
  },
];

/** `fieldseal encrypt-existing`, `decrypt-back`, `reencrypt` and `verify`. */
export function addJobCommands(program: Command, context: CommandContext): void {
  for (const command of COMMANDS) addJobCommand(program, context, command);
}
