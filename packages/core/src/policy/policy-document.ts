/** One or several, as in documents of AWS. */
export type OneOrMore<T> = T | readonly T[];

/**
 * Who a statement is about: `"*"` is everybody; names with `*` and `?` are principals of this
 * service, such as `service/api` or `user/*`; `IdentityPolicies` hands the decision to the
 * policies of the principal, as `root` of an account does in AWS.
 */
export type PolicyPrincipal =
  | '*'
  | { readonly Fieldseal: OneOrMore<string> }
  | { readonly IdentityPolicies: '*' };

export type PolicyConditionValue = string | number | boolean;

export interface PolicyStatement {
  /** Unique in its document; decisions name the statement by it. */
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Required in key policies, refused in identity policies. */
  readonly Principal?: PolicyPrincipal;
  /** `fieldseal:Decrypt` or `kms:Decrypt`. */
  readonly Action?: OneOrMore<string>;
  /** With `Deny` only. */
  readonly NotAction?: OneOrMore<string>;
  /** `*`, `key/<id>` or `alias/<name>`. */
  readonly Resource?: OneOrMore<string>;
  /** With `Deny` only. */
  readonly NotResource?: OneOrMore<string>;
  readonly Condition?: {
    readonly [operator: string]: { readonly [key: string]: OneOrMore<PolicyConditionValue> };
  };
}

/** A policy in the form of AWS; `docs/policies.md` has its grammar. */
export interface PolicyDocument {
  readonly Version: '2012-10-17';
  readonly Id?: string;
  readonly Statement: OneOrMore<PolicyStatement>;
}
