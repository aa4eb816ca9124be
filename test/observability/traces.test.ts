/** A build as a collector of OpenTelemetry sees it, through a killed coordinator too. */
import { afterAll, beforeAll, expect, test } from 'bun:test';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { traceIdOf } from '../../edge/traces/index.ts';
import { configFor, startFarm, type TestFarm } from '../farm/farm.ts';
import { until } from '../farm/processes.ts';
import { makeRepository, type TestRepository } from '../farm/repository.ts';
import { type ReceivedSpan, type Receiver, readExport, startReceiver } from './otlp-receiver.ts';

const dir = mkdtempSync(join(tmpdir(), 'croft-traces-'));
let receiver: Receiver;
let farm: TestFarm;
let repository: TestRepository;

beforeAll(async () => {
  receiver = startReceiver();
  repository = makeRepository(join(dir, 'repo'));
  repository.commit({ 'a.txt': 'a' }, 'The first commit');
  const steps = [`touch ${dir}/runs; while [ ! -e ${dir}/go ]; do sleep 0.1; done`, 'echo done'];
  farm = await startFarm(configFor(repository.dir, [{ name: 'slow', hostType: 'local', steps }]), {
    coordinatorEnv: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_RESOURCE_ATTRIBUTES: 'team=farmers',
    },
  });
  await farm.startAgent('one');
});
afterAll(async () => {
  await farm?.stop();
  await receiver?.stop();
  rmSync(dir, { recursive: true, force: true });
});

function spansOf(buildId: string): readonly ReceivedSpan[] {
  return receiver.spans.filter(({ traceId }) => traceId === traceIdOf(buildId));
}

/** The names from the root down to a span. */
function wayTo(span: ReceivedSpan, all: readonly ReceivedSpan[]): string {
  const parent = all.find(({ spanId }) => spanId === span.parentId);
  return parent === undefined ? span.name : `${wayTo(parent, all)} > ${span.name}`;
}

test('the receiver reads what the official serializer writes', () => {
  const at = Date.UTC(2030, 0, 1);
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
  const span = provider.getTracer('t').startSpan('a step', { startTime: at, attributes: { a: 'b', n: 5 } });
  span.setStatus({ code: 2, message: 'broke' });
  span.end(at + 5_678);
  const body = ProtobufTraceSerializer.serializeRequest(exporter.getFinishedSpans());
  const { traceId, spanId } = span.spanContext();
  expect(readExport(body ?? new Uint8Array())).toMatchObject([
    {
      traceId,
      spanId,
      parentId: null,
      name: 'a step',
      startedAt: at,
      endedAt: at + 5_678,
      attributes: { a: 'b', n: 5 },
      isError: true,
    },
  ]);
});

test('one connected trace from the commit to the verdict, though the coordinator was killed meanwhile', async () => {
  await until('the first step runs', () => existsSync(join(dir, 'runs')));
  await farm.coordinator.kill();
  writeFileSync(join(dir, 'go'), '');
  await farm.startCoordinator();
  const [first] = await farm.api.builds();
  const build = await farm.api.finished(first?.id ?? '', 60_000);
  expect(build).toMatchObject({ state: 'passed', attempts: 1 });
  await until('the trace arrives', () => spansOf(build.id).some(({ parentId }) => parentId === null));
  const spans = spansOf(build.id);
  const steps = build.attemptList[0]?.spans.map(({ title }) => title) ?? [];
  expect(steps).toHaveLength(4);
  expect(spans.map((span) => wayTo(span, spans)).sort()).toEqual(
    [
      'build slow',
      'build slow > commit seen',
      'build slow > work decided',
      'build slow > waiting',
      'build slow > attempt 1',
      'build slow > attempt 1 > lease',
      ...steps.map((title) => `build slow > attempt 1 > lease > ${title}`),
      'build slow > attempt 1 > seal',
      'build slow > verdict: passed',
    ].sort(),
  );
  const root = spans.find(({ parentId }) => parentId === null);
  expect(root).toMatchObject({
    service: 'croft',
    isError: false,
    attributes: { 'croft.build.id': build.id, 'croft.builder': 'slow', 'croft.build.outcome': 'passed' },
  });
  expect(root?.endedAt).toBe(Date.parse(build.endedAt ?? ''));
  for (const span of spans) {
    expect(span.startedAt).toBeGreaterThanOrEqual(root?.startedAt ?? 0);
    expect(span.endedAt).toBeLessThanOrEqual(root?.endedAt ?? 0);
  }
}, 120_000);

test('a coordinator that is killed right after a verdict tells of it at its next start', async () => {
  const before = new Set((await farm.api.builds()).map(({ id }) => id));
  await farm.coordinator.kill();
  // What the next process finds: a build that ended, and a collector that never heard of it.
  const told = receiver.spans as ReceivedSpan[];
  told.length = 0;
  await farm.startCoordinator();
  for (const id of before) await until('it is told again', () => spansOf(id).length > 0);
}, 60_000);

test('a farm without a collector has nothing of the library in it', async () => {
  const script = `
    import { startTraces } from '${join(import.meta.dir, '../../edge/traces/index.ts')}';
    const traces = await startTraces({}, null);
    await traces.stop();
    const loaded = Object.keys(require.cache).filter((path) => path.includes('@opentelemetry'));
    process.stdout.write(String(loaded.length));
  `;
  const child = Bun.spawn([process.execPath, '-e', script], { stdout: 'pipe', stderr: 'inherit' });
  expect(await new Response(child.stdout).text()).toBe('0');
});
