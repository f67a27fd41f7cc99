const userInUrl = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@:]+(?::[^\s/@]*)?@/gi;
const authorization = /\b(authorization:\s*)(basic|bearer)\s+[^\s"']+/gi;
const secretParameter = /([?&](?:token|access_token|password|secret|signature|x-amz-signature)=)[^&\s"']+/gi;

/** Replaces passwords in addresses, authorization headers and token parameters by `***`. */
export function redactSecrets(text: string): string {
  return text.replace(userInUrl, '$1***@').replace(authorization, '$1$2 ***').replace(secretParameter, '$1***');
}
