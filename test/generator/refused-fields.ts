import type { Refusal } from './refusal.ts';

/** Fields that cannot be sealed as they are. */
export const REFUSED_FIELDS: readonly Refusal[] = [
  {
    name: 'an Int column',
    schema: `
model B7 {
  id String @id
  # score Int? /// @encrypted
}`,
    says: [
      'B7.score: a cell needs a String or Bytes column, and this is Int?',
      'score String? /// @encrypted(type: int)',
    ],
  },
  {
    name: 'a list',
    schema: `
model B8 {
  id String @id
  # names String[] /// @encrypted
}`,
    says: [
      'B8.names: a list cannot be sealed; seal it as one JSON value',
      'names String /// @encrypted(type: json)',
    ],
  },
  {
    name: 'an enum',
    schema: `
enum Colour {
  RED
}
model B9 {
  id String @id
  # colour Colour /// @encrypted
}`,
    says: [
      'B9.colour: an enum column takes only its own values; seal the text of it',
      'colour String /// @encrypted',
    ],
  },
  {
    name: 'a relation field',
    schema: `
model C1 {
  id String @id
  parentId String?
  # parent C1? @relation("r", fields: [parentId], references: [id]) /// @encrypted
  children C1[] @relation("r")
}`,
    says: ['C1.parent: a relation cannot be sealed; seal fields of the other model'],
  },
  {
    name: 'a foreign key',
    schema: `
model C2 {
  id String @id
  # parentId String? /// @encrypted
  parent C2? @relation("r2", fields: [parentId], references: [id])
  children C2[] @relation("r2")
}`,
    says: ['C2.parentId: a field of a relation cannot be sealed: the database compares its values'],
  },
  {
    name: 'a primary key',
    schema: `
model C3 {
  # id String @id /// @encrypted(bind: field)
}`,
    says: ['C3.id: a primary key cannot be sealed: every write gives another cell'],
  },
  {
    name: '@unique on the field',
    schema: `
model C4 {
  id String @id
  # pan String? @unique /// @encrypted
}`,
    says: [
      'C4.pan: no two cells are equal, so @unique on a sealed field finds nothing; move it to a token column',
      'pan String? /// @encrypted',
      'panToken Bytes? @unique /// @token(pan)',
    ],
  },
  {
    name: '@@index over the field',
    schema: `
model C5 {
  id String @id
  pan String /// @encrypted
  # @@index([pan])
}`,
    says: [
      'C5.pan: @@index over cells finds nothing; put the token column into it',
      'panToken Bytes /// @token(pan)',
      '@@index([panToken])',
    ],
  },
  {
    name: '@@unique over the field with a token column at hand',
    schema: `
model C6 {
  id String @id
  tenant String
  pan String /// @encrypted
  panToken Bytes @unique /// @token(pan)
  # @@unique([tenant, pan])
}`,
    says: [
      'C6.pan: @@unique over cells finds nothing; put the token column into it',
      '@@unique([tenant, panToken])',
    ],
  },
  {
    name: '@default',
    schema: `
model C7 {
  id String @id
  # pan String @default("none (yet)") /// @encrypted
}`,
    says: ['C7.pan: @default would store plaintext; remove it', 'pan String /// @encrypted'],
  },
  {
    name: 'a native type that is too short',
    schema: `
model C8 {
  id String @id
  # pan String @db.VarChar(12) /// @encrypted
}`,
    says: [
      'C8.pan: @db.VarChar(12) is too short: a cell needs at least 168 characters; write',
      'pan String @db.Text',
    ],
  },
  {
    name: 'a native type of fixed width',
    schema: `
model C9 {
  id String @id
  # pan String @db.Char(255) /// @encrypted
}`,
    says: ['C9.pan: @db.Char does not hold cells; write', 'pan String @db.Text'],
  },
  {
    name: 'bind: row with a key from the database',
    schema: `
model D1 {
  id Int @id @default(autoincrement())
  # pan String /// @encrypted(bind: row)
}`,
    says: [
      'D1.pan: bind: row cannot hold, because "id" gets its value from the database, after the cell is sealed; write',
      '/// @encrypted(bind: field)',
    ],
  },
  {
    name: 'a scope that is no field',
    schema: `
model D2 {
  id String @id
  tenantId String
  # pan String /// @encrypted(scope: tenantid)
}`,
    says: ['D2.pan: scope: tenantid is not a field of D2 (did you mean "tenantId"?)'],
  },
  {
    name: 'a scope that may be absent',
    schema: `
model D3 {
  id String @id
  tenantId String?
  # pan String /// @encrypted(scope: tenantId)
}`,
    says: ['D3.pan: scope: tenantId must not be optional: data without an owner cannot be sealed'],
  },
  {
    name: 'a normaliser without token column',
    schema: `
model D4 {
  id String @id
  # pan String? /// @encrypted(normalize: digits)
}`,
    says: [
      'D4.pan: normalize shapes tokens, and the field has no token column; add one or remove "normalize"',
      'panToken Bytes? /// @token(pan)',
      '@@index([panToken])',
    ],
  },
  {
    name: 'a normaliser that is not there',
    schema: `
model F5 {
  id String @id
  # pan String /// @encrypted(normalize: trim+digit)
  panToken Bytes @unique /// @token(pan)
}`,
    says: [
      'F5.pan: there is no normaliser "digit"; there are raw, trim, collapse_ws, nfc, nfkc_cf, name, upper, pan, digits, email, and one of your own is written with its version, such as plate@1',
    ],
  },
  {
    name: 'a normaliser of what is not a string',
    schema: `
model F6 {
  id String @id
  # day String /// @encrypted(type: timestamp, normalize: trim)
  dayToken Bytes @unique /// @token(day)
}`,
    says: ['F6.day: only strings can have a normaliser; remove "normalize"'],
  },
  {
    name: 'a scope that is sealed',
    schema: `
model G2 {
  id String @id
  tenant String /// @encrypted
  # pan String /// @encrypted(scope: tenant)
}`,
    says: ['G2.pan: scope: tenant is sealed itself, so it cannot say whose the data is'],
  },
  {
    name: 'a scope that is a date',
    schema: `
model G3 {
  id String @id
  since DateTime
  # pan String /// @encrypted(subject: since)
}`,
    says: ['G3.pan: subject: since must be a String, Int or BigInt column'],
  },
  {
    name: 'two fields with one id',
    schema: `
model E6 {
  id String @id
  pan String /// @encrypted(id: "one")
  # name String /// @encrypted(id: "one")
}`,
    says: ['E6.name: the id "one" belongs to E6.pan; give another one with "id"'],
  },
  {
    name: 'a table name that cannot be in an id',
    schema: `
model F3 {
  id String @id
  # pan String /// @encrypted
  @@map("my table")
}`,
    says: [
      'F3.pan: "my table.pan" cannot be a field id; give one that never changes',
      '/// @encrypted(id: "my_table.pan")',
    ],
  },
];
