import { runInNewContext } from 'node:vm';
import { codeOf } from '../../src/model/systemError';

test.each([
  ['a system error', Object.assign(new Error('no such file'), { code: 'ENOENT' }), 'ENOENT'],
  ['an error of another realm', runInNewContext("Object.assign(new Error(), { code: 'EPERM' })"), 'EPERM'],
  ['a gRPC error', Object.assign(new Error('unimplemented'), { code: 12 }), undefined],
  ['an error without a code', new Error('other'), undefined],
  ['a text', 'ENOENT', undefined],
  ['null', null, undefined],
])('the code of %s is read', (_what, error: unknown, code) => {
  expect(codeOf(error)).toBe(code);
});
