import { isJsonObject, mapLeaves } from '../../json';
import type { Json, JsonObject } from '../../json';

/** Changes a JSON reply. Other replies stay unchanged. */
export type Edit = (body: string) => string;

/** Adds fields to the reply's outer object and to every object with the id; without an id, to a single wrapped object. */
export function addFields(id: string | null, fields: readonly (readonly [string, Json])[]): Edit {
  return edited((reply) => {
    const isWrapped = Array.isArray(reply) || (isJsonObject(reply) && Object.keys(reply).length === 1);
    return mapObjects(reply, (value, depth) =>
      depth === 0 || (id === null ? isWrapped && depth === 1 : holds(value, id)) ? withFields(value, fields) : value,
    );
  });
}

/** Sets the matching fields of objects with the id, and of their nested objects, to an unknown word. */
export function renameStatus(id: string, field: RegExp, word: string, changed: () => void): Edit {
  const rename = (value: Json): Json =>
    mapObjects(value, (object) =>
      fromEntries(
        Object.entries(object).map(([name, of]) => {
          if (!field.test(name) || typeof of !== 'string') return [name, of];
          changed();
          return [name, word];
        }),
      ),
    );
  return edited((reply) =>
    mapObjects(reply, (value) => (holds(value, id) ? fromEntries(Object.entries(rename(value) ?? {})) : value)),
  );
}

/** Turns numbers into texts. */
export const numbersAsTexts: Edit = edited((reply) =>
  mapLeaves(reply, (leaf) => (typeof leaf === 'number' ? String(leaf) : leaf)),
);

/** Turns all values into null, so that no id is left. */
export const allNull: Edit = edited((reply) => mapLeaves(reply, () => null));

/** Replaces the id everywhere. */
export function otherId(id: string, other: string): Edit {
  return (body) => body.replaceAll(JSON.stringify(id).slice(1, -1), other);
}

/** Changes that keep the content but change the shape. */
export function drifts(id: string): { name: string; edit: Edit }[] {
  const ofList = (change: (list: Json[]) => Json): Edit =>
    edited((reply) => replaceList(reply, id, (list) => change(list)));
  return [
    { name: 'its list under another name', edit: edited((reply) => renameList(reply, id)) },
    { name: 'its list wrapped once more', edit: edited((reply) => ({ podkeeperData: reply })) },
    { name: 'null instead of its list', edit: ofList(() => null) },
    { name: 'an object instead of its list', edit: ofList((list) => ({ podkeeperItems: list })) },
    { name: 'a text instead of its list', edit: ofList(() => 'none') },
    { name: '{}', edit: () => '{}' },
  ];
}

/** Changes that make one pod of the list invalid. */
export function brokenItems(id: string): { name: string; edit: Edit }[] {
  const ofItem = (change: (item: JsonObject) => Json): Edit =>
    edited((reply) =>
      replaceList(reply, id, (list) =>
        list.map((item) => (isJsonObject(item) && holds(item, id) ? change(item) : item)),
      ),
    );
  const ofId = (value: Json | undefined): Edit =>
    ofItem((item) =>
      fromEntries(
        Object.entries(item).flatMap(([name, of]) => {
          if (!isId(of, id)) return [[name, of]];
          return value === undefined ? [] : [[name, value]];
        }),
      ),
    );
  return [
    { name: 'null instead of a pod', edit: ofItem(() => null) },
    { name: 'a text instead of a pod', edit: ofItem(() => 'pod') },
    { name: 'a pod without its id', edit: ofId(undefined) },
    { name: 'a pod whose id is null', edit: ofId(null) },
    { name: 'a pod whose id is empty', edit: ofId('') },
  ];
}

function edited(change: (reply: Json) => Json): Edit {
  return (body) => {
    let reply: Json;
    try {
      reply = JSON.parse(body) as Json;
    } catch {
      return body;
    }
    return JSON.stringify(change(reply));
  };
}

/** Replaces the array that contains the pod. */
function replaceList(reply: Json, id: string, change: (list: Json[]) => Json): Json {
  if (Array.isArray(reply)) {
    if (reply.some((item) => isJsonObject(item) && holds(item, id))) return change(reply);
    return reply.map((item) => replaceList(item, id, change));
  }
  if (!isJsonObject(reply)) return reply;
  return fromEntries(Object.entries(reply).map(([name, value]) => [name, replaceList(value, id, change)]));
}

/** Wraps a bare array, or renames the field of a wrapped one. */
function renameList(reply: Json, id: string): Json {
  if (Array.isArray(reply)) return { podkeeperItems: reply };
  if (!isJsonObject(reply)) return reply;
  return fromEntries(
    Object.entries(reply).map(([name, value]) => {
      const isList = Array.isArray(value) && value.some((item) => isJsonObject(item) && holds(item, id));
      return isList ? [`podkeeper_${name}`, value] : [name, isJsonObject(value) ? renameList(value, id) : value];
    }),
  );
}

function mapObjects(value: Json, change: (object: JsonObject, depth: number) => JsonObject, depth = 0): Json {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change, depth + 1));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value).map(([name, of]): [string, Json] => [name, mapObjects(of, change, depth + 1)]);
  return change(fromEntries(entries), depth);
}

function holds(value: JsonObject, id: string): boolean {
  return Object.values(value).some((of) => isId(of, id));
}

function isId(value: Json, id: string): boolean {
  return (typeof value === 'string' || typeof value === 'number') && String(value) === id;
}

function withFields(value: JsonObject, fields: readonly (readonly [string, Json])[]): JsonObject {
  return fromEntries([...Object.entries(value), ...fields]);
}

/** Defines each field, including `__proto__`. */
function fromEntries(entries: readonly (readonly [string, Json])[]): JsonObject {
  return Object.fromEntries(entries);
}
