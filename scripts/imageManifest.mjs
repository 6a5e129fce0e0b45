/** Makes the SDK's packages that a worker needs dependencies of package.json: a user's project brings them as peers, an image has to bring them itself. */
import { readFile, writeFile } from 'node:fs/promises';

const file = new URL('../package.json', import.meta.url);
const manifest = JSON.parse(await readFile(file, 'utf8'));
for (const name of Object.keys(manifest.peerDependencies)) {
  if (name === '@temporalio/testing') continue;
  manifest.dependencies[name] = manifest.devDependencies[name];
  delete manifest.devDependencies[name];
}
await writeFile(file, `${JSON.stringify(manifest, null, 2)}\n`);
