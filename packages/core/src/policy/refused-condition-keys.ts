const NO_ACCOUNTS = 'is about AWS accounts, which this service does not have';
const NO_NETWORK = 'is about the network of a call: a library has none';
const NO_SIGN_IN = 'is about how somebody signed in to AWS; the application signs its users in';

/** Condition keys of AWS that a document may bring along, and why they are refused. */
export const REFUSED_CONDITION_KEYS: ReadonlyMap<string, string> = new Map([
  ['calleraccount', NO_ACCOUNTS],
  ['principalaccount', NO_ACCOUNTS],
  ['principalarn', `${NO_ACCOUNTS}; name principals in Principal`],
  ['principalorgid', NO_ACCOUNTS],
  ['principalorgpaths', NO_ACCOUNTS],
  ['resourceaccount', NO_ACCOUNTS],
  ['resourceorgid', NO_ACCOUNTS],
  ['sourceaccount', NO_ACCOUNTS],
  ['sourcearn', NO_ACCOUNTS],
  ['sourceorgid', NO_ACCOUNTS],
  ['requestedregion', 'is about AWS regions, which this service does not have'],
  ['multiregion', 'is about AWS regions, which this service does not have'],
  ['multiregionkeytype', 'is about AWS regions, which this service does not have'],
  ['sourceip', NO_NETWORK],
  ['vpcsourceip', NO_NETWORK],
  ['sourcevpc', NO_NETWORK],
  ['sourcevpce', NO_NETWORK],
  ['securetransport', NO_NETWORK],
  ['useragent', NO_NETWORK],
  ['multifactorauthpresent', NO_SIGN_IN],
  ['multifactorauthage', NO_SIGN_IN],
  ['tokenissuetime', NO_SIGN_IN],
  ['userid', `${NO_SIGN_IN}; use "fieldseal:PrincipalId"`],
  ['username', `${NO_SIGN_IN}; use "fieldseal:PrincipalId"`],
  ['grantisforawsresource', 'is about services of AWS'],
]);
