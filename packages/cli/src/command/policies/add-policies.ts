import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { addPolicyCheck } from './check.ts';
import { addPolicyDocuments } from './documents.ts';
import { addPolicyExplain } from './explain.ts';
import { addPolicyTemplates } from './templates.ts';

/** `fieldseal policies`. */
export function addPolicies(program: Command, context: CommandContext): void {
  const policies = program.command('policies').description('who may do what with which key');
  for (const add of [addPolicyDocuments, addPolicyCheck, addPolicyTemplates, addPolicyExplain]) {
    add(policies, context);
  }
}
