/**
 * The lines of a generated client that hold its run-time configuration: the schema, the data model
 * and what the query compiler makes of them. Each is one line in both client generators.
 */
const CONFIGURATION = [
  /^\s*"inlineSchema": /,
  /^config\.runtimeDataModel = JSON\.parse\(/,
  /^\s*strings: JSON\.parse\(/,
  /^\s*graph: "/,
];

/** The value lists that a JavaScript client exports, such as the names of a model's columns. */
const VALUE_LIST = /^exports\.Prisma\.\w+ = (?:makeStrictEnum\()?\{$/;

/**
 * Puts the configuration of the physical schema into the client that was generated from the
 * application's schema, so that the types are of the one and the queries of the other.
 * @returns the text, or `undefined` when the two files differ in anything but that: then nothing
 * is known about this version of Prisma
 */
export function restoreRuntime(application: string, physical: string): string | undefined {
  if (skeleton(application) !== skeleton(physical)) return undefined;
  const lines = physical.split('\n').filter(isConfiguration);
  let next = 0;
  return application
    .split('\n')
    .map((line) => (isConfiguration(line) ? (lines[next++] ?? line) : line))
    .join('\n');
}

function isConfiguration(line: string): boolean {
  return CONFIGURATION.some((pattern) => pattern.test(line));
}

/** What must be the same: all but the configuration and the value lists. */
function skeleton(text: string): string {
  const kept: string[] = [];
  let inList = false;
  for (const line of text.split('\n')) {
    if (VALUE_LIST.test(line)) inList = true;
    const isKept = !inList && line.trim() !== '';
    if (isKept) kept.push(CONFIGURATION.find((pattern) => pattern.test(line))?.source ?? line);
    if (line.startsWith('}')) inList = false;
  }
  return kept.join('\n');
}
