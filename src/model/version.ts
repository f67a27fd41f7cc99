/** A version as its recipe writes it: `3.1.2`, `develop`, `2.0-rc1`. */
export type Version = string & { readonly __brand: 'Version' };
