/** Rights that decide about jobs and about nothing else. */
export type JobRight = 'StartReEncrypt' | 'CountLiveCells';
