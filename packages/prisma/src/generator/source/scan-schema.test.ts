import { describe, expect, it } from 'vitest';
import { scanSchema } from './scan-schema.ts';

const SCHEMA = `generator client {
  provider = "prisma-client"
}

/// About the model.
model Customer { // open
  id   String @id
  /// First line.
  /// Second line.
  name String @default("a // b /* c") /// Behind it.

  /// Lost.

  // Note.
  city String // plain
  /*
   * @encrypted
   */
  @@map("customers") /// Behind the attribute.
  /// Before the end.
}
`;

describe('scanSchema', () => {
  const { blocks, strays } = scanSchema([{ path: 'a.prisma', text: SCHEMA }]);
  const model = blocks[1];

  it('finds blocks with the lines of both ends', () => {
    expect(blocks.map(({ kind, name, line, endLine }) => [kind, name, line, endLine])).toEqual([
      ['generator', 'client', 1, 3],
      ['model', 'Customer', 6, 21],
    ]);
  });

  it('gives a field its code without comments, and strings are no comments', () => {
    expect(model?.statements.map(({ name, text, line }) => [name, text, line])).toEqual([
      ['id', 'id   String @id', 7],
      ['name', 'name String @default("a // b /* c")', 10],
      ['city', 'city String', 15],
      ['@@map', '@@map("customers")', 19],
    ]);
  });

  it('gives a field the documentation directly above it and behind it', () => {
    const name = model?.statements[1];
    expect(name?.leading.map(({ text, line }) => [text, line])).toEqual([
      [' First line.', 8],
      [' Second line.', 9],
    ]);
    expect(name?.trailing.map(({ text }) => text)).toEqual([' Behind it.']);
    expect(model?.leading.map(({ text }) => text)).toEqual([' About the model.']);
  });

  it('keeps what belongs to nothing apart', () => {
    expect(strays.map(({ text, line, isDoc }) => [text.trim(), line, isDoc])).toEqual([
      ['open', 6, false],
      ['Lost.', 12, true],
      ['Note.', 14, false],
      ['plain', 15, false],
      ['', 16, false],
      ['* @encrypted', 17, false],
      ['*/', 18, false],
      ['Before the end.', 20, true],
    ]);
  });

  it('reads a statement behind the brace', () => {
    const text = 'enum Colour { RED @map("r") /// Behind it.\n GREEN\n}\n';
    const scanned = scanSchema([{ path: 'a.prisma', text }]);
    expect(scanned.blocks[0]?.statements.map(({ name, line }) => [name, line])).toEqual([
      ['RED', 1],
      ['GREEN', 2],
    ]);
    expect(scanned.blocks[0]?.statements[0]?.trailing).toHaveLength(1);
    expect(scanned.strays).toEqual([]);
  });

  it('reads files with carriage returns', () => {
    const scanned = scanSchema([{ path: 'a.prisma', text: SCHEMA.replaceAll('\n', '\r\n') }]);
    expect(scanned.blocks).toEqual(blocks);
  });
});
