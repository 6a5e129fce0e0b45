import { htmlPage } from '../reply';
import type { Reply } from '../reply';
import type { ContentFault } from './faults';

/** A reply with what a fault does to its content. */
export function mutate(reply: Reply, fault: ContentFault): Reply {
  switch (fault.kind) {
    case 'malformed_json':
      return { ...reply, body: '{"id": pod, }' };
    case 'truncated_json':
      return { ...reply, body: reply.body.slice(0, Math.max(1, Math.floor(reply.body.length / 2))) };
    case 'html_page':
      return htmlPage(fault.status ?? 200, 'Please wait');
    case 'empty_body':
      return { status: fault.status ?? 200, headers: { 'content-type': 'application/json' }, body: '' };
    case 'huge_body':
      return edited(reply, (value) => padded(value, fault.bytes ?? 10 * 1_024 * 1_024));
    case 'numbers_as_texts':
      return edited(reply, (value) => mapLeaves(value, (leaf) => (typeof leaf === 'number' ? String(leaf) : leaf)));
    case 'null_id':
      return edited(reply, withoutIds);
    case 'renamed_wrapper':
      return edited(reply, (value) => mapList(value, (_name, list) => [fault.name ?? 'items', list]));
    case 'list_as_object':
      return edited(reply, (value) =>
        mapList(value, (name, list) => [name, Object.fromEntries(list.map((item, index) => [String(index), item]))]),
      );
  }
}

type Json = null | boolean | number | string | Json[] | { [field: string]: Json };

function edited(reply: Reply, edit: (value: Json) => Json): Reply {
  // A page, a stream or no body at all has nothing of the kind to be edited.
  if (!/json/.test(reply.headers['content-type'] ?? '') || reply.body === '') return reply;
  return { ...reply, body: JSON.stringify(edit(JSON.parse(reply.body) as Json)) };
}

function padded(value: Json, bytes: number): Json {
  const padding = 'x'.repeat(bytes);
  return isObject(value) ? { padding, ...value } : [padding, value];
}

function withoutIds(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutIds);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, name === 'id' ? null : withoutIds(of)]));
}

/** Replaces the outermost list, and the name that it stands under. */
function mapList(value: Json, change: (name: string, list: Json[]) => [string, Json]): Json {
  // A list without a wrapper gets one.
  if (Array.isArray(value)) return Object.fromEntries([change('items', value)]);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => (Array.isArray(of) ? change(name, of) : [name, of])),
  );
}

function mapLeaves(value: Json, change: (leaf: null | boolean | number | string) => Json): Json {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  if (!isObject(value)) return change(value);
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, mapLeaves(of, change)]));
}

function isObject(value: Json): value is { [field: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
