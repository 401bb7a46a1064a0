/**
 * The engine's metrics (docs/consensus.md section 3).
 */

import { type CounterMetric, type HistogramMetric, type Metrics, SECONDS_BUCKETS } from '../telemetry/metrics.ts'

export type EngineMeters = {
  /** From the proposal's timestamp to the finalization held. */
  readonly timeToFinalize: HistogramMetric
  /** From the proposal's timestamp to the notarization held. */
  readonly timeToNotarize: HistogramMetric
  readonly viewDuration: HistogramMetric
  readonly certificateVerify: HistogramMetric
  readonly execution: HistogramMetric
  readonly votesReceived: CounterMetric
  readonly nullifiedViews: CounterMetric
  readonly leaderMissed: CounterMetric
  readonly missedVotes: CounterMetric
  readonly evidence: CounterMetric
  readonly signerRefused: CounterMetric
  readonly dropped: CounterMetric
}

/** What the gauges read at each scrape. */
export type EngineGauges = {
  readonly epoch: () => number
  readonly view: () => number
  readonly finalizedHeight: () => number
  readonly notarizedHeight: () => number
  readonly pendingEvidence: () => number
}

/** Registers the engine's metrics. */
export function createMeters(metrics: Metrics, gauges: EngineGauges): EngineMeters {
  metrics.gauge('consensus_epoch', 'Current epoch', [], gauges.epoch)
  metrics.gauge('consensus_view', 'Current view of the epoch', [], gauges.view)
  metrics.gauge('height_finalized', 'Height of the finalized head', [], gauges.finalizedHeight)
  metrics.gauge('head_notarized', 'Height of the notarized and executed head', [], gauges.notarizedHeight)
  metrics.gauge('evidence_pending', 'Proofs of faults that wait for a block', [], gauges.pendingEvidence)
  const seconds = (name: string, help: string): HistogramMetric => metrics.histogram(name, help, SECONDS_BUCKETS)
  return {
    timeToFinalize: seconds('time_to_finalize_seconds', 'From a block’s timestamp to its finalization held'),
    timeToNotarize: seconds('time_to_notarize_seconds', 'From a block’s timestamp to its notarization held'),
    viewDuration: seconds('view_duration_seconds', 'Time between entering two views'),
    certificateVerify: seconds('cert_verify_seconds', 'One verification of certificates'),
    execution: seconds('execution_seconds', 'Execution of one block, waiting included'),
    votesReceived: metrics.counter('votes_received_total', 'Votes received by kind', ['kind']),
    nullifiedViews: metrics.counter(
      'nullified_views_total',
      'Views that a quorum skipped, by what is known of them here',
      ['reason'],
    ),
    leaderMissed: metrics.counter('leader_missed_total', 'Views that a quorum skipped, by index of their leader', [
      'validator',
    ]),
    missedVotes: metrics.counter('missed_votes_total', 'Views that this validator left without a vote of its own'),
    evidence: metrics.counter('evidence_total', 'Proofs of faults found or received'),
    signerRefused: metrics.counter('signer_refused_total', 'Votes that the signer’s guard refused'),
    dropped: metrics.counter('engine_dropped_total', 'Messages dropped because the engine was busy'),
  }
}
