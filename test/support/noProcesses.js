// What unit tests and the code that they load get for `node:child_process`.
const NAMES = ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'];

const refuse = (name) => () => {
  throw new Error(`${name}: a unit test starts no process; what does is in the server tier (test/support/tiers.js)`);
};

module.exports = Object.fromEntries(NAMES.map((name) => [name, refuse(name)]));
