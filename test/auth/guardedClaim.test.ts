import { TokenSecrets } from '../../src/auth';
import { guardOf, urlOn } from '../../src/client/guardedClaim';
import type { ClaimInfo, PodAuth } from '../../src/model';
import { newClaimState } from '../../src/workflows/claimState';
import { infoOf } from '../../src/workflows/info';
import { specOf } from '../activities/fixtures';
import { podOf } from '../support/mockCloud';
import { NAMES, SECRET } from './secrets';

const SECRETS = TokenSecrets.parse(`2:${SECRET}`);
const POD = podOf(NAMES[0]);

function claimOf(auth: PodAuth, changes: Partial<ClaimInfo> = {}): ClaimInfo {
  const info = infoOf(newClaimState('prod', 'render-42', 0), 0);
  return { ...info, spec: { ...specOf(), auth }, tokenVersion: 2, pod: POD, phase: 'healthy', ...changes };
}

test('a claim that holds a guarded pod has its pod, version and secrets', () => {
  expect(guardOf(claimOf('bearer'), 'bearer', SECRETS)).toMatchObject({ pod: POD, version: 2, secrets: SECRETS });
});

test.each<[what: string, claim: ClaimInfo, kind: string, message: string, secrets?: TokenSecrets | null]>([
  ['no pod', claimOf('bearer', { pod: null, phase: 'spawning' }), 'conflict', 'render-42 is spawning and holds no pod'],
  ['no spec yet', claimOf('bearer', { spec: null, pod: null, phase: 'pending' }), 'conflict', 'holds no pod'],
  ['no auth', claimOf('none'), 'validation', "was spawned with auth 'none': a token needs 'bearer'"],
  ['another auth', claimOf('signed_url'), 'validation', "was spawned with auth 'signed_url'"],
  ['another auth, and no pod', claimOf('signed_url', { pod: null }), 'validation', 'auth: '],
  ['no secret', claimOf('bearer'), 'validation', 'tokenSecret: this client has none', null],
  ['no version', claimOf('bearer', { tokenVersion: undefined }), 'validation', 'without a version'],
])('a claim with %s is refused', (_what, claim, kind, message, secrets = SECRETS) => {
  const guard = () => guardOf(claim, 'bearer', secrets ?? undefined);
  expect(guard).toThrow(expect.objectContaining({ kind, message: expect.stringContaining(message) as string }));
});

test('a path belongs to the first HTTP port; a whole URL stays as it is', () => {
  expect(urlOn(POD, '/x?a=1')).toBe('http://127.0.0.1:8000/x?a=1');
  expect(urlOn(POD, '//bad.example.net/x')).toBe('http://127.0.0.1:8000//bad.example.net/x');
  expect(urlOn(POD, 'https://public.example.net/x')).toBe('https://public.example.net/x');
  expect(() => urlOn({ ...POD, endpoints: [] }, '/x')).toThrow(/^url: pod pk-\S+ has no HTTP port/);
});
