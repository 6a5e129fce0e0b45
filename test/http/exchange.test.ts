import { getEventListeners } from 'node:events';
import type { Dispatcher } from 'undici';
import { HttpFailure } from '../../src/http';
import { Exchange } from '../../src/http/exchange';
import type { ExchangeOptions } from '../../src/http/exchange';

const LONG_MS = 40 * 86_400_000;

/** An exchange whose server is this test, and what it reported. */
function exchangeWith(more: Partial<ExchangeOptions> = {}) {
  const abort = new AbortController();
  const controller = { abort: jest.fn(), pause: jest.fn(), resume: jest.fn() };
  const told: unknown[] = [];
  const exchange = new Exchange({
    asked: 'POST /pods',
    secrets: [],
    signal: abort.signal,
    timeoutMs: LONG_MS,
    maxBodyBytes: 10,
    onHead: (status) => told.push(status),
    onChunk: (chunk) => told.push(chunk.toString()),
    onEnd: () => told.push('end'),
    onFailure: (error) => told.push(error),
    ...more,
  });
  const start = () => exchange.onRequestStart(controller as unknown as Dispatcher.DispatchController);
  return { exchange, abort, controller, told, start };
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

test('is not sent again, though the dispatcher would', () => {
  const beforeSend = jest.fn();
  const { exchange, told, start } = exchangeWith({ beforeSend });
  exchange.begin(start);
  expect(start).toThrow('must not be sent');
  expect(beforeSend).toHaveBeenCalledTimes(1);
  exchange.onResponseError(undefined, new Error('must not be sent'));
  expect(told).toEqual([expect.objectContaining({ reason: 'reset', sent: true, refused: false })]);
});

test('is not sent after it failed while waiting', () => {
  const beforeSend = jest.fn();
  const { exchange, abort, told, start } = exchangeWith({ beforeSend });
  exchange.begin(() => undefined);
  abort.abort();
  expect(start).toThrow('must not be sent');
  expect(beforeSend).not.toHaveBeenCalled();
  expect(told).toEqual([expect.objectContaining({ reason: 'aborted', sent: false, refused: true })]);
});

test('counts as sent once undici starts to write', () => {
  const { exchange, told, start } = exchangeWith();
  exchange.begin(() => {
    start();
    exchange.onResponseError(undefined, Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
  });
  expect(told).toEqual([expect.objectContaining({ reason: 'reset', sent: true, refused: false })]);
});

test('a dispatcher that throws fails the call, which was not sent', () => {
  const { exchange, told } = exchangeWith();
  exchange.begin(() => {
    throw Object.assign(new Error('no'), { code: 'UND_ERR_INVALID_ARG' });
  });
  expect(told).toEqual([expect.objectContaining({ reason: 'unsent', sent: false, refused: true })]);
});

const ENDS: readonly (readonly [string, (at: ReturnType<typeof exchangeWith>) => void])[] = [
  [
    'its end',
    ({ exchange }) => {
      exchange.onResponseStart(undefined, 200, {});
      exchange.onResponseEnd();
    },
  ],
  ['an error', ({ exchange }) => exchange.onResponseError(undefined, new Error('gone'))],
  ['an abort', ({ abort }) => abort.abort()],
  ['the deadline', () => jest.advanceTimersByTime(LONG_MS)],
  ['too much', ({ exchange }) => exchange.onResponseData(undefined, Buffer.alloc(11))],
];

test.each(ENDS)('after %s nothing is reported, and no timer or listener is left', (_what, end) => {
  const at = exchangeWith();
  at.exchange.begin(at.start);
  expect([getEventListeners(at.abort.signal, 'abort').length, jest.getTimerCount()]).toEqual([1, 1]);
  end(at);
  expect([getEventListeners(at.abort.signal, 'abort').length, jest.getTimerCount()]).toEqual([0, 0]);
  const told = [...at.told];
  at.exchange.onResponseStart(undefined, 500, {});
  at.exchange.onResponseData(undefined, Buffer.from('x'));
  at.exchange.onResponseEnd();
  at.exchange.onResponseError(undefined, new Error('gone'));
  at.exchange.allowFor(5, 'nothing more came');
  at.abort.abort();
  jest.advanceTimersByTime(LONG_MS);
  expect(at.told).toEqual(told);
  expect(jest.getTimerCount()).toBe(0);
});

test.each(ENDS.slice(2))('after %s the socket is closed', (_what, end) => {
  const at = exchangeWith();
  at.exchange.begin(at.start);
  end(at);
  expect(at.controller.abort).toHaveBeenCalledTimes(1);
  expect(at.told[0]).toBeInstanceOf(HttpFailure);
});

test('a deadline longer than a timer can be does not fire at once', () => {
  const { exchange, told, start } = exchangeWith({ timeoutMs: Number.MAX_SAFE_INTEGER });
  exchange.begin(start);
  jest.advanceTimersByTime(86_400_000);
  expect(told).toEqual([]);
});

test('ignores a status before the final one', () => {
  const { exchange, told, start } = exchangeWith();
  exchange.begin(start);
  exchange.onResponseStart(undefined, 103, { link: '</style.css>' });
  exchange.onResponseStart(undefined, 201, {});
  exchange.onResponseEnd();
  expect(told).toEqual([201, 'end']);
});

test('does not wait for a body that is announced as too large', () => {
  const { exchange, controller, told, start } = exchangeWith();
  exchange.begin(start);
  exchange.onResponseStart(undefined, 200, { 'content-length': '11' });
  expect(told).toEqual([expect.objectContaining({ reason: 'too_large', sent: true, status: 200 })]);
  expect(controller.abort).toHaveBeenCalledTimes(1);
});
