'use strict';

const byId = id => document.getElementById(id);

// Text is only ever set as text: nothing that the description or an answer says becomes markup.
function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
  }
  made.append(...children.filter(child => child !== undefined && child !== null && child !== false));
  return made;
}

// `code` in descriptions is shown as such.
const prose = text => (text ?? '').split('`').map((part, index) => index % 2 ? element('code', {}, part) : part);

let description;
const follow = value => value?.$ref ? follow(value.$ref.slice(2).split('/').reduce((node, key) => node[key], description)) : value;
const nameOf = schema => schema?.$ref?.split('/').pop();

function typeOf(schema) {
  if (!schema) return '';
  if (schema.$ref) return nameOf(schema);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  const types = [schema.type ?? 'any'].flat();
  return types.map(type => type === 'array' ? `${typeOf(schema.items)}[]` : schema.format ? `${type} (${schema.format})` : type)
    .join(' or ').replace('null (uuid)', 'null').replace('null (date-time)', 'null').replace('null (date)', 'null');
}

function rulesOf(schema) {
  const said = [];
  if (schema.enum) said.push(`one of ${schema.enum.filter(value => value !== null).join(', ')}`);
  if (schema.minimum !== undefined) said.push(`${schema.minimum} to ${schema.maximum}`);
  if (schema.maxLength !== undefined) said.push(`${schema.minLength ?? 0} to ${schema.maxLength} characters`);
  if (schema.maxItems !== undefined) said.push(`at most ${schema.maxItems} items`);
  if (schema.pattern && schema.pattern !== '\\S') said.push(`matches ${schema.pattern}`);
  if (schema.default !== undefined && schema.default !== null) said.push(`${JSON.stringify(schema.default)} by default`);
  return said.join('; ');
}

// A value of the right shape, for what has no example of its own.
function sampleOf(schema, depth = 0) {
  schema = follow(schema) ?? {};
  if (schema.examples?.length) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.anyOf) return sampleOf(schema.anyOf[0], depth);
  if (schema.enum) return schema.enum[0];
  switch ([schema.type].flat()[0]) {
    case 'object': return depth > 3 ? {} : Object.fromEntries(
      Object.entries(schema.properties ?? {}).filter(([name]) => schema.required?.includes(name) || depth === 0)
        .map(([name, property]) => [name, sampleOf(property, depth + 1)]));
    case 'array': return depth > 3 ? [] : [sampleOf(schema.items, depth + 1)];
    case 'integer': case 'number': return schema.minimum ?? 0;
    case 'boolean': return false;
    case 'string': return { uuid: '01a1fd83-9b2b-7419-8767-97cbef970f8b', 'date-time': '2026-01-31T12:00:00Z', date: '2026-01-31' }[schema.format] ?? 'text';
    default: return null;
  }
}

function table(head, rows) {
  return element('table', {},
    element('thead', {}, element('tr', {}, ...head.map(cell => element('th', { scope: 'col' }, cell)))),
    element('tbody', {}, ...rows.map(cells => element('tr', {}, ...cells.map(cell => element('td', {}, ...[cell].flat()))))));
}

function schemaView(schema, seen = []) {
  const name = nameOf(schema);
  const whole = follow(schema);
  if (!whole) return undefined;
  if ([whole.type].flat().includes('array')) return schemaView(whole.items, seen);
  if (!whole.properties || seen.includes(name)) return undefined;
  const inner = Object.values(whole.properties)
    .map(property => property.anyOf?.[0] ?? (property.items ?? property))
    .filter(property => property.$ref && !seen.includes(nameOf(property)));
  return element('div', {},
    name && element('h3', {}, name),
    whole.description && element('p', { class: 'text' }, ...prose(whole.description)),
    table(['member', 'type', 'meaning'], Object.entries(whole.properties).map(([key, property]) => [
      element('code', { class: whole.required?.includes(key) ? 'required' : '' }, key),
      typeOf(property),
      [...prose([property.description, rulesOf(property)].filter(Boolean).join(' '))],
    ])),
    ...inner.map(property => schemaView(property, [...seen, name])));
}

const shown = value => typeof value === 'string' ? value : JSON.stringify(value, null, 2);

function contentView(content) {
  return Object.entries(content ?? {}).map(([type, { schema, example }]) => element('div', {},
    element('p', { class: 'soft' }, type),
    example !== undefined && element('pre', { tabindex: '0' }, shown(example)),
    schemaView(schema)));
}

function tryIt(path, method, operation) {
  const fields = (operation.parameters ?? []).map(follow).map(parameter => ({
    parameter, input: element('input', { type: 'text', required: parameter.required, autocomplete: 'off', spellcheck: 'false' }),
  }));
  const content = operation.requestBody?.content ?? {};
  const type = Object.keys(content).find(name => name.includes('json'));
  const body = type && element('textarea', { 'aria-label': 'Body', spellcheck: 'false' });
  if (body) body.value = shown(content[type].example ?? sampleOf(content[type].schema));
  const file = !type && content['multipart/form-data'] && element('input', { type: 'file', 'aria-label': 'File' });
  const answer = element('pre', { tabindex: '0', role: 'status', hidden: true });

  async function send(event) {
    event.preventDefault();
    const headers = {};
    let address = path;
    const query = new URLSearchParams();
    for (const { parameter, input } of fields) {
      if (!input.value) continue;
      if (parameter.in === 'path') address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (parameter.in === 'query') query.append(parameter.name, input.value);
      else headers[parameter.name] = input.value;
    }
    if (byId('token').value) headers.Authorization = `Bearer ${byId('token').value}`;
    if (type) headers['Content-Type'] = type;
    const form = file && file.files[0] ? new FormData() : undefined;
    if (form) form.append('file', file.files[0]);
    answer.hidden = false;
    answer.textContent = '…';
    try {
      const response = await fetch(`.${address}${query.size ? `?${query}` : ''}`,
        { method: method.toUpperCase(), headers, body: body?.value ?? form });
      const text = await response.text();
      const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
      let pretty = text;
      try { pretty = JSON.stringify(JSON.parse(text), null, 2); } catch { /* Not JSON: shown as it is. */ }
      answer.textContent = `${response.status} ${response.statusText}\n${lines}\n\n${pretty}`;
    } catch (error) {
      answer.textContent = `No answer: ${error.message}`;
    }
  }

  return element('form', { onsubmit: send },
    element('h3', {}, 'Try it'),
    element('div', { class: 'fields' }, ...fields.flatMap(({ parameter, input }, index) => {
      input.id = `${operation.operationId}-${index}`;
      return [element('label', { for: input.id, class: parameter.required ? 'required' : '' }, parameter.name), input];
    })),
    body, file,
    element('p', {}, element('button', {}, 'Send')),
    answer);
}

function operationView(path, method, operation) {
  const body = element('div', { class: 'body' });
  const view = element('details', { class: 'operation', id: operation.operationId },
    element('summary', {},
      element('span', { class: `method ${method}` }, method.toUpperCase()),
      element('span', { class: 'path' }, `/api${path}`),
      element('span', { class: 'summary' }, operation.summary)),
    body);
  // Filled when it is opened: most never are.
  view.addEventListener('toggle', () => {
    if (!view.open || body.childElementCount) return;
    const parameters = (operation.parameters ?? []).map(follow);
    const replies = Object.entries(operation.responses);
    body.append(...[
      element('p', { class: 'text' }, ...prose(operation.description)),
      parameters.length && element('h3', {}, 'Parameters'),
      parameters.length && table(['name', 'in', 'type', 'meaning'], parameters.map(parameter => [
        element('code', { class: parameter.required ? 'required' : '' }, parameter.name), parameter.in, typeOf(parameter.schema),
        [...prose([parameter.description, rulesOf(parameter.schema)].filter(Boolean).join(' '))]])),
      operation.requestBody && element('h3', {}, 'Body'),
      ...contentView(operation.requestBody?.content),
      element('h3', {}, 'Answers'),
      table(['status', 'meaning'], replies.map(([status, reply]) => [status, [...prose(follow(reply).description)]])),
      ...replies.filter(([status]) => status < 300).flatMap(([, reply]) => contentView(reply.content)),
      tryIt(path, method, operation)].filter(Boolean));
  });
  return view;
}

function show() {
  const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path, method, operation, tag: operation.tags[0], view: operationView(path, method, operation),
      words: `${method} ${path} ${operation.operationId} ${operation.summary} ${operation.description}`.toLowerCase(),
    })));
  byId('intro').append(...prose(description.info.description.replace(/\n/g, ' ')));

  const sections = description.tags.map(({ name }) => {
    const own = operations.filter(operation => operation.tag === name);
    const section = element('section', { 'aria-labelledby': `tag-${name}` },
      element('h2', { id: `tag-${name}` }, name), ...own.map(operation => operation.view));
    const link = element('li', {}, element('a', { href: `#tag-${name}` }, name));
    byId('operations').append(section);
    byId('tags').append(link);
    return { section, link, own };
  });

  function filter() {
    const words = byId('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const { section, link, own } of sections) {
      for (const { view, words: said } of own) view.hidden = !words.every(word => said.includes(word));
      const visible = own.filter(({ view }) => !view.hidden).length;
      section.hidden = link.hidden = visible === 0;
      found += visible;
    }
    byId('count').textContent = `${found} of ${operations.length} operations`;
  }
  byId('search').addEventListener('input', filter);
  filter();

  const wanted = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
  if (wanted) {
    wanted.open = true;
    wanted.scrollIntoView();
  }
}

fetch('openapi.json')
  .then(response => response.json())
  .then(read => { description = read; show(); })
  .catch(error => { byId('intro').textContent = `The description could not be read: ${error.message}`; });
