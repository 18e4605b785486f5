import { randomInt, randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import type { Application } from './application.ts';
import type { OrmDriver } from './orm-driver.ts';

/** Who writes and who reads in a run of the cases, on the tables that both have. */
export interface Subject {
  readonly application: Application;
  readonly writer: OrmDriver;
  readonly reader: OrmDriver;
}

/** The cases take it when they run: the application is not open before. */
export type GetSubject = () => Subject;

/** In the middle of every number that the cases have sealed, and nowhere else on the server. */
const NUMBER_MARK = '83604192750';
/** At the start of every text. */
const TEXT_MARK = 'Vermilion quokka';

/** What the hunt looks for: one of these is in every value that `secret...` gives. */
export const SECRET_MARKS: readonly string[] = [NUMBER_MARK, TEXT_MARK];

/** A number that no other row has. */
export function secretNumber(first6 = '497351', last4 = String(randomInt(1000, 10_000))): string {
  return `${first6}${NUMBER_MARK}${String(randomInt(1e9, 1e10))}${last4}`;
}

/** A text that no other row has. */
export function secretText(): string {
  return `${TEXT_MARK} ${randomUUID()}`;
}

/** A refusal of ours, by its code. */
export async function expectRefusal(work: Promise<unknown>, code: string): Promise<void> {
  await expect(work).rejects.toMatchObject({ name: 'FieldsealError', code });
}
