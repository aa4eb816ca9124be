import { expect, test } from 'bun:test';
import { readTraceOptions } from './options.ts';

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

test('nothing is told unless somebody asks for it, and says so in the usual way', () => {
  expect(readTraceOptions({})).toBeNull();
  expect(readTraceOptions({ ...endpoint, OTEL_SDK_DISABLED: 'true' })).toBeNull();
  expect(readTraceOptions({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' })).toBeNull();
  const usual = { serviceName: null, ratio: 1, delayMs: null };
  expect(readTraceOptions(endpoint)).toEqual(usual);
  expect(readTraceOptions({ OTEL_TRACES_EXPORTER: 'otlp' })).toEqual(usual);
  expect(
    readTraceOptions({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/v1/traces',
      OTEL_SERVICE_NAME: 'farm',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    }),
  ).toEqual({ serviceName: 'farm', ratio: 0.25, delayMs: 100 });
});

test.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
  [{ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
  [{ ...endpoint, OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER'],
  [{ ...endpoint, OTEL_TRACES_SAMPLER: 'sometimes' }, 'OTEL_TRACES_SAMPLER'],
  [
    { ...endpoint, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '7' },
    'OTEL_TRACES_SAMPLER_ARG',
  ],
  [{ ...endpoint, OTEL_BSP_SCHEDULE_DELAY: 'soon' }, 'OTEL_BSP_SCHEDULE_DELAY'],
])('%o is refused by name', (variables, name) => {
  expect(() => readTraceOptions(variables)).toThrow(name);
});
