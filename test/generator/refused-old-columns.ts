import type { Refusal } from './refusal.ts';

/** Old columns that values cannot move out of. */
export const REFUSED_OLD_COLUMNS: readonly Refusal[] = [
  {
    name: 'an old column without a phase',
    schema: `
model O1 {
  id String @id
  # dob String? /// @encrypted(type: date, from: dobPlain)
  dobPlain DateTime? @db.Date
}`,
    says: ['O1.dob: from names the old column of a field that is moving, so it needs a phase'],
  },
  {
    name: 'an old column that is not there',
    schema: `
model O2 {
  id String @id
  # dob String? /// @encrypted(type: date, phase: plain, from: dobPlain)
}`,
    says: ['O2.dob: from: dobPlain is not a field of O2'],
  },
  {
    name: 'a field that cannot be NULL beside its old column',
    schema: `
model O3 {
  id String @id
  # dob String /// @encrypted(type: date, phase: plain, from: dobPlain)
  dobPlain DateTime? @db.Date
}`,
    says: [
      'O3.dob: it is NULL where the old column has the value; say required: true, and write',
      'dob String?',
    ],
  },
  {
    name: 'an old column that cannot be NULL',
    schema: `
model O4 {
  id String @id
  # visits String? /// @encrypted(type: int, phase: plain, from: visitsPlain)
  visitsPlain Int @map("old_visits")
}`,
    says: [
      'O4.visits: from: visitsPlain is NULL once the value is sealed; write',
      'visitsPlain Int? @map("old_visits")',
    ],
  },
  {
    name: 'an old column of another type than the value',
    schema: `
model O5 {
  id String @id
  # dob String? /// @encrypted(type: date, phase: plain, from: dobPlain)
  dobPlain DateTime?
}`,
    says: ['O5.dob: from: dobPlain is timestamp, and values of type date are in date'],
  },
  {
    name: 'an old column of a type that changes values',
    schema: `
model O6 {
  id String @id
  # ratio String? /// @encrypted(type: double, phase: plain, from: ratioPlain)
  ratioPlain Float? @db.Real
}`,
    says: ['O6.ratio: from: ratioPlain is Real, and values of type double are in float8'],
  },
  {
    name: 'an old column with a default',
    schema: `
model O7 {
  id String @id
  # active String? /// @encrypted(type: boolean, phase: plain, from: activePlain)
  activePlain Boolean? @default(true)
}`,
    says: [
      'O7.active: from: activePlain would be filled by its default, beside the cell; write',
      'activePlain Boolean?',
    ],
  },
  {
    name: 'an old column that is sealed',
    schema: `
model O8 {
  id String @id
  # pan String? /// @encrypted(phase: plain, from: other)
  other String? /// @encrypted
}`,
    says: ['O8.pan: from: other is sealed itself, or holds tokens'],
  },
  {
    name: 'required without an old column',
    schema: `
model P1 {
  id String @id
  # pan String? /// @encrypted(required: true)
}`,
    says: ['P1.pan: required goes with from; elsewhere the type of the field says it'],
  },
  {
    name: 'an old column in a relation',
    schema: `
model P2 {
  id String @id
  # ref String? /// @encrypted(phase: plain, from: parentId)
  parentId String?
  parent P2? @relation("p2", fields: [parentId], references: [id])
  children P2[] @relation("p2")
}`,
    says: ['P2.ref: from: parentId is part of a key or relation, which cannot be emptied'],
  },
];
