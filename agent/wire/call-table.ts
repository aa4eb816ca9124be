/** The calls of one connection in both directions: a bounded number of each, every answer to its own question. */
import type { Static } from '@sinclair/typebox';
import type { Clock, Timer } from '../kit/clock.ts';
import { createDeferred } from '../kit/deferred.ts';
import type { Log } from '../kit/log.ts';
import { FarmError, farmErrorFromJson, isFarmError, toFarmError } from './farm-error.ts';
import { violation } from './frames.ts';
import { limits } from './limits.ts';
import { encodeJson, errorToWire } from './messages.ts';
import type { Outbox } from './outbox.ts';
import { calls, type Method, type Params, type Request, type Response, type Result } from './protocol.ts';
import type { CallHandlers, Session } from './session.ts';
import type { StreamTable } from './stream-table.ts';
import { isValid, parse } from './validate.ts';

export interface CallTable {
  call: Session['call'];
  /** Throws when the peer breaks the protocol; what is wrong with one call alone is its answer. */
  onRequest(request: Static<typeof Request>, session: Session): void;
  onResponse(response: Static<typeof Response>): void;
  failAll(error: FarmError): void;
}

interface Pending {
  readonly method: Method;
  settle(error: FarmError | undefined, result?: unknown): void;
}

type Handler = (params: unknown, session: Session) => Promise<unknown>;

export function createCallTable(deps: {
  readonly clock: Clock;
  readonly log: Log;
  readonly outbox: Outbox;
  readonly streams: StreamTable;
  readonly handlers: CallHandlers;
}): CallTable {
  const { outbox, streams } = deps;
  const pending = new Map<number, Pending>();
  const running = new Set<number>();
  let lastId = 0;
  let over: FarmError | undefined;

  async function call<M extends Method>(
    method: M,
    params: Params<M>,
    options: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<Result<M>> {
    if (over !== undefined) throw over;
    if (options.signal?.aborted) throw abortReason(options.signal, method);
    if (pending.size >= limits.openCalls) throw tooMany();
    const id = ++lastId;
    const payload = encodeJson({ type: 'request', id, method, params });
    const answer = createDeferred<unknown>();
    const timer = armTimeout(id, method, options.timeoutMs);
    const onAbort = (): void => pending.get(id)?.settle(abortReason(options.signal, method));
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const stream = streamOf(params);
    pending.set(id, {
      method,
      settle(error, result) {
        pending.delete(id);
        timer?.cancel();
        options.signal?.removeEventListener('abort', onAbort);
        if (error === undefined) answer.resolve(result);
        else answer.reject(error);
        if (stream !== undefined && error !== undefined) streams.settle(stream, error);
      },
    });
    outbox.control('message', 0, payload);
    return (await answer.promise) as Result<M>;
  }

  function armTimeout(id: number, method: Method, timeoutMs: number | undefined): Timer | undefined {
    if (timeoutMs === undefined) return undefined;
    return deps.clock.after(timeoutMs, () => {
      pending.get(id)?.settle(
        new FarmError('timed_out', `Call "${method}" got no answer within ${timeoutMs} ms`, {
          blame: 'machine',
          retry: 'same',
        }),
      );
    });
  }

  function onResponse(response: Static<typeof Response>): void {
    const asked = pending.get(response.id);
    if (asked === undefined) {
      // The answer of a call that was given up; an id that was never given out is something else.
      if (response.id > lastId) throw violation('A peer answers a call that was not made');
      return;
    }
    if (response.error !== undefined) asked.settle(farmErrorFromJson(response.error));
    else if (isValid(calls[asked.method].result, response.result)) asked.settle(undefined, response.result);
    else asked.settle(violation(`The answer of "${asked.method}" is not what the protocol says`));
  }

  function answer(
    id: number,
    stream: number | undefined,
    error: FarmError | undefined,
    result?: unknown,
  ): void {
    running.delete(id);
    if (over !== undefined) return;
    if (stream !== undefined) streams.settle(stream, error);
    const reply = error === undefined ? { result } : { error: errorToWire(error) };
    const payload = encodeJson({ type: 'response', id, ...reply });
    outbox.control('message', 0, payload);
  }

  function onRequest(request: Static<typeof Request>, session: Session): void {
    if (running.has(request.id)) throw violation('A peer uses the id of a call that is under way');
    running.add(request.id);
    let stream: number | undefined;
    try {
      const named = streamOf(request.params);
      if (named !== undefined) streams.announce(named);
      stream = named;
      void run(request, handlerOf(request), stream, session);
    } catch (error) {
      answer(request.id, stream, toFarmError(error));
    }
  }

  /** Finds who answers and checks the parameters; what it throws is the answer. */
  function handlerOf(request: Static<typeof Request>): Handler {
    if (running.size > limits.openCalls) throw tooMany();
    const method = Object.hasOwn(calls, request.method) ? (request.method as Method) : undefined;
    const handler = method === undefined ? undefined : deps.handlers[method];
    if (method === undefined || handler === undefined) {
      throw new FarmError('unknown_kind', 'This side does not know the method', { blame: 'caller' });
    }
    parse(calls[method].params, request.params, 'params');
    return handler as Handler;
  }

  async function run(
    request: Static<typeof Request>,
    handler: Handler,
    stream: number | undefined,
    session: Session,
  ): Promise<void> {
    try {
      answer(request.id, stream, undefined, await handler(request.params, session));
    } catch (error) {
      if (!isFarmError(error)) {
        deps.log.error('call.defect', { method: request.method, problem: String(error) });
      }
      answer(request.id, stream, toFarmError(error));
    }
  }

  return {
    call,
    onRequest,
    onResponse,
    failAll(error) {
      over = error;
      for (const asked of [...pending.values()]) asked.settle(error);
      running.clear();
    },
  };
}

/** The id of the stream that a call names, by the protocol's own rule: the field `stream` of its parameters. */
function streamOf(params: unknown): number | undefined {
  if (typeof params !== 'object' || params === null || !('stream' in params)) return undefined;
  const id = params.stream;
  return typeof id === 'number' && Number.isInteger(id) && id > 0 && id <= 0xffff_ffff ? id : undefined;
}

function abortReason(signal: AbortSignal | undefined, method: Method): FarmError {
  return toFarmError(signal?.reason, {
    code: 'cancelled',
    blame: 'caller',
    details: { method },
  });
}

function tooMany(): FarmError {
  return new FarmError('too_many', `A connection has at most ${limits.openCalls} calls under way`, {
    blame: 'caller',
    retry: 'same',
  });
}
