type Json = null | boolean | number | string | Json[] | { [field: string]: Json };
type JsonObject = { [field: string]: Json };

/** A change of a JSON reply. What isn't JSON stays as it is. */
export type Edit = (body: string) => string;

/** Adds fields to the reply's outer object and to every object that holds the id; without an id, to the object that is wrapped alone. */
export function addFields(id: string | null, fields: readonly (readonly [string, Json])[]): Edit {
  return edited((reply) => {
    const isWrapped = Array.isArray(reply) || (isObject(reply) && Object.keys(reply).length === 1);
    return mapObjects(reply, (value, depth) =>
      depth === 0 || (id === null ? isWrapped && depth === 1 : holds(value, id)) ? withFields(value, fields) : value,
    );
  });
}

/** Makes every field whose name matches, in the objects that hold the id and what is in them, a word that no cloud says. */
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

/** Numbers become texts. */
export const numbersAsTexts: Edit = edited((reply) =>
  mapLeaves(reply, (leaf) => (typeof leaf === 'number' ? String(leaf) : leaf)),
);

/** Texts and numbers become null: no id is left. */
export const allNull: Edit = edited((reply) => mapLeaves(reply, () => null));

/** Every occurrence of the id becomes another. */
export function otherId(id: string, other: string): Edit {
  return (body) => body.replaceAll(JSON.stringify(id).slice(1, -1), other);
}

/** Replies with the same content in another shape. */
export function drifts(id: string): { name: string; edit: Edit }[] {
  const ofList = (change: (list: Json[]) => Json): Edit =>
    edited((reply) => replaceList(reply, id, (list) => change(list)));
  return [
    { name: 'its list under another name', edit: edited((reply) => renameList(reply, id)) },
    { name: 'its list wrapped once more', edit: edited((reply) => ({ podkeeperData: reply })) },
    { name: 'null in the place of its list', edit: ofList(() => null) },
    { name: 'an object in the place of its list', edit: ofList((list) => ({ podkeeperItems: list })) },
    { name: 'a text in the place of its list', edit: ofList(() => 'none') },
    { name: '{}', edit: () => '{}' },
  ];
}

/** Replies in which one pod of the list is none. */
export function brokenItems(id: string): { name: string; edit: Edit }[] {
  const ofItem = (change: (item: JsonObject) => Json): Edit =>
    edited((reply) =>
      replaceList(reply, id, (list) => list.map((item) => (isObject(item) && holds(item, id) ? change(item) : item))),
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
    { name: 'null in the place of a pod', edit: ofItem(() => null) },
    { name: 'a text in the place of a pod', edit: ofItem(() => 'pod') },
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

/** Puts something else in the place of the array in which the pod of the id is. */
function replaceList(reply: Json, id: string, change: (list: Json[]) => Json): Json {
  if (Array.isArray(reply)) {
    if (reply.some((item) => isObject(item) && holds(item, id))) return change(reply);
    return reply.map((item) => replaceList(item, id, change));
  }
  if (!isObject(reply)) return reply;
  return fromEntries(Object.entries(reply).map(([name, value]) => [name, replaceList(value, id, change)]));
}

/** A bare array gets a name; a named one another. */
function renameList(reply: Json, id: string): Json {
  if (Array.isArray(reply)) return { podkeeperItems: reply };
  if (!isObject(reply)) return reply;
  return fromEntries(
    Object.entries(reply).map(([name, value]) => {
      const isList = Array.isArray(value) && value.some((item) => isObject(item) && holds(item, id));
      return isList ? [`podkeeper_${name}`, value] : [name, isObject(value) ? renameList(value, id) : value];
    }),
  );
}

function mapObjects(value: Json, change: (object: JsonObject, depth: number) => JsonObject, depth = 0): Json {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change, depth + 1));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([name, of]): [string, Json] => [name, mapObjects(of, change, depth + 1)]);
  return change(fromEntries(entries), depth);
}

function mapLeaves(value: Json, change: (leaf: null | boolean | number | string) => Json): Json {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  if (!isObject(value)) return change(value);
  return fromEntries(Object.entries(value).map(([name, of]) => [name, mapLeaves(of, change)]));
}

function holds(value: JsonObject, id: string): boolean {
  return Object.values(value).some((of) => isId(of, id));
}

function isId(value: Json, id: string): boolean {
  return (typeof value === 'string' || typeof value === 'number') && String(value) === id;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withFields(value: JsonObject, fields: readonly (readonly [string, Json])[]): JsonObject {
  return fromEntries([...Object.entries(value), ...fields]);
}

/** Defines each field, also one that is called `__proto__`. */
function fromEntries(entries: readonly (readonly [string, Json])[]): JsonObject {
  return Object.fromEntries(entries);
}
