import type { Consequence, ErrorKind } from '../../src/model';
import { consequenceOf, CONSEQUENCES, ERROR_KINDS } from '../../src/model';

function kindsThatLeadTo(operation: 'create' | 'read' | 'end', consequence: Consequence): ErrorKind[] {
  return ERROR_KINDS.filter((kind) => consequenceOf(operation, kind) === consequence);
}

test('every kind has a row, and there are no other rows', () => {
  expect(Object.keys(CONSEQUENCES).toSorted()).toEqual([...ERROR_KINDS].toSorted());
});

test('an end never fails: it is tried again, whatever the kind', () => {
  expect(kindsThatLeadTo('end', 'alarm')).toEqual(['unauthorized', 'forbidden', 'unsupported', 'validation']);
  expect(kindsThatLeadTo('end', 'retry')).toHaveLength(ERROR_KINDS.length - 4);
});

test('a read never fails either: a pod is not given up because it could not be seen', () => {
  expect(kindsThatLeadTo('read', 'alarm')).toEqual(['unauthorized', 'forbidden', 'unsupported', 'validation']);
  expect(kindsThatLeadTo('read', 'retry')).toHaveLength(ERROR_KINDS.length - 4);
});

test('a create is never retried under its name', () => {
  expect(kindsThatLeadTo('create', 'retry')).toEqual([]);
  expect(kindsThatLeadTo('create', 'alarm')).toEqual([]);
});

test('a refused create waits for what may pass, and fails for what will not', () => {
  expect(kindsThatLeadTo('create', 'next')).toEqual(['rate_limited', 'timeout', 'transport', 'no_capacity']);
  expect(kindsThatLeadTo('create', 'fail')).toEqual([
    'unauthorized',
    'forbidden',
    'not_found',
    'unsupported',
    'validation',
    'provider',
    'quota',
    'price_above_cap',
  ]);
});

test('a create whose outcome is not known is looked up', () => {
  expect(kindsThatLeadTo('create', 'locate')).toEqual(['unknown', 'conflict', 'outcome_unknown']);
});
