import { z } from 'zod';
import { mustBe } from './issues';

const IMAGE_FORM = "an image's name such as 'org/image:tag', without spaces";
/** These rules are from distribution/reference, normalized.go and reference.go. */
const LONGEST_NAME = 255;
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DOMAIN = `(?:${LABEL}(?:\\.${LABEL})*|\\[[0-9a-fA-F:]+\\])(?::[0-9]+)?`;
const NAME = new RegExp(`^(?:(${DOMAIN})/)?${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const DIGEST_LENGTHS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/** A container image by its reference: `[registry/]name[:tag][@digest]`. */
export const imageReference = z.string({ error: mustBe(IMAGE_FORM) }).superRefine((written, context) => {
  const message = issueOfImage(written);
  if (message !== undefined) context.addIssue(message);
});

/** What is wrong with an image's reference. The message repeats no part that may contain a password. */
function issueOfImage(written: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written)) return issueOfAddress(written);
  if (mayHaveLogin(written)) return HAS_LOGIN;
  const [before = '', digest] = written.split('@');
  const slash = before.lastIndexOf('/');
  const colon = before.indexOf(':', slash + 1);
  const name = colon === -1 ? before : before.slice(0, colon);
  const tag = colon === -1 ? undefined : before.slice(colon + 1);
  if (digest !== undefined && !isDigest(digest)) {
    return "has an invalid digest: write '@sha256:' and its 64 hexadecimal digits";
  }
  if (tag?.includes(':') === true) return 'has two tags: leave one of them out';
  if (!isName(name)) {
    const lowered = written.toLowerCase();
    if (name !== name.toLowerCase() && issueOfImage(lowered) === undefined) {
      return `must be in lower case: write '${lowered}'`;
    }
    return `must be ${IMAGE_FORM}`;
  }
  return tag === undefined || TAG.test(tag)
    ? undefined
    : "has an invalid tag: a tag is 1 to 128 of A-Z, a-z, 0-9, '_', '.' and '-'";
}

const HAS_LOGIN =
  "must not contain a user or password: remove everything before the '@', and give the registry's login to the provider";

/** Whether an @ may be that of `user:password@registry`, rather than of a digest. */
function mayHaveLogin(text: string): boolean {
  const at = text.indexOf('@');
  const behind = text.slice(at + 1);
  if (at === -1) return false;
  return /[/@]/.test(behind) || (text.slice(0, at).includes(':') && !/^[\w+.-]+:[0-9a-zA-Z]*$/.test(behind));
}

function isName(name: string): boolean {
  const domain = NAME.exec(name)?.[1];
  // 64 hexadecimal digits are an image's id.
  return NAME.test(name) && name.length <= LONGEST_NAME + (domain?.length ?? 0) && !/^[0-9a-f]{64}$/.test(name);
}

function isDigest(text: string): boolean {
  const [algorithm = '', digits = ''] = text.split(':');
  const length = Object.hasOwn(DIGEST_LENGTHS, algorithm) ? DIGEST_LENGTHS[algorithm] : undefined;
  if (!DIGEST.test(text)) return false;
  return length === undefined || (digits.length === length && digits === digits.toLowerCase());
}

function issueOfAddress(written: string): string {
  const rest = written
    .slice(written.indexOf('://') + 3)
    .replace(/[?#].*$/, '')
    .replace(/\/+$/, '');
  if (mayHaveLogin(rest)) return HAS_LOGIN;
  const onHub = /^hub\.docker\.com\/(?:r|_|layers|repository\/docker)\/([^/]+(?:\/[^/]+)?)/.exec(rest)?.[1];
  const isHub = rest.startsWith('hub.docker.com');
  const meant = isHub ? onHub?.replace(/\/tags$/, '') : rest.toLowerCase();
  const hint = meant !== undefined && issueOfImage(meant) === undefined ? `write '${meant}'` : "write 'org/image:tag'";
  return `is a URL, and an image has a name: ${hint}`;
}
