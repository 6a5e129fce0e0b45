import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { anchors, markdownFiles, prose, read, ROOT } from './markdown';

interface Link {
  from: string;
  to: string;
}

const links: Link[] = markdownFiles().flatMap((from) =>
  [...prose(read(from)).matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)].map(([, inline, reference]) => ({
    from,
    to: inline ?? reference ?? '',
  })),
);
const inside = links.filter(({ to }) => !/^[a-z]+:/.test(to));

test.each(inside.map(({ from, to }) => [from, to]))('%s: %s leads somewhere', (from, to) => {
  const [path = '', anchor] = to.split('#');
  const file = path === '' ? from : relative(ROOT, join(ROOT, dirname(from), path));

  expect(existsSync(join(ROOT, file))).toBe(true);
  if (anchor !== undefined) expect(anchors(read(file))).toContain(anchor);
});

/** Where a reader may be sent. A host that isn't here is a mistake, or the name of somebody's mirror. */
const HOSTS = [
  '127.0.0.1',
  'api.runpod.ai',
  'api.runpod.io',
  'docs.temporal.io',
  'github.com',
  'go.dev',
  'keepachangelog.com',
  'localhost',
  // A template: where RunPod's proxy shows a pod.
  '{pod}-{port}.proxy.runpod.net',
  'semver.org',
  'www.runpod.io',
  'www.apache.org',
];
const FILES = [...markdownFiles(), 'docker-compose.temporal.yml', 'podkeeper.example.yaml'];

test.each(FILES)('%s names no other host than those that a reader needs', (file) => {
  const hosts = [...read(file).matchAll(/https?:\/\/([^\s/:)'"`<>]+)/g)].map(([, host]) => host);

  expect(hosts.filter((host) => host !== undefined && !HOSTS.includes(host))).toEqual([]);
});
