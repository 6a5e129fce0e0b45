import { isJsonObject, mapLeaves } from '../../json';
import type { Json } from '../../json';
import { htmlPage } from '../reply';
import type { Reply } from '../reply';
import type { ContentFault } from './faults';

/** Applies a content fault to a reply. */
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

function edited(reply: Reply, edit: (value: Json) => Json): Reply {
  // Only JSON bodies can be edited.
  if (!/json/.test(reply.headers['content-type'] ?? '') || reply.body === '') return reply;
  return { ...reply, body: JSON.stringify(edit(JSON.parse(reply.body) as Json)) };
}

function padded(value: Json, bytes: number): Json {
  const padding = 'x'.repeat(bytes);
  return isJsonObject(value) ? { padding, ...value } : [padding, value];
}

function withoutIds(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutIds);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, name === 'id' ? null : withoutIds(of)]));
}

/** Replaces the outermost list and its field name. */
function mapList(value: Json, change: (name: string, list: Json[]) => [string, Json]): Json {
  // A plain list is wrapped.
  if (Array.isArray(value)) return Object.fromEntries([change('items', value)]);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => (Array.isArray(of) ? change(name, of) : [name, of])),
  );
}
