import { FieldsealError, type Keyring, type Kms } from '@fieldseal/core';
import type { Command } from 'commander';
import { confirmByName } from '../../prompt/confirm.ts';
import { readText } from '../../prompt/read-input.ts';
import { type CommandContext, type Opened, withKeyring } from '../context.ts';
import { dangerous, type YesFlag } from '../dangerous.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

type ProposalEntry = Awaited<ReturnType<Kms['listProposals']>>['Proposals'][number];

/** Stands for what is under all keys, such as the data of a tenant. */
const EVERY_KEY = '*';

interface SignFlags extends YesFlag {
  readonly approver: string;
  readonly signature: string;
}

/** `fieldseal approvals`: changes that take two people. */
export function addApprovals(program: Command, context: CommandContext): void {
  const approvals = program.command('approvals').description('changes that take two people');

  const list = approvals
    .command('list')
    .description('what waits for a signature, oldest first')
    .option('--key <key>', 'alias/name or the id of a key, all of them by default');
  withExamples(list, 'approvals list', 'approvals list --key alias/kyc');
  list.action(({ key }: { readonly key?: string }) =>
    withKeyring(context, async ({ keyring, output }) => {
      const columns = ['ProposalId', 'Operation', 'KeyId', 'Proposer', 'ExpirationDate'];
      output.rows(columns, (await proposalsOf(keyring, key)).map(readable));
    }),
  );

  const show = approvals
    .command('show')
    .description('the text that an approver is to read and to sign, byte for byte')
    .argument('<id>', 'of the proposal');
  withExamples(
    show,
    'approvals show 6b1c0c9e-0000-4000-8000-000000000001 > statement',
    'approvals show 6b1c0c9e-0000-4000-8000-000000000001 --json',
  );
  show.action((id: string) =>
    withKeyring(context, ({ keyring, output }) => showProposal(context, { keyring, output }, id)),
  );

  const sign = approvals
    .command('sign')
    .description('hand in the signature of an approver: what was proposed is then done')
    .argument('<id>', 'of the proposal')
    .requiredOption('--approver <principal>', 'whose signature it is')
    .requiredOption('--signature <file>', 'what ssh-keygen wrote, - for standard input');
  withExamples(
    dangerous(sign),
    'approvals show 6b1c0c9e-0000-4000-8000-000000000001 > statement',
    'approvals sign 6b1c0c9e-0000-4000-8000-000000000001 --approver user/carol --signature statement.sig',
  ).addHelpText(
    'after',
    '\nIn between: ssh-keygen -Y sign -n fieldseal -f ~/.ssh/id_ed25519 statement',
  );
  sign.action((id: string, flags: SignFlags) =>
    withKeyring(context, (opened) => signProposal(context, opened, id, flags)),
  );

  const confirm = approvals
    .command('confirm')
    .description(
      'the second step where nobody is named as approver: what was proposed is then done',
    )
    .argument('<id>', 'of the proposal');
  withExamples(dangerous(confirm), 'approvals confirm 6b1c0c9e-0000-4000-8000-000000000001');
  confirm.action((id: string, { yes }: YesFlag) =>
    withKeyring(context, async ({ keyring, output }) => {
      const proposal = await proposalOf(keyring, id);
      const { Operation, KeyId } = proposal;
      if (!(await confirmByName(context, { what: sentenceOf(proposal), name: id, yes }))) return;
      await keyring.kms.confirmChange({ ProposalId: id });
      output.result({ ProposalId: id, Operation, KeyId }, `${Operation} is done.`);
    }),
  );

  const withdraw = approvals
    .command('withdraw')
    .description('take a proposal back')
    .argument('<id>', 'of the proposal');
  withExamples(withdraw, 'approvals withdraw 6b1c0c9e-0000-4000-8000-000000000001');
  withdraw.action((ProposalId: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      await keyring.kms.withdrawProposal({ ProposalId });
      output.result({ ProposalId }, `${ProposalId} is withdrawn.`);
    }),
  );
}

async function showProposal(
  { streams }: CommandContext,
  { keyring, output }: Pick<Opened, 'keyring' | 'output'>,
  id: string,
): Promise<void> {
  const proposal = await proposalOf(keyring, id);
  if (output.isJson || streams.out.isTTY === true) {
    const { Statement } = readable(proposal);
    output.result(readable(proposal), Statement);
    return;
  }
  // a signature is of exactly these bytes
  streams.out.write(Buffer.from(proposal.Statement));
}

async function signProposal(
  context: CommandContext,
  { keyring, output }: Opened,
  id: string,
  { approver, signature, yes }: SignFlags,
): Promise<void> {
  const proposal = await proposalOf(keyring, id);
  const { Operation, KeyId } = proposal;
  const Signature = await readText(context, signature);
  if (!(await confirmByName(context, { what: sentenceOf(proposal), name: id, yes }))) return;
  await keyring.kms.approveChange({ ProposalId: id, Approver: approver, Signature });
  output.result({ ProposalId: id, Operation, KeyId }, `${Operation} is done.`);
}

function sentenceOf(proposal: ProposalEntry): string {
  const { Operation, KeyId, Proposer } = proposal;
  const about = KeyId === EVERY_KEY ? contentOf(proposal) : `of key ${KeyId}`;
  return `${Operation} ${about} is done, as ${Proposer} proposed it`;
}

function readable(proposal: ProposalEntry) {
  return { ...proposal, Statement: new TextDecoder().decode(proposal.Statement) };
}

/** The parameters, as they are signed. */
function contentOf(proposal: ProposalEntry): string {
  return /^content: (.*)$/m.exec(readable(proposal).Statement)?.[1] ?? '';
}

async function proposalsOf(
  keyring: Keyring,
  key: string | undefined,
): Promise<readonly ProposalEntry[]> {
  const all = [...keyring.listKeys().map(({ keyId }) => keyId), EVERY_KEY];
  const ids = key === undefined ? all : [keyIdOf(keyring, key)];
  const found: ProposalEntry[] = [];
  for (const KeyId of ids) found.push(...(await keyring.kms.listProposals({ KeyId })).Proposals);
  return found;
}

async function proposalOf(keyring: Keyring, id: string): Promise<ProposalEntry> {
  const found = (await proposalsOf(keyring, undefined)).find(({ ProposalId }) => ProposalId === id);
  if (found !== undefined) return found;
  throw new FieldsealError('ERR_PROPOSAL_NOT_FOUND', 'There is no such proposal');
}
