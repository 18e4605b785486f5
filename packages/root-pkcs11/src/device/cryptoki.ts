/** Handles of slots, sessions and objects. */
export type Handle = Buffer;

export interface Mechanism {
  readonly mechanism: number;
  readonly parameter: Buffer | Readonly<Record<string, unknown>> | null;
}

export interface Attribute {
  readonly type: number;
  readonly value?: number | boolean | string | Buffer;
}

/** The part of `pkcs11js` that is used. Every call throws a `CKR_...` with its number as `code`. */
export interface Cryptoki {
  load(path: string): void;
  C_Initialize(options?: { readonly flags: number; readonly libraryParameters?: string }): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): {
    readonly label: string;
    readonly serialNumber: string;
    readonly flags: number;
  };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: readonly Attribute[]): void;
  C_FindObjects(session: Handle, most: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(
    session: Handle,
    object: Handle,
    template: readonly Attribute[],
  ): { readonly value: Buffer }[];
  C_CreateObject(session: Handle, template: readonly Attribute[]): Handle;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_EncryptAsync(session: Handle, input: Buffer, output: Buffer): Promise<Buffer>;
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_DecryptAsync(session: Handle, input: Buffer, output: Buffer): Promise<Buffer>;
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_SignAsync(session: Handle, input: Buffer, output: Buffer): Promise<Buffer>;
  C_WrapKeyAsync(
    session: Handle,
    mechanism: Mechanism,
    wrappingKey: Handle,
    key: Handle,
    output: Buffer,
  ): Promise<Buffer>;
  C_UnwrapKeyAsync(
    session: Handle,
    mechanism: Mechanism,
    unwrappingKey: Handle,
    wrapped: Buffer,
    template: readonly Attribute[],
  ): Promise<Handle>;
}

/** Forms in which `pkcs11js` takes parameters; its own numbers, not those of PKCS#11. */
export interface ParameterForms {
  /** `CK_PARAMS_AES_GCM` is another one and leaves the length of the vector undefined. */
  readonly CK_PARAMS_GCM: number;
  readonly CK_PARAMS_RSA_OAEP: number;
}
