/** Renders /openapi.json for people. */
const METHODS = ['get', 'post', 'put', 'delete'];
const DEPTH_MAX = 6;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== undefined));
  return node;
}

const nameOf = (reference) => reference.split('/').at(-1);

function typeOf(schema) {
  if (!schema || Object.keys(schema).length === 0) return ['anything'];
  if (schema.$ref) return [make('a', { href: `#schema-${nameOf(schema.$ref)}` }, nameOf(schema.$ref))];
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return branches.flatMap((branch, index) => [...(index > 0 ? [' or '] : []), ...typeOf(branch)]);
  if (schema.allOf) return schema.allOf.flatMap((part, index) => [...(index > 0 ? [' and '] : []), ...typeOf(part)]);
  if (schema.const !== undefined) return [make('code', {}, JSON.stringify(schema.const))];
  if (schema.enum) {
    return schema.enum.flatMap((value, index) => [...(index > 0 ? [' '] : []), make('code', {}, String(value))]);
  }
  if (schema.type === 'array') return ['list of ', ...typeOf(schema.items)];
  return [schema.format ? `${schema.type}, ${schema.format}` : String(schema.type ?? 'object')];
}

function boundsOf(schema) {
  if (!schema) return '';
  const parts = [];
  const range = (low, high, unit) => {
    // the bounds of what a double can hold exactly say nothing
    const isSaid = (value) => value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;
    if (isSaid(low) && isSaid(high)) parts.push(low === high ? `${low}${unit}` : `${low} to ${high}${unit}`);
    else if (isSaid(low)) parts.push(`at least ${low}${unit}`);
    else if (isSaid(high)) parts.push(`at most ${high}${unit}`);
  };
  range(schema.minimum, schema.maximum, '');
  range(schema.minLength, schema.maxLength, ' characters');
  range(schema.minItems, schema.maxItems, ' items');
  if (schema.default !== undefined) parts.push(`default ${JSON.stringify(schema.default)}`);
  if (schema.description) parts.push(schema.description);
  return parts.length === 0 ? '' : ` · ${parts.join(' · ')}`;
}

function row(name, schema, isRequired) {
  const first = make('td', {}, make('code', {}, name), ...(isRequired ? [' ', make('small', {}, 'required')] : []));
  return make('tr', {}, first, make('td', {}, ...typeOf(schema), make('span', { class: 'quiet' }, boundsOf(schema))));
}

/** Members of an object and of the objects in it, until they have names of their own. */
function rowsOf(schema, prefix = '', depth = 0) {
  if (!schema || schema.$ref || depth > DEPTH_MAX) return [];
  if (schema.type === 'array') return rowsOf(schema.items, `${prefix}[].`, depth + 1);
  const required = new Set(schema.required);
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const inner = member.type === 'array' ? member.items : member;
    const deeper = inner?.properties ? rowsOf(inner, `${path}${member === inner ? '' : '[]'}.`, depth + 1) : [];
    return [row(path, member, required.has(name)), ...deeper];
  });
}

function describe(schema) {
  const branches = schema?.anyOf ?? schema?.oneOf;
  if (branches?.some(({ properties }) => properties)) {
    return branches.flatMap((branch, index) => [
      ...(index > 0 ? [make('p', { class: 'quiet' }, 'or')] : []),
      ...describe(branch),
    ]);
  }
  const rows = rowsOf(schema);
  return [rows.length > 0 ? make('table', {}, make('tbody', {}, ...rows)) : make('p', {}, ...typeOf(schema))];
}

function exampleOf({ method, path, operation }) {
  const body = operation.requestBody?.content?.['application/json'];
  const lines = [`curl ${method === 'GET' ? '' : `-X ${method} `}${location.origin}${path}`];
  if (operation.security?.length) lines.push(`-H "Authorization: Bearer $TOKEN"`);
  if (body) lines.push(`-H 'Content-Type: application/json'`, `-d '{…}'`);
  return lines.join(' \\\n  ');
}

function endpointOf(endpoint) {
  const { method, path, operation, id } = endpoint;
  const [callers = '', codes = ''] = (operation.description ?? '').split(' Codes of its own: ');
  const body = operation.requestBody?.content?.['application/json']?.schema;
  const parameters = (operation.parameters ?? []).map((each) => row(each.name, each.schema, each.required));
  const answers = Object.entries(operation.responses).filter(([status]) => status !== 'default');
  return make(
    'section',
    { class: 'endpoint', id },
    make('h3', {}, make('span', { class: `method ${method}` }, method), make('code', {}, path)),
    make('p', {}, operation.summary ?? ''),
    make('p', { class: 'quiet' }, callers),
    ...(parameters.length > 0
      ? [make('h4', {}, 'Parameters'), make('table', {}, make('tbody', {}, ...parameters))]
      : []),
    ...(body ? [make('h4', {}, 'Body'), ...describe(body)] : []),
    ...answers.flatMap(([status, { content, description }]) => {
      const schema = Object.values(content ?? {})[0]?.schema;
      return [make('h4', {}, `${status} ${description}`), ...(schema ? describe(schema) : [])];
    }),
    ...(codes === ''
      ? []
      : [
          make('h4', {}, 'Refusals of its own'),
          make(
            'p',
            { class: 'chips' },
            ...codes
              .replace(/\.$/, '')
              .split(', ')
              .map((code) => make('code', {}, code)),
          ),
        ]),
    make('pre', {}, exampleOf(endpoint)),
  );
}

function schemaOf([name, schema]) {
  return make(
    'section',
    { class: 'schema', id: `schema-${name}` },
    make('h3', {}, name),
    ...(schema.description ? [make('p', { class: 'quiet' }, schema.description)] : []),
    ...describe(schema),
  );
}

function linkTo({ id, method, path }) {
  const link = make(
    'a',
    { href: `#${id}` },
    make('span', { class: `method ${method}` }, method),
    path.replace(/^\/api/, ''),
  );
  return make('li', { 'data-text': `${method} ${path}`.toLowerCase() }, link);
}

function listen(index) {
  document.getElementById('filter').addEventListener('input', ({ target }) => {
    const wanted = target.value.trim().toLowerCase();
    for (const item of index.querySelectorAll('li')) item.hidden = !item.dataset.text.includes(wanted);
    for (const group of index.children) group.hidden = group.querySelector('li:not([hidden])') === null;
  });
}

async function render() {
  const document_ = await (await fetch('/openapi.json')).json();
  const endpoints = Object.entries(document_.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      path,
      method: method.toUpperCase(),
      operation: item[method],
      id: item[method].operationId,
    })),
  );
  const groups = Map.groupBy(endpoints, ({ operation }) => operation.tags?.[0] ?? 'Other');
  const index = document.getElementById('index');
  for (const [tag, members] of groups) {
    index.append(make('section', {}, make('h2', {}, tag), make('ul', {}, ...members.map(linkTo))));
    document.getElementById('endpoints').append(make('h2', {}, tag), ...members.map(endpointOf));
  }
  document.getElementById('schema-list').append(...Object.entries(document_.components.schemas).map(schemaOf));
  document.getElementById('version').textContent = document_.info.version;
  document.getElementById('openapi').textContent = document_.openapi;
  listen(index);
  // what the address names did not exist when the browser looked for it
  if (location.hash.length > 1) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

void render();
