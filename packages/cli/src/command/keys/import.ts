import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImportMaterial } from '@fieldseal/core';
import { type Command, Option } from 'commander';
import { writeNewFile } from '../../output/write-new-file.ts';
import { confirmByName } from '../../prompt/confirm.ts';
import { readBytes } from '../../prompt/read-input.ts';
import { time } from '../arguments.ts';
import { type CommandContext, withKeyring } from '../context.ts';
import { dangerous, type YesFlag } from '../dangerous.ts';
import { keyIdOf } from '../key-id-of.ts';
import { withExamples } from '../with-examples.ts';

type ParametersRequest = Parameters<ImportMaterial['getParametersForImport']>[0];
type MaterialRequest = Parameters<ImportMaterial['importKeyMaterial']>[0];

interface ParametersFlags {
  readonly algorithm: ParametersRequest['WrappingAlgorithm'];
  readonly spec: ParametersRequest['WrappingKeySpec'];
  readonly out: string;
}

interface MaterialFlags {
  readonly token: string;
  readonly material: string;
  readonly until?: Date;
  readonly forever?: boolean;
  readonly rotate?: boolean;
  readonly materialId?: string;
}

/** `fieldseal keys import parameters`, `import material` and `import delete`. */
export function addKeyImport(keys: Command, context: CommandContext): void {
  const group = keys.command('import').description('key material of your own');
  addParameters(group, context);
  addMaterial(group, context);
  addDelete(group, context);
}

function addParameters(group: Command, context: CommandContext): void {
  const parameters = group
    .command('parameters')
    .description('write a public key to wrap material with, and the token that belongs to it')
    .argument('<key>', 'a key with the origin EXTERNAL')
    .requiredOption('--out <folder>', 'where public-key.der and import-token are written')
    .addOption(
      new Option('--algorithm <algorithm>', 'how the material will be wrapped')
        .choices(['RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_256'])
        .default('RSAES_OAEP_SHA_256'),
    )
    .addOption(
      new Option('--spec <spec>', 'of the public key')
        .choices(['RSA_2048', 'RSA_3072', 'RSA_4096'])
        .default('RSA_4096'),
    );
  withExamples(parameters, 'keys import parameters alias/own --out import');
  parameters.action((name: string, { algorithm, spec, out }: ParametersFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const { KeyId, PublicKey, ImportToken, ParametersValidTo } =
        await keyring.kms.getParametersForImport({
          KeyId: keyIdOf(keyring, name),
          WrappingAlgorithm: algorithm,
          WrappingKeySpec: spec,
        });
      const [publicKey, token] = [join(out, 'public-key.der'), join(out, 'import-token')];
      await mkdir(out, { recursive: true });
      await writeNewFile(publicKey, PublicKey);
      await writeNewFile(token, ImportToken);
      const until = ParametersValidTo.toISOString();
      const text = `wrote ${publicKey} and ${token}, valid until ${until}`;
      output.result({ KeyId, ParametersValidTo, Files: [publicKey, token] }, text);
    }),
  );
}

function addMaterial(group: Command, context: CommandContext): void {
  const material = group
    .command('material')
    .description('take wrapped material')
    .argument('<key>', 'a key with the origin EXTERNAL')
    .requiredOption('--token <file>', 'the import-token')
    .requiredOption('--material <file>', 'wrapped with the public key')
    .addOption(
      new Option('--until <time>', 'when the material ends').argParser(time).conflicts('forever'),
    )
    .option('--forever', 'the material does not end by itself')
    .option('--rotate', 'new material, which `keys rotate` makes part of the key')
    .option('--material-id <id>', 'which of the existing ones it has to be');
  withExamples(
    material,
    'keys import material alias/own --token import/import-token --material wrapped.bin --forever',
  );
  material.action((name: string, flags: MaterialFlags) =>
    withKeyring(context, async ({ keyring, output }) => {
      const request = await requestOf(keyIdOf(keyring, name), flags);
      const taken = await keyring.kms.importKeyMaterial(request);
      output.result(taken, `${name} has the material ${taken.KeyMaterialId}.`);
    }),
  );
}

async function requestOf(KeyId: string, flags: MaterialFlags): Promise<MaterialRequest> {
  const { token, material, until, forever, rotate, materialId } = flags;
  return {
    KeyId,
    ImportToken: await readBytes(token),
    EncryptedKeyMaterial: await readBytes(material),
    ...(rotate === true ? { ImportType: 'NEW_KEY_MATERIAL' as const } : {}),
    ...(materialId === undefined ? {} : { KeyMaterialId: materialId }),
    ...(forever === true ? { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' as const } : {}),
    ...(until === undefined ? {} : { ValidTo: until }),
  };
}

function addDelete(group: Command, context: CommandContext): void {
  const remove = group
    .command('delete')
    .description('wipe imported material; the key waits for it to be imported again')
    .argument('<key>', 'a key with the origin EXTERNAL')
    .option('--material-id <id>', 'which one, the current by default');
  withExamples(dangerous(remove), 'keys import delete alias/own');
  remove.action((name: string, flags: YesFlag & { readonly materialId?: string }) =>
    withKeyring(context, async ({ keyring, output }) => {
      const KeyId = keyIdOf(keyring, name);
      const what = `What is sealed under ${name} opens nowhere until its material is back`;
      if (!(await confirmByName(context, { what, name, yes: flags.yes }))) return;
      const { materialId } = flags;
      const wiped = await keyring.kms.deleteImportedKeyMaterial({
        KeyId,
        ...(materialId === undefined ? {} : { KeyMaterialId: materialId }),
      });
      output.result(wiped, `The material of ${name} is wiped.`);
    }),
  );
}
