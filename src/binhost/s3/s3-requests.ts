import { S3Client, S3Errors } from '@bradenmacdonald/s3-lite-client';
import type { CredentialEnvironment } from '../auth/credentials.ts';
import type { BinhostLocation } from '../parse-location.ts';
import { type RetryContext, withRetries } from '../web/patience.ts';
import { createWatchdog } from '../web/watchdog.ts';
import { WebProblem } from '../web/web-problem.ts';
import { findAwsCredentials } from './aws-credentials.ts';

/** A bucket's location. */
export type S3Location = Extract<BinhostLocation, { kind: 's3' }>;

/** Requests to one bucket. */
export interface S3Requests {
  readonly client: () => Promise<S3Client>;
  /** Makes a request as often as it takes. `extraSeconds` are those that its body needs.
   * @throws BINHOST_DENIED, BINHOST_UNAVAILABLE */
  readonly send: <Result>(work: (client: S3Client) => Promise<Result>, extraSeconds?: number) => Promise<Result>;
}

/** Makes the client of a bucket; credentials are looked for when it is first used. */
export function openS3Requests(
  location: S3Location,
  environment: CredentialEnvironment,
  context: RetryContext,
): S3Requests {
  let made: Promise<S3Client> | undefined;
  const make = async () => {
    const credentials = await findAwsCredentials(environment);
    const { endpoint, region, bucket, pathStyle } = location;
    const endPoint = endpoint.href.replace(/\/$/, '');
    return new S3Client({ endPoint, region, bucket, pathStyle, ...credentials });
  };
  const client = () => (made ??= make());
  return {
    client,
    send: (work, extraSeconds = 0) =>
      withRetries(context, async () => {
        const watchdog = createWatchdog(context.patience.stallSeconds, context.signal);
        try {
          return await watchdog.wait(untilAborted(work(await client()), watchdog.signal), extraSeconds);
        } catch (error) {
          throw error instanceof S3Errors.ServerError ? problemOfServerError(error) : error;
        }
      }),
  };
}

/** The client cannot be told to stop, but it need not be waited for. */
async function untilAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', stop);
    work.catch(() => {});
  }
}

/** What is worth trying again although the status says that it is the client's fault. */
const passingCodes = ['BadDigest', 'IncompleteBody', 'RequestTimeout', 'SlowDown', 'XAmzContentSHA256Mismatch'];

/** Says what an error of the server means. */
function problemOfServerError(error: S3Errors.ServerError): WebProblem {
  const { statusCode: status, code, message } = error;
  const reason =
    code === 'UnrecognizedError' ? `it answers ${status}` : `it answers ${status}: ${code}, ${message.slice(0, 200)}`;
  const isPassing = passingCodes.includes(code) || status === 429 || (status >= 500 && status !== 501);
  if (isPassing) return new WebProblem('passing', reason, { status });
  return new WebProblem(status === 401 || status === 403 ? 'denied' : 'final', reason, { status });
}

/** True for an error that says that there is no such object. */
export function isAbsent(error: unknown): boolean {
  return error instanceof S3Errors.ServerError && error.statusCode === 404 && error.code !== 'NoSuchBucket';
}

/** True for an error that says that a condition does not hold. */
export function isConditionError(error: unknown): boolean {
  return error instanceof S3Errors.ServerError && (error.statusCode === 412 || error.statusCode === 409);
}

/** True for an error that says that the server knows no conditions. */
export function isUnknownCondition(error: unknown): boolean {
  return error instanceof S3Errors.ServerError && (error.statusCode === 501 || error.code === 'NotImplemented');
}
