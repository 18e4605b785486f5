import {
  createIdentityPolicy,
  createKeyPolicy,
  type KeyPolicyRoles,
  type PolicyRole,
} from '@fieldseal/core';
import { type Command, InvalidArgumentError } from 'commander';
import { type CommandContext, outputOf } from '../context.ts';
import { withExamples } from '../with-examples.ts';

const ROLES: readonly PolicyRole[] = [
  'administrator',
  'encryptOnly',
  'decryptOnly',
  'user',
  'rotator',
  'reEncryptor',
  'auditor',
];

type Roles = Readonly<Partial<Record<PolicyRole, readonly string[]>>>;

/** `fieldseal policies templates`, which needs no key store. */
export function addPolicyTemplates(policies: Command, context: CommandContext): void {
  const templates = policies
    .command('templates')
    .description('the roles and what each may do, or a policy that is made of them')
    .option('--role <role=principal>', 'once for each principal', role)
    .option('--identity-policies', 'leave the rest to the policies of principals');
  withExamples(
    templates,
    'policies templates',
    'policies templates --role administrator=user/asha --role user=service/api > kyc.json',
  );
  templates.action((flags: { readonly role?: Roles; readonly identityPolicies?: boolean }) => {
    const output = outputOf(context);
    if (flags.role === undefined && flags.identityPolicies === undefined) {
      output.rows(['Role', 'Actions'], ROLES.map(rowOf));
      return;
    }
    const roles: KeyPolicyRoles = {
      ...flags.role,
      ...(flags.identityPolicies === true ? { identityPolicies: true } : {}),
    };
    const policy = createKeyPolicy(roles);
    output.result(policy, JSON.stringify(policy, null, 2));
  });
}

function rowOf(name: PolicyRole): { readonly Role: string; readonly Actions: readonly string[] } {
  const { Statement } = createIdentityPolicy(name);
  const statements = Array.isArray(Statement) ? Statement : [Statement];
  return { Role: name, Actions: statements.flatMap(({ Action }) => Action ?? []) };
}

function role(text: string, before: Roles = {}): Roles {
  const at = text.indexOf('=');
  const name = ROLES.find((each) => each === text.slice(0, at));
  if (name === undefined) {
    throw new InvalidArgumentError(`must be role=principal, with one of ${ROLES.join(', ')}`);
  }
  return { ...before, [name]: [...(before[name] ?? []), text.slice(at + 1)] };
}
