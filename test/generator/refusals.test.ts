import { beforeAll, describe, expect, test } from 'vitest';
import { type GeneratorRun, HEAD, runGenerator, writeProject } from './run-generator.ts';

interface Refusal {
  readonly name: string;
  /** One block; `#` marks the line that the message names. */
  readonly schema: string;
  /** The message behind `file:line: `, and below it the lines to paste. */
  readonly says: readonly string[];
}

const REFUSALS: readonly Refusal[] = [
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
      'A4.panToken: "@tokn(pan)" is not an annotation and would seal nothing; write',
      '/// @token(field)',
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
      'B2.pan: @encrypted has no option "typ" (did you mean "type"?); the options are type, key, scope, subject, bind, suite, normalize, pad, id',
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
      'C8.pan: @db.VarChar(12) is too short: a cell needs at least 175 characters; write',
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
      '/// @encrypted(id: "table.column")',
    ],
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

describe('prisma generate with one schema of many mistakes', () => {
  const lines = HEAD.split('\n').slice(0, -1);
  const lineOf = new Map<string, number>();
  for (const { name, schema } of REFUSALS) {
    for (const line of schema.trim().split('\n')) {
      const isMarked = /^\s*# /.test(line);
      lines.push(line.replace(/# /, isMarked ? '' : '# '));
      if (isMarked) lineOf.set(name, lines.length);
    }
  }

  let run: GeneratorRun;
  beforeAll(async () => {
    run = await runGenerator(writeProject({ 'schema.prisma': `${lines.join('\n')}\n` }));
  }, 60_000);

  test.each(REFUSALS)('refuses $name', ({ name, says }) => {
    const [message, ...paste] = says;
    const expected = [
      `prisma/schema.prisma:${lineOf.get(name)}: ${message}`,
      ...paste.map((text) => `    ${text}`),
    ];
    expect(run.output).toContain(`${expected.join('\n')}\n`);
  });

  test('gives every problem once and fails', () => {
    const places = run.output.match(/^prisma\/schema\.prisma:\d+: /gm) ?? [];
    expect(places).toHaveLength(REFUSALS.length);
    expect(run.output).toContain(`Fieldseal found ${REFUSALS.length} problems in the schema`);
    expect(run.code).toBe(1);
  });
});
