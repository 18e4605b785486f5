import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addKeyCreate } from './create.ts';
import { addKeyDeletion } from './deletion.ts';
import { addKeyDescribe } from './describe.ts';
import { addKeyImport } from './import.ts';
import { addKeyList } from './list.ts';
import { addKeyRetirement } from './retirement.ts';
import { addKeyRotation } from './rotation.ts';
import { addKeySwitch } from './switch.ts';
import { addKeyTags } from './tags.ts';
import { addKeyVersions } from './versions.ts';

const COMMANDS = [
  addKeyList,
  addKeyCreate,
  addKeyDescribe,
  addKeySwitch,
  addKeyDeletion,
  addKeyRotation,
  addKeyVersions,
  addKeyRetirement,
  addKeyTags,
  addKeyImport,
];

/** `fieldseal keys`. */
export function addKeys(program: Command, context: CommandContext): void {
  const keys = program.command('keys').description('keys: what AWS calls KMS keys');
  for (const add of COMMANDS) add(keys, context);
}
