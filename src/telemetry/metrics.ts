/**
 * Prometheus metrics behind a narrow registry: names end in their unit (`_seconds`, `_bytes`) or in `_total`.
 */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

type Labels = Readonly<Record<string, string | number>>

export type CounterMetric = { inc(labels?: Labels, by?: number): void }
export type GaugeMetric = { set(value: number, labels?: Labels): void }
export type HistogramMetric = { observe(value: number, labels?: Labels): void }

/** What every layer asks of metrics. Asking twice for one name gives the same metric. */
export interface Metrics {
  counter(name: string, help: string, labels?: readonly string[]): CounterMetric
  /** With `read`, the value is asked for at each scrape. */
  gauge(name: string, help: string, labels?: readonly string[], read?: () => number): GaugeMetric
  /** `buckets` are upper bounds in the metric's unit. */
  histogram(name: string, help: string, buckets: readonly number[], labels?: readonly string[]): HistogramMetric
}

/** Upper bounds in seconds for what takes between a tenth of a millisecond and ten seconds. */
export const SECONDS_BUCKETS = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const

const PREFIX = 'sahara_'

/** A registry whose metrics all begin with `sahara_`. */
export class MetricsRegistry implements Metrics {
  private readonly registry = new Registry()
  private readonly known = new Map<string, unknown>()

  /** Adds the process's own metrics: memory, CPU, event loop, garbage collection. */
  collectProcess(): void {
    collectDefaultMetrics({ register: this.registry })
  }

  counter(name: string, help: string, labels: readonly string[] = []): CounterMetric {
    return this.once(name, () => {
      const metric = new Counter({ name: PREFIX + name, help, labelNames: labels, registers: [this.registry] })
      return { inc: (values: Labels = {}, by = 1) => metric.inc(values, by) }
    })
  }

  gauge(name: string, help: string, labels: readonly string[] = [], read?: () => number): GaugeMetric {
    return this.once(name, () => {
      const metric: Gauge = new Gauge({
        name: PREFIX + name,
        help,
        labelNames: labels,
        registers: [this.registry],
        ...(read === undefined ? {} : { collect: () => metric.set(read()) }),
      })
      return { set: (value: number, values: Labels = {}) => metric.set(values, value) }
    })
  }

  histogram(name: string, help: string, buckets: readonly number[], labels: readonly string[] = []): HistogramMetric {
    return this.once(name, () => {
      const metric = new Histogram({
        name: PREFIX + name,
        help,
        buckets: [...buckets],
        labelNames: labels,
        registers: [this.registry],
      })
      return { observe: (value: number, values: Labels = {}) => metric.observe(values, value) }
    })
  }

  /** The page that Prometheus scrapes. */
  page(): Promise<string> {
    return this.registry.metrics()
  }

  get contentType(): string {
    return this.registry.contentType
  }

  private once<T>(name: string, create: () => T): T {
    const held = this.known.get(name)
    if (held !== undefined) return held as T
    const created = create()
    this.known.set(name, created)
    return created
  }
}

/** Metrics that nobody reads. */
export const noMetrics: Metrics = {
  counter: () => ({ inc: () => {} }),
  gauge: () => ({ set: () => {} }),
  histogram: () => ({ observe: () => {} }),
}
