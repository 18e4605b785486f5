import type { Refusal } from './refusal.ts';

/** Token columns that do not fit their field. */
export const REFUSED_TOKENS: readonly Refusal[] = [
  {
    name: 'equality beside both ends of a number',
    schema: `
model F7 {
  id String @id
  pan String /// @encrypted
  # panToken Bytes @unique /// @token(pan)
  panLast4 Bytes @unique /// @token(pan, last4, acceptLeakage: "x")
  panFirst6 Bytes @unique /// @token(pan, first6, acceptLeakage: "x")
}`,
    says: [
      'F7.panToken: with first6 and last4 a card number is one of about 100,000; accept that in writing',
      '/// @token(pan, acceptLeakage: "why this is acceptable")',
    ],
  },
  {
    name: 'a token as primary key',
    schema: `
model F8 {
  # panToken Bytes @id /// @token(pan)
  pan String /// @encrypted(bind: field)
}`,
    says: ['F8.panToken: a token cannot be the primary key: it changes with the index key'],
  },
  {
    name: 'a token with a default',
    schema: `
model F9 {
  id String @id
  pan String /// @encrypted
  # panToken Bytes @unique @default("") /// @token(pan)
}`,
    says: ['F9.panToken: a token has no @default; remove it'],
  },
  {
    name: 'a token of an unknown kind',
    schema: `
model G1 {
  id String @id
  pan String /// @encrypted
  # panToken Bytes @unique /// @token(pan, last5)
}`,
    says: [
      'G1.panToken: "last5" is not a kind of token; the kinds are equality, last4, first6, year and part: <function>',
    ],
  },
  {
    name: 'a token of a field that is not there',
    schema: `
model D5 {
  id String @id
  pan String /// @encrypted
  # panToken Bytes @unique /// @token(pna)
}`,
    says: ['D5.panToken: @token(pna) names no field of D5'],
  },
  {
    name: 'a token of a field that is not sealed',
    schema: `
model D6 {
  id String @id
  pan String
  # panToken Bytes @unique /// @token(pan)
}`,
    says: [
      'D6.panToken: @token(pan) needs a sealed field, and pan is not sealed; write above it',
      '/// @encrypted',
    ],
  },
  {
    name: 'a token column of a wrong type',
    schema: `
model D7 {
  id String @id
  pan String /// @encrypted
  # panToken String @unique /// @token(pan)
}`,
    says: [
      'D7.panToken: a token of this kind needs a Bytes column; write',
      'panToken Bytes @unique /// @token(pan)',
    ],
  },
  {
    name: 'a token column that is optional when its field is not',
    schema: `
model D8 {
  id String @id
  pan String /// @encrypted
  # panToken Bytes? @unique /// @token(pan)
}`,
    says: [
      'D8.panToken: a token is optional exactly when its field is, and pan is required; write',
      'panToken Bytes @unique /// @token(pan)',
    ],
  },
  {
    name: 'a token column without index',
    schema: `
model D9 {
  id String @id
  pan String /// @encrypted
  # panToken Bytes /// @token(pan)
}`,
    says: [
      'D9.panToken: no index serves it, so every lookup would read the whole table; add',
      '@@index([panToken])',
    ],
  },
  {
    name: 'a part without acceptLeakage',
    schema: `
model E1 {
  id String @id
  pan String /// @encrypted
  # panLast4 Bytes /// @token(pan, last4)
  @@index([panLast4])
}`,
    says: [
      'E1.panLast4: last4 has few values, so whoever reads the table sees which rows share one; accept that in writing',
      '/// @token(pan, last4, acceptLeakage: "why this is acceptable")',
    ],
  },
  {
    name: 'a part of another type',
    schema: `
model E2 {
  id String @id
  pan String /// @encrypted
  # panYear Bytes /// @token(pan, year, acceptLeakage: "x")
  @@index([panYear])
}`,
    says: ['E2.panYear: year is a part of date and timestamp values, and pan holds string'],
  },
  {
    name: 'a kind of a later version',
    schema: `
model E3 {
  id String @id
  pan String /// @encrypted
  # panPrefix Int[] /// @token(pan, prefix, 2..10)
}`,
    says: [
      'E3.panPrefix: tokens of kind "prefix" are not supported yet by this version, which has equality, last4, first6, year and part: <function>',
    ],
  },
  {
    name: 'a compound token',
    schema: `
model E4 {
  id String @id
  pan String /// @encrypted
  name String /// @encrypted
  # both Bytes /// @token([pan, name])
}`,
    says: ['E4.both: tokens over several fields are not supported yet by this version'],
  },
  {
    name: 'two tokens of one kind',
    schema: `
model E5 {
  id String @id
  pan String /// @encrypted
  panToken Bytes @unique /// @token(pan, equality)
  # panOther Bytes @unique /// @token(pan, acceptLeakage: "x", id: "e5.other")
}`,
    says: ['E5.panOther: pan has a token of kind equality already: panToken'],
  },
  {
    name: 'global without a scope',
    schema: `
model F1 {
  id String @id
  pan String /// @encrypted
  # panToken Bytes @unique /// @token(pan, global: "one register")
}`,
    says: [
      'F1.panToken: global has no meaning: the tokens of a field without scope are the same everywhere',
    ],
  },
  {
    name: 'a token of JSON',
    schema: `
model F2 {
  id String @id
  doc String /// @encrypted(type: json)
  # docToken Bytes @unique /// @token(doc)
}`,
    says: ['F2.docToken: JSON can be written in many ways, so it cannot have tokens'],
  },
];
