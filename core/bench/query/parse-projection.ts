import type { Order } from './order.ts';
import { queryError, tokenAt } from './tokens.ts';

export interface ProjectionPart {
  readonly key: string;
  readonly order: Order;
}

/** The grammar is in `tokens.ts`. Throws a FarmError whose message has the expression and a caret. */
export function parseProjection(expression: string): readonly ProjectionPart[] {
  const parts: ProjectionPart[] = [];
  let token = tokenAt(expression, 0);
  while (token.kind !== 'end' || parts.length > 0) {
    if (parts.length > 0) {
      if (token.kind === 'end') break;
      if (token.kind === ',') advance();
    }
    parts.push(readPart());
  }
  return parts;

  function advance(): void {
    token = tokenAt(expression, token.next);
  }

  function readPart(): ProjectionPart {
    const key = token;
    if (key.kind !== 'word') throw queryError(expression, key.at, 'expected key');
    advance();
    // Upstream notes an empty key behind it.
    if (key.text === '') throw queryError(expression, token.at, 'expected key');
    if (key.text === '.unit') throw queryError(expression, key.at, '.unit is only allowed in filters');
    if (!is('@')) return { key: key.text, order: { kind: 'observed' } };
    advance();
    return { key: key.text, order: readOrder(key.text) };
  }

  function is(kind: typeof token.kind): boolean {
    return token.kind === kind;
  }

  function readOrder(key: string): Order {
    const order = token;
    if (order.kind === '(') {
      if (key === '.config') throw queryError(expression, order.at, 'fixed order not allowed for .config');
      return { kind: 'fixed', values: readValues() };
    }
    if (order.kind !== 'word') {
      throw queryError(expression, order.at, 'expected named sort order or parenthesized list');
    }
    if (order.text !== 'alpha' && order.text !== 'num') {
      throw queryError(expression, order.at, `unknown order ${JSON.stringify(order.text)}`);
    }
    advance();
    return { kind: order.text };
  }

  function readValues(): readonly string[] {
    const values: string[] = [];
    advance();
    for (; is('word'); advance()) values.push(token.text);
    if (!is(')')) throw queryError(expression, token.at, 'missing )');
    if (values.length === 0) throw queryError(expression, token.at, 'nothing to match');
    advance();
    return values;
  }
}
