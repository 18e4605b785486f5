/** The root key as it is kept in memory: what unwraps with it, and how it is named in wraps. */
export interface RootKey {
  readonly generation: number;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
}
