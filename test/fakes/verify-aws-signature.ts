import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Whose signature a fake of S3 accepts, and for where. */
export interface AwsAccount {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly region: string;
}

const algorithm = 'AWS4-HMAC-SHA256';

/** Checks the signature of a request, in its header or in its address (AWS Signature Version 4); gives S3's code of what is wrong. */
export function findSignatureProblem(request: IncomingMessage, body: Buffer, account: AwsAccount): string | undefined {
  const url = new URL(request.url!, 'http://x');
  const signature = fromHeader(request) ?? fromQuery(url);
  if (signature === undefined) return 'AccessDenied';
  const { credential, signedHeaders, value, date } = signature;
  const [accessKey, day = '', region, service, end] = credential.split('/');
  if (accessKey !== account.accessKey) return 'InvalidAccessKeyId';
  if (region !== account.region || service !== 's3' || end !== 'aws4_request' || !date.startsWith(day))
    return 'AuthorizationHeaderMalformed';
  if (!signedHeaders.includes('host')) return 'AccessDenied';
  if (Math.abs(Date.parse(isoOf(date)) - Date.now()) > 900_000) return 'RequestTimeTooSkewed';
  const said = signature.presigned ? 'UNSIGNED-PAYLOAD' : request.headers['x-amz-content-sha256'];
  if (said !== 'UNSIGNED-PAYLOAD' && said !== sha256(body)) return 'XAmzContentSHA256Mismatch';
  const canonical = [
    request.method,
    url.pathname
      .split('/')
      .map((part) => encode(decodeURIComponent(part)))
      .join('/'),
    canonicalQuery(url),
    ...signedHeaders.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replaceAll(/ +/g, ' ')}`,
    ),
    '',
    signedHeaders.join(';'),
    said,
  ].join('\n');
  const scope = credential.slice(credential.indexOf('/') + 1);
  const text = [algorithm, date, scope, sha256(Buffer.from(canonical))].join('\n');
  const key = [day, account.region, 's3', 'aws4_request'].reduce<string | Buffer>(hmac, `AWS4${account.secretKey}`);
  const wanted = hmac(key, text);
  const given = Buffer.from(value, 'hex');
  return wanted.length === given.length && timingSafeEqual(wanted, given) ? undefined : 'SignatureDoesNotMatch';
}

interface Signature {
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly value: string;
  readonly date: string;
  readonly presigned: boolean;
}

function fromHeader({ headers }: IncomingMessage): Signature | undefined {
  const match = /^AWS4-HMAC-SHA256 Credential=([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]+)$/.exec(
    headers.authorization ?? '',
  );
  if (match === null) return undefined;
  const [, credential = '', names = '', value = ''] = match;
  return { credential, signedHeaders: names.split(';'), value, date: String(headers['x-amz-date']), presigned: false };
}

function fromQuery({ searchParams }: URL): Signature | undefined {
  const value = searchParams.get('X-Amz-Signature');
  if (value === null || searchParams.get('X-Amz-Algorithm') !== algorithm) return undefined;
  const get = (name: string) => searchParams.get(`X-Amz-${name}`) ?? '';
  return {
    credential: get('Credential'),
    signedHeaders: get('SignedHeaders').split(';'),
    value,
    date: get('Date'),
    presigned: true,
  };
}

function canonicalQuery({ searchParams }: URL): string {
  const pairs = [...searchParams]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return pairs.toSorted().join('&');
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function isoOf(date: string): string {
  return date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
