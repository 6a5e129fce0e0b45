import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONFORMANCE_CHECKS } from '../../src/testing/conformance';
import { ROOT, read } from '../docs/markdown';
import { packedProject } from './support/project';
import { MODULE_KINDS } from './support/transpile';
import type { ModuleKind } from './support/transpile';

const EXAMPLE = join('examples', 'own-provider');
const project = packedProject();

/** Nimbus has no method whose capability it lacks. */
const NOTHING_TO_CHECK = new Set(['identity-unsupported']);

describe.each(MODULE_KINDS)('the provider of an outsider, as %s', (kind) => {
  let output = '';
  beforeAll(async () => {
    output = await npmTest(kind);
  }, 300_000);

  test('has no type errors, and its own tests pass', () => {
    expect(output.match(/^\s*not ok .*$/gm) ?? []).toEqual([]);
    expect(output).toMatch(/^# fail 0$/m);
  });

  test('passes each check of the conformance suite that it has the capabilities for', () => {
    const capabilities = capabilitiesOf(readFileSync(join(ROOT, EXAMPLE, 'nimbusProvider.ts'), 'utf8'));
    const lines = output.match(/^\s*ok .*$/gm) ?? [];
    const outcomes = CONFORMANCE_CHECKS.map(({ id }) => {
      const line = lines.find((candidate) => candidate.includes(` - ${id}: `));
      if (line === undefined) return `${id}: did not run`;
      return line.includes('# SKIP') ? `${id}: skipped` : `${id}: passed`;
    });

    expect(outcomes).toEqual(
      CONFORMANCE_CHECKS.map(({ id, needs }) =>
        !NOTHING_TO_CHECK.has(id) && needs.every((capability) => capabilities.includes(capability))
          ? `${id}: passed`
          : `${id}: skipped`,
      ),
    );
  });
});

test('imports nothing of Podkeeper but its entry points', () => {
  const imported = ['nimbusProvider.ts', 'fakeNimbus.ts'].flatMap((file) =>
    [...read(join(EXAMPLE, file)).matchAll(/from '([^'.][^']*)'/g)].map(([, name = '']) => name),
  );

  expect(imported.filter((name) => !/^(node:|podkeeper(\/(providers|testing))?$)/.test(name))).toEqual([]);
});

test('is short enough to be read before it is copied', () => {
  expect(read(join(EXAMPLE, 'nimbusProvider.ts')).split('\n').length).toBeLessThanOrEqual(251);
  expect(read(join(EXAMPLE, 'fakeNimbus.ts')).split('\n').length).toBeLessThanOrEqual(201);
});

/** What `npm test` of the example prints, with the package type that is asked for. */
async function npmTest(kind: ModuleKind): Promise<string> {
  const directory = join(project.directory, `own-provider-${kind}`);
  cpSync(join(project.podkeeper, EXAMPLE), directory, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Record<string, unknown>;
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ ...manifest, type: kind }));
  const reporter = { NODE_OPTIONS: '--test-reporter=tap' };
  const { code, stdout, stderr } = await project.run('npm', ['test', '--silent'], { directory, env: reporter });
  if (code === 0) return stdout;
  throw new Error(`npm test ended with ${code}\n${stdout.slice(-8_000)}\n${stderr.slice(-4_000)}`);
}

function capabilitiesOf(source: string): string[] {
  const [, list = ''] = /CAPABILITIES: Capability\[\] = \[([^\]]*)\]/.exec(source) ?? [];
  return [...list.matchAll(/'(\w+)'/g)].map(([, capability = '']) => capability);
}
