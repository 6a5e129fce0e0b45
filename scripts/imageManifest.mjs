/** Turns the SDK's peer dependencies into dependencies: a user's project installs them, but an image has to include them. */
import { readFile, writeFile } from 'node:fs/promises';

const file = new URL('../package.json', import.meta.url);
const manifest = JSON.parse(await readFile(file, 'utf8'));
for (const name of Object.keys(manifest.peerDependencies)) {
  if (name === '@temporalio/testing') continue;
  manifest.dependencies[name] = manifest.devDependencies[name];
  delete manifest.devDependencies[name];
}
await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
