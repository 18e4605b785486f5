import { must, npmBin } from './run.mjs';

const TURBO = ['--output-logs=errors-only', '--log-order=grouped', '--no-update-notifier'];

/** Builds the packages. */
export async function buildPackages() {
  await must(npmBin('turbo'), ['run', 'build', '--filter=./packages/*', ...TURBO], { quiet: true });
}

/** Runs `prisma generate` in the named workspaces, or in all that have a schema. */
export async function generate(...folders) {
  await must(process.execPath, ['scripts/generate.mjs', ...folders], { quiet: true });
}

/** Builds an example, after its clients were generated. */
export async function buildExample(name) {
  await must(npmBin('turbo'), ['run', 'build', `--filter=./examples/${name}`, ...TURBO], {
    quiet: true,
  });
}
