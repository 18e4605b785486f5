import type { KmsParts } from './kms/kms-parts.ts';
import { checkMembers } from './kms/request.ts';
import { type RootKeyRotation, rotationProgress } from './root-rotation.ts';
import type { RotateRootKeyRequest } from './root-rotation-steps.ts';

/** Begins the rotation of the root key. */
export type RotateRootKey = (request?: RotateRootKeyRequest) => Promise<RootKeyRotation>;

export function createRotateRootKey({ parts }: { readonly parts: KmsParts }): RotateRootKey {
  const { control, rootRotation } = parts;

  return async (request = {}) => {
    checkMembers(request, ['leaveOut']);
    await control.poll();
    const before = control.snapshot();
    rootRotation.check(before, request, false);
    const slots = await rootRotation.newSlots(before, request);
    await control.change((snapshot) =>
      rootRotation.publish(snapshot, { request, slots, approved: false }),
    );
    return rotationProgress(parts, control.snapshot());
  };
}
