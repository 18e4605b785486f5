import type { Tag } from '@fieldseal/core';
import type { Command } from 'commander';
import { allPages } from '../all-pages.ts';
import { type Pairs, pair } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

export function tagsOf(pairs: Pairs): readonly Tag[] {
  return Object.entries(pairs).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
}

/** `fieldseal keys tags`, `keys tag` and `keys untag`. */
export function addKeyTags(keys: Command, context: CommandContext): void {
  const list = keys
    .command('tags')
    .description('tags of a key')
    .argument('<key>', 'alias/name or the id of a key');
  withExamples(list, 'keys tags alias/kyc');
  list.action((name: string) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      const tags = await allPages(
        (page) => keyring.kms.listResourceTags({ ...page, KeyId }),
        ({ Tags }) => Tags,
      );
      output.rows(['TagKey', 'TagValue'], tags);
    }),
  );

  const tag = keys
    .command('tag')
    .description('give a key tags, or other values to those that it has')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<name=value...>', 'one or more', pair);
  withExamples(tag, 'keys tag alias/kyc team=identity stage=production');
  tag.action((name: string, pairs: Pairs) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      const Tags = tagsOf(pairs);
      await keyring.kms.tagResource({ KeyId, Tags });
      output.result({ KeyId, Tags }, `${name} is tagged.`);
    }),
  );

  const untag = keys
    .command('untag')
    .description('take tags from a key')
    .argument('<key>', 'alias/name or the id of a key')
    .argument('<names...>', 'of the tags');
  withExamples(untag, 'keys untag alias/kyc stage');
  untag.action((name: string, TagKeys: readonly string[]) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      await keyring.kms.untagResource({ KeyId, TagKeys });
      output.result({ KeyId, TagKeys }, `${name} lost ${TagKeys.join(', ')}.`);
    }),
  );
}
