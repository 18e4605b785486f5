import type { Refusal } from './refusal.ts';

/** Annotations that cannot be read, or stand where they mean nothing. */
export const REFUSED_ANNOTATIONS: readonly Refusal[] = [
  {
    name: 'a misspelt annotation above the field',
    schema: `
model A1 {
  id String @id
  # /// @encryted
  pan String
}`,
    says: [
      'A1.pan: "@encryted" is not an annotation and would seal nothing; write',
      '/// @encrypted',
    ],
  },
  {
    name: 'a misspelt annotation behind the field',
    schema: `
model A2 {
  id String @id
  # pan String /// @Encrypted
}`,
    says: [
      'A2.pan: "@Encrypted" is not an annotation and would seal nothing; write',
      '/// @encrypted',
    ],
  },
  {
    name: 'another word for the annotation',
    schema: `
model A3 {
  id String @id
  # pan String /// @sealed
}`,
    says: [
      'A3.pan: "@sealed" is not an annotation and would seal nothing; write',
      '/// @encrypted',
    ],
  },
  {
    name: 'a misspelt token',
    schema: `
model A4 {
  id String @id
  # panToken Bytes /// @tokn(pan)
}`,
    says: [
      'A4.panToken: "@tokn" is not an annotation and would seal nothing; write',
      '/// @token(pan)',
    ],
  },
  {
    name: 'an annotation without its sign',
    schema: `
model A5 {
  id String @id
  # pan String /// encrypted(type: date)
}`,
    says: ['A5.pan: "encrypted" lacks the "@" of an annotation; write', '/// @encrypted'],
  },
  {
    name: 'an annotation in a comment of two slashes',
    schema: `
model A6 {
  id String @id
  # pan String // @encrypted(type: date)
}`,
    says: [
      'A comment: an annotation needs three slashes, with fewer it seals nothing; write',
      '/// @encrypted(type: date)',
    ],
  },
  {
    name: 'an annotation that a gap parts from its field',
    schema: `
model A7 {
  id String @id
  # /// @encrypted

  pan String
}`,
    says: ['A comment: @encrypted belongs to no field; put it directly above a field or behind it'],
  },
  {
    name: 'an annotation above a field that is commented out',
    schema: `
model A8 {
  id String @id
  # /// @encrypted
  // pan String
  name String
}`,
    says: ['A comment: @encrypted belongs to no field; put it directly above a field or behind it'],
  },
  {
    name: 'an older library: mode',
    schema: `
model A9 {
  id String @id
  # pan String /// @encrypted?mode=strict
}`,
    says: [
      'A9.pan: "@encrypted?mode=strict" is an annotation of another library; write',
      '/// @encrypted',
    ],
  },
  {
    name: 'an older library: hash',
    schema: `
model B1 {
  id String @id
  # panHash String /// @encryption:hash(pan)
}`,
    says: [
      'B1.panHash: "@encryption:hash(pan)" is an annotation of another library; write',
      '/// @token(pan)',
    ],
  },
  {
    name: 'an unknown option',
    schema: `
model B2 {
  id String @id
  # pan String /// @encrypted(typ: date)
}`,
    says: [
      'B2.pan: @encrypted has no option "typ" (did you mean "type"?); the options are type, key, scope, subject, bind, suite, normalize, pad, id, phase, from, required',
    ],
  },
  {
    name: 'an unknown type',
    schema: `
model B3 {
  id String @id
  # pan String /// @encrypted(type: text)
}`,
    says: [
      'B3.pan: @encrypted option "type" must be: string, bytes, int, bigint, decimal, double, boolean, date, timestamp, json',
    ],
  },
  {
    name: 'arguments that are not closed',
    schema: `
model B4 {
  id String @id
  # pan String /// @encrypted(type: date
}`,
    says: ['B4.pan: "@encrypted(" cannot be read: expected "," or ")"'],
  },
  {
    name: 'a line further down in an annotation of several lines',
    schema: `
model B5 {
  id String @id
  /// @encrypted(
  ///   type: date,
  # ///   suite: 9
  /// )
  pan String
}`,
    says: ['B5.pan: @encrypted option "suite" must be: 1 or 2'],
  },
  {
    name: 'a key that is no alias',
    schema: `
model B6 {
  id String @id
  # pan String /// @encrypted(key: "kyc")
}`,
    says: [
      'B6.pan: @encrypted option "key" must be: a key alias in quotes, such as "alias/kyc" (letters, digits, "/", "_" and "-")',
    ],
  },
  {
    name: 'defaults on a model without sealed fields',
    schema: `
# /// @encrypted(scope: tenantId)
model E7 {
  id String @id
  tenantId String
}`,
    says: [
      'E7: @encrypted on a model only sets defaults, and none of its fields is sealed; mark them with',
      '/// @encrypted',
    ],
  },
  {
    name: 'an annotation on a value of an enum',
    schema: `
enum E8 {
  # RED /// @encrypted
}`,
    says: ['E8: @encrypted stands in a block "enum", and nothing there can be sealed'],
  },
  {
    name: 'a field that Prisma ignores',
    schema: `
model E9 {
  id String @id
  # pan String @ignore /// @encrypted
}`,
    says: ['E9.pan: @encrypted has no effect here: Prisma ignores this field'],
  },
  {
    name: 'a second annotation on one field',
    schema: `
model F4 {
  id String @id
  /// @encrypted
  # pan String /// @encrypted(type: date)
}`,
    says: ['F4.pan: a field has one annotation, and this is another'],
  },
];
