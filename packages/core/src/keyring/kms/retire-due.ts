import type { ControlSnapshot, KeyRecord, KeyVersionRecord } from '../../keys/control-snapshot.ts';
import { isDestroyed, isRetired } from '../key-usability.ts';
import { everyOne } from './every-one.ts';
import type { KeyEdit, KmsParts } from './kms-parts.ts';
import { replacedVersion } from './replaced-version.ts';
import { closedVersion, endedVersion, isRetiring } from './version-retirement.ts';

/** What became of versions that are to end, each as `<key id>/<version>`. */
export interface RetiredVersions {
  readonly closed: readonly string[];
  readonly retired: readonly string[];
  readonly stillInUse: readonly string[];
}

type Step = 'CloseKeyVersion' | 'DeleteKeyVersion';

/** The next step on the way of a version to its end, if it is due by this time. */
function dueStep(
  snapshot: ControlSnapshot,
  version: KeyVersionRecord,
  time: bigint,
): Step | undefined {
  const { state, retireAt, deletionAt } = version;
  // a backup that brings it back is undone, whatever its row says
  if (state !== 'DESTROYED' && isRetired(snapshot, version)) return 'DeleteKeyVersion';
  if (!isRetiring(version) || deletionAt === null || state === 'PRIMARY') return undefined;
  if (retireAt !== null) return retireAt <= time ? 'CloseKeyVersion' : undefined;
  return deletionAt <= time ? 'DeleteKeyVersion' : undefined;
}

/**
 * Takes versions that are to end one step further, each only while nothing is under it. Throws what the
 * first failed with; the others were taken all the same.
 */
export function createRetireDue(
  parts: Pick<KmsParts, 'control' | 'rows' | 'time' | 'versionsInUse'>,
  principal: string,
): (time: bigint) => Promise<RetiredVersions> {
  const { control, time: agreed, versionsInUse } = parts;

  function due(snapshot: ControlSnapshot, time: bigint) {
    // a key that a tombstone names ends as a whole
    const keys = [...snapshot.keys.values()].filter((key) => !isDestroyed(snapshot, key));
    const versions = keys.flatMap(({ versions }) => [...versions.values()]);
    return versions.flatMap((version) => {
      const step = dueStep(snapshot, version, time);
      return step === undefined ? [] : [{ version, step }];
    });
  }

  function stepEdit(
    snapshot: ControlSnapshot,
    {
      key,
      version,
      step,
      begin,
    }: {
      readonly key: KeyRecord;
      readonly version: KeyVersionRecord;
      readonly step: Step;
      readonly begin: bigint;
    },
  ): { readonly edit: KeyEdit; readonly successor?: number } {
    if (step === 'CloseKeyVersion') return { edit: closedVersion(parts, version, begin) };
    if (version.state !== 'PRIMARY') return { edit: endedVersion(parts, version) };
    return replacedVersion(parts, snapshot, { key, version, time: begin });
  }

  /** @returns whether it was this call that did it */
  async function take(
    { keyId, version: number }: KeyVersionRecord,
    step: Step,
    time: bigint,
  ): Promise<boolean> {
    const begin = await agreed.latest();
    let done = false;
    await control.change((snapshot) => {
      done = false;
      // called off meanwhile, or done by somebody else
      const key = snapshot.keys.get(keyId);
      const version = key?.versions.get(number);
      if (key === undefined || version === undefined) return null;
      if (dueStep(snapshot, version, time) !== step) return null;
      const { edit, ...successor } = stepEdit(snapshot, { key, version, step, begin });
      if (edit === null) return null;
      done = true;
      const facts = { principal, action: step, readOnly: false, keyId };
      return { ...edit, audit: [{ ...facts, details: { version: number, ...successor } }] };
    });
    return done;
  }

  return async (time) => {
    const closed: string[] = [];
    const retired: string[] = [];
    const stillInUse: string[] = [];
    await everyOne(due(control.snapshot(), time), async ({ version, step }) => {
      const { keyId, version: number } = version;
      const name = `${keyId}/${number}`;
      const isGone = isRetired(control.snapshot(), version);
      if (!isGone && (await versionsInUse.reason(keyId, number)) !== undefined) {
        stillInUse.push(name);
      } else if (await take(version, step, time)) {
        (step === 'CloseKeyVersion' ? closed : retired).push(name);
      }
    });
    return { closed, retired, stillInUse };
  };
}
