import type { Observer } from '../../observe/observer.ts';
import type { Operation } from './audited-operation.ts';

const KEY_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY_MEMBERS = ['KeyId', 'TargetKeyId', 'DestinationKeyId'] as const;

/** Only what is a key's id for sure: a caller may have put anything into its place. */
function keyIdOf(given: unknown): string | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const members = given as Readonly<Record<string, unknown>>;
  const known = KEY_MEMBERS.map((name) => members[name]);
  return known.find((value) => typeof value === 'string' && KEY_ID.test(value)) as
    | string
    | undefined;
}

/** The operation as an event, under its name in AWS KMS. */
export function observedOperation(
  observer: Observer,
  name: string,
  operation: Operation,
): Operation {
  const action = name.charAt(0).toUpperCase() + name.slice(1);
  return (request) =>
    observer.run(
      'kms',
      () => ({ operation: action, keyId: keyIdOf(request) }),
      async (event) => {
        const result = await operation(request);
        if (event !== undefined) event.keyId ??= keyIdOf(result);
        return result;
      },
    );
}
