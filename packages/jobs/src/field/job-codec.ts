import { createFieldCodec, type FieldCodec, type FieldCodecOptions } from '@fieldseal/core';

/** What a job is given of the codec of an application. */
type JobCodecOptions = Pick<
  FieldCodecOptions,
  'keyring' | 'manifest' | 'normalizers' | 'partFunctions' | 'legacy'
>;

/** The codec of a job: the rows say of whom they are, and nothing around the job does. */
export function jobCodec(options: JobCodecOptions): FieldCodec {
  const { keyring, manifest, normalizers, partFunctions, legacy } = options;
  return createFieldCodec({
    keyring,
    manifest,
    ambientScope: () => ({}),
    ...(normalizers === undefined ? {} : { normalizers }),
    ...(partFunctions === undefined ? {} : { partFunctions }),
    ...(legacy === undefined ? {} : { legacy }),
  });
}
