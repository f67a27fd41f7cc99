import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CredentialEnvironment } from '../auth/credentials.ts';
import { WebProblem } from '../web/web-problem.ts';

/** What S3-compatible storage knows a user by. */
export interface AwsCredentials {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

/** Finds credentials where every S3 client looks for them: `AWS_ACCESS_KEY_ID` with `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, else the profile `AWS_PROFILE` (`default`) of the file
 * `AWS_SHARED_CREDENTIALS_FILE` (`~/.aws/credentials`). Undefined for who has none, and reads what all may read.
 * @throws WebProblem when a profile that was asked for is not there */
export async function findAwsCredentials(environment: CredentialEnvironment): Promise<AwsCredentials | undefined> {
  const { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey, AWS_SESSION_TOKEN: token } = environment;
  if (accessKey && secretKey) return { accessKey, secretKey, ...(token ? { sessionToken: token } : {}) };
  const path = environment.AWS_SHARED_CREDENTIALS_FILE ?? join(environment.HOME ?? homedir(), '.aws', 'credentials');
  const profile = environment.AWS_PROFILE ?? 'default';
  const values = parseProfiles(await readFile(path, 'utf8').catch(() => '')).get(profile);
  const [key, secret] = [values?.get('aws_access_key_id'), values?.get('aws_secret_access_key')];
  if (key && secret) {
    const sessionToken = values?.get('aws_session_token');
    return { accessKey: key, secretKey: secret, ...(sessionToken ? { sessionToken } : {}) };
  }
  if (environment.AWS_PROFILE === undefined) return undefined;
  throw new WebProblem('denied', `there are no credentials for the profile "${profile}"`);
}

/** The profiles of a credentials file: names in brackets, then `key = value`. */
function parseProfiles(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const profiles = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const name = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/.exec(line)?.[1];
    const pair = /^\s*([a-z_]+)\s*=\s*(\S*)\s*$/i.exec(line);
    if (name !== undefined) {
      current = new Map();
      profiles.set(name, current);
    } else if (pair !== null) current?.set(pair[1]!.toLowerCase(), pair[2]!);
  }
  return profiles;
}
