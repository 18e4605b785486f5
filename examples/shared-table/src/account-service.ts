export interface Account {
  readonly id: string;
  readonly holder: string;
  readonly number: string;
}

/** What each of the two services does with the table. */
export interface AccountService {
  open(holder: string, number: string): Promise<Account>;
  find(number: string): Promise<Account | null>;
  close(): Promise<void>;
}
